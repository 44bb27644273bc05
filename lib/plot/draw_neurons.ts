import { checkFilled, checkNumber } from "./checks.ts";
import { canvasLayout, linePath, noteAt, type Place } from "./drawing.ts";
import type { Figure } from "./figure.ts";
import { shortNumber } from "./format_number.ts";
import { textWidth } from "./text_width.ts";
import { colorOf, FAINT, type FigureOptions, INK, label, tint } from "./theme.ts";

/** A unit of {@linkcode drawNeurons}. */
export interface Neuron {
  /** What is written in it; a few letters. */
  readonly name: string;
  /** What it gives, written below it; nothing when absent. */
  readonly value?: number;
  /** Units of one group have their own colour, and so have the edges to and from them; grey when absent. */
  readonly group?: string;
}

/** A network of {@linkcode drawNeurons}. */
export interface NeuronsDrawing {
  /** What it is; stands above it. */
  readonly name: string;
  /** Its units, layer by layer. */
  readonly layers: readonly (readonly Neuron[])[];
  /** What is on the edges from each layer to the next: `weights[layer][from][to]`. */
  readonly weights: readonly (readonly (readonly number[])[])[];
}

/** A number on an edge. */
interface EdgeText {
  readonly text: string;
  readonly color: string;
  readonly from: Place;
  readonly to: Place;
}

const TASK = "draw neurons";
const RADIUS = 19;
const ROW = 84;
const HEAD = 34;
const BELOW = 24;
const BETWEEN = 40;
/** Room for the lines of the outermost units. */
const EDGE = 2;
const NAME = 13;
const NUMBER = 12;
/** Where on an edge its number may stand: the middle first, then ever nearer to an end. */
const SHARES = [0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78];

/**
 * Draws small networks side by side, unit by unit, with the number on every edge: to follow by hand what a
 * network computes. The numbers of a layer stand where they cover each other least.
 *
 * @param networks The networks.
 * @param options Title and size.
 * @throws {RangeError} When there is no network, layer or unit, the weights do not fit the layers, or a
 * number is not finite.
 *
 * @example Two inputs, one output
 * ```ts
 * import { drawNeurons } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const figure = drawNeurons([{
 *   name: "a sum",
 *   layers: [[{ name: "x1", value: 2 }, { name: "x2", value: 3 }], [{ name: "y", value: 1.5 }]],
 *   weights: [[[0], [0.5]]],
 * }], { title: "By hand" });
 * assert(JSON.stringify(figure.layout).includes("0.5"));
 * ```
 */
export function drawNeurons(networks: readonly NeuronsDrawing[], options: FigureOptions): Figure {
  checkFilled(TASK, "networks", networks);
  networks.forEach((network, i) => check(network, `networks[${i}]`));
  const tallest = Math.max(
    ...networks.flatMap(({ layers }) => layers.map((units) => units.length)),
  );
  const canvas = canvasLayout(options, HEAD + tallest * ROW + BELOW - ROW / 4);
  const columns = networks.map(({ layers }) => Math.max(1, layers.length - 1));
  const around = 2 * EDGE + 2 * RADIUS * networks.length + BETWEEN * (networks.length - 1);
  const step = (canvas.width - around) / columns.reduce((a, b) => a + b, 0);
  const row = (canvas.height - HEAD - BELOW) / tallest;
  const groups = [
    ...new Set(networks.flatMap(({ layers }) => layers.flat().flatMap(({ group }) => group ?? []))),
  ];
  const colorFor = (group: string | undefined) =>
    group === undefined ? FAINT : colorOf(groups.indexOf(group));

  const shapes: object[] = [];
  const notes: object[] = [];
  const hover: { readonly place: Place; readonly text: string }[] = [];
  let left = RADIUS + EDGE;
  networks.forEach(({ name, layers, weights }, n) => {
    const width = step * (columns[n] as number);
    const middle = { x: left + width / 2, y: HEAD / 2 - 4 };
    notes.push(noteAt(middle, name, { size: NAME, color: INK }));
    const places = layers.map((units, l) =>
      units.map((_, u): Place => ({
        x: layers.length === 1 ? left + width / 2 : left + l * step,
        y: HEAD + row * (tallest / 2 + u + 0.5 - units.length / 2),
      }))
    );
    weights.forEach((matrix, l) => {
      const edges = matrix.flatMap((outgoing, from) =>
        outgoing.map((weight, to): EdgeText => ({
          text: minus(shortNumber(weight)),
          color: colorFor(layers[l]?.[from]?.group ?? layers[l + 1]?.[to]?.group),
          from: places[l]?.[from] as Place,
          to: places[l + 1]?.[to] as Place,
        }))
      );
      const share = bestShare(edges);
      for (const { text, color, from, to } of edges) {
        const line = { color, width: 1.75 };
        shapes.push({ type: "path", path: linePath([from, to]), line, layer: "below" });
        const look = { size: NUMBER, color: INK, background: "#FFFFFF" };
        notes.push(noteAt(between(from, to, share), text, look));
      }
    });
    layers.forEach((units, l) =>
      units.forEach(({ name, value, group }, u) => {
        const place = places[l]?.[u] as Place, color = colorFor(group);
        shapes.push({
          type: "circle",
          x0: place.x - RADIUS,
          x1: place.x + RADIUS,
          y0: place.y - RADIUS,
          y1: place.y + RADIUS,
          fillcolor: tint(color, 0.25),
          line: { color: group === undefined ? INK : color, width: 1.5 },
          layer: "below",
        });
        notes.push(noteAt(place, name, { size: NAME, color: INK }));
        const text = value === undefined ? "" : minus(shortNumber(value));
        hover.push({ place, text: text === "" ? name : `${name} = ${text}` });
        if (text === "") return;
        const below = { x: place.x, y: place.y + RADIUS + 11 };
        notes.push(noteAt(below, `= ${text}`, { size: NUMBER, color: INK, background: "#FFFFFF" }));
      })
    );
    left += width + 2 * RADIUS + BETWEEN;
  });
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: hover.map(({ place }) => place.x),
      y: hover.map(({ place }) => place.y),
      text: hover.map(({ text }) => label(text)),
      hovertemplate: "%{text}<extra></extra>",
      marker: { size: 2 * RADIUS, opacity: 0 },
      showlegend: false,
    }],
    layout: { ...canvas.layout, shapes, annotations: notes },
  };
}

function check({ layers, weights }: NeuronsDrawing, place: string): void {
  checkFilled(TASK, `${place}.layers`, layers);
  layers.forEach((units, l) => {
    checkFilled(TASK, `${place}.layers[${l}]`, units);
    units.forEach(({ value = 0 }, u) =>
      checkNumber(TASK, `${place}.layers[${l}][${u}].value`, value)
    );
  });
  if (weights.length !== layers.length - 1) {
    throw new RangeError(
      `Cannot ${TASK}: ${place}.weights must have ${layers.length - 1} matrices, one less than ` +
        `layers, got ${weights.length}`,
    );
  }
  weights.forEach((matrix, l) => {
    const rows = layers[l]?.length as number, columns = layers[l + 1]?.length as number;
    if (matrix.length !== rows || matrix.some((row) => row.length !== columns)) {
      throw new RangeError(
        `Cannot ${TASK}: ${place}.weights[${l}] must be ${rows} by ${columns} numbers`,
      );
    }
    matrix.forEach((row, from) =>
      row.forEach((weight, to) =>
        checkNumber(TASK, `${place}.weights[${l}][${from}][${to}]`, weight)
      )
    );
  });
}

/** Where on their edges the numbers of a layer cover each other least. */
function bestShare(edges: readonly EdgeText[]): number {
  let best = { share: SHARES[0] as number, clashes: Infinity };
  for (const share of SHARES) {
    const boxes = edges.map(({ text, from, to }) => (
      { ...between(from, to, share), half: textWidth(text, NUMBER) / 2 + 2 }
    ));
    let clashes = 0;
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(i + 1)) {
        const isBeside = Math.abs(a.x - b.x) >= a.half + b.half;
        if (!isBeside && Math.abs(a.y - b.y) < NUMBER + 3) clashes++;
      }
    });
    if (clashes < best.clashes) best = { share, clashes };
  }
  return best.share;
}

function between(from: Place, to: Place, share: number): Place {
  return { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
}

/** A number with a minus as wide as a plus. */
function minus(text: string): string {
  return text.replace(/^-/, "−");
}
