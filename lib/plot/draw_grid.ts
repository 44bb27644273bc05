import { checkFilled } from "./checks.ts";
import { arrowHead, canvasLayout, linePath, noteAt, type Place } from "./drawing.ts";
import type { Figure } from "./figure.ts";
import { textWidth } from "./text_width.ts";
import { colorOf, FAINT, type FigureOptions, INK, label } from "./theme.ts";

/** A grid of layers and resolutions to draw, such as {@linkcode deepLabGrid} has. */
export interface GridDrawing {
  /** How many layers there are. */
  readonly layers: number;
  /** The strides of the resolutions, the finest first: 4 stands for 1/4 of the image. `[4, 8, 16, 32]` when absent. */
  readonly strides?: readonly number[];
  /** The stride of each layer on the path to highlight; none when absent. */
  readonly path?: readonly number[];
}

/** A place where a layer works at a resolution. */
interface GridNode {
  readonly layer: number;
  readonly level: number;
}

const ROW = 58;
const TOP = 34;
const LABELS = 56;
const NOTE = 13;

/**
 * Draws a grid of layers and resolutions: layers from left to right, a row for each resolution, all steps
 * to a neighbouring resolution in grey, and one path through it highlighted. What cannot be reached from
 * the finest resolution of the first layer is left out.
 *
 * @param grid Layers, resolutions and the path.
 * @param options Title and size.
 * @throws {RangeError} When there are no layers or strides, strides do not grow, or the path is not one of
 * the grid.
 *
 * @example A network that goes down to 1/16
 * ```ts
 * import { deepLabPaths, drawGrid } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const figure = drawGrid({ layers: 12, path: deepLabPaths.deepLabV3 }, { title: "DeepLabv3" });
 * assert(JSON.stringify(figure).includes("layer 12 at 1/16, on the path"));
 * ```
 */
export function drawGrid(grid: GridDrawing, options: FigureOptions): Figure {
  const { layers, strides = [4, 8, 16, 32], path = [] } = grid;
  checkGrid(layers, strides);
  const taken = path.map((stride) => strides.indexOf(stride));
  if (path.length > 0) checkPath(path, taken, layers);

  const width = options.width ?? Math.max(720, LABELS + 44 * layers);
  const canvas = canvasLayout({ ...options, width }, TOP + ROW * strides.length);
  const column = (canvas.width - LABELS) / layers;
  const row = (canvas.height - TOP) / strides.length;
  const radius = Math.min(12, 0.26 * column, 0.26 * row);
  const placeOf = ({ layer, level }: GridNode): Place => ({
    x: LABELS + column * (layer + 0.5),
    y: TOP + row * (level + 0.5),
  });
  const isOnPath = ({ layer, level }: GridNode) => taken[layer] === level;

  const nodes = reachable(layers, strides.length);
  const steps = nodes.flatMap((from) =>
    [-1, 0, 1].map((move) => ({ from, to: { layer: from.layer + 1, level: from.level + move } }))
      .filter(({ to }) => to.layer < layers && to.level >= 0 && to.level < strides.length)
  );
  const isTaken = ({ from, to }: typeof steps[0]) => isOnPath(from) && isOnPath(to);
  // What is highlighted comes last, over what is not.
  const ordered = [...steps.filter((step) => !isTaken(step)), ...steps.filter(isTaken)];
  const shapes = [
    ...ordered.flatMap((step) =>
      arrow(placeOf(step.from), placeOf(step.to), { radius, isTaken: isTaken(step) })
    ),
    ...nodes.map((node) => disc(placeOf(node), radius, isOnPath(node))),
  ];
  const every = Math.ceil((textWidth(String(layers), NOTE) + 6) / column);
  const annotations = [
    noteAt({ x: LABELS / 2, y: TOP / 2 }, "layer", { size: NOTE, color: INK }),
    ...Array.from({ length: layers }, (_, layer) => layer).filter((layer) => layer % every === 0)
      .map((layer) =>
        noteAt({ x: placeOf({ layer, level: 0 }).x, y: TOP / 2 }, String(layer + 1), {
          size: NOTE,
          color: INK,
        })
      ),
    ...strides.map((stride, level) =>
      noteAt({ x: LABELS / 2, y: placeOf({ layer: 0, level }).y }, nameOf(stride), {
        size: NOTE,
        color: INK,
      })
    ),
  ];
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: nodes.map((node) => placeOf(node).x),
      y: nodes.map((node) => placeOf(node).y),
      text: nodes.map((node) =>
        label(
          `layer ${node.layer + 1} at ${nameOf(strides[node.level] as number)}` +
            (isOnPath(node) ? ", on the path" : ""),
        )
      ),
      hovertemplate: "%{text}<extra></extra>",
      marker: { size: 24, opacity: 0 },
      showlegend: false,
    }],
    layout: { ...canvas.layout, shapes, annotations },
  };
}

/** The places that some path from the finest resolution of the first layer goes through. */
function reachable(layers: number, levels: number): GridNode[] {
  return Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
    Array.from({ length: Math.min(layer + 1, levels) }, (_, level) => ({ layer, level }))
  );
}

function arrow(
  from: Place,
  to: Place,
  { radius, isTaken }: { readonly radius: number; readonly isTaken: boolean },
): object[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const along = (distance: number): Place => ({
    x: from.x + (to.x - from.x) * distance / length,
    y: from.y + (to.y - from.y) * distance / length,
  });
  const [start, end, head] = [along(radius), along(length - radius), isTaken ? 10 : 6];
  const color = isTaken ? colorOf(0) : "#C8C8C8";
  return [
    {
      type: "path",
      // Up to the middle of its head, so that it does not stand out at the tip.
      path: linePath([start, along(length - radius - head / 2)]),
      line: { color, width: isTaken ? 4 : 1.25 },
      layer: "below",
    },
    {
      type: "path",
      path: arrowHead(start, end, head),
      fillcolor: color,
      line: { width: 0 },
      layer: "below",
    },
  ];
}

function disc({ x, y }: Place, radius: number, isTaken: boolean): object {
  return {
    type: "circle",
    x0: x - radius,
    x1: x + radius,
    y0: y - radius,
    y1: y + radius,
    fillcolor: isTaken ? colorOf(0) : "#F3F3F3",
    line: { color: isTaken ? colorOf(0) : FAINT, width: 1.5 },
    layer: "below",
  };
}

function nameOf(stride: number): string {
  return stride === 1 ? "1" : `1/${stride}`;
}

function checkGrid(layers: number, strides: readonly number[]): void {
  const task = "draw a grid";
  if (!Number.isSafeInteger(layers) || layers < 1) {
    throw new RangeError(`Cannot ${task}: layers must be a positive whole number, got ${layers}`);
  }
  checkFilled(task, "strides", strides);
  strides.forEach((stride, i) => {
    if (Number.isSafeInteger(stride) && stride > (strides[i - 1] ?? 0)) return;
    throw new RangeError(
      `Cannot ${task}: strides must be growing whole numbers, got [${strides.join(", ")}]`,
    );
  });
}

function checkPath(path: readonly number[], levels: readonly number[], layers: number): void {
  const task = "draw a grid";
  if (path.length !== layers) {
    throw new RangeError(`Cannot ${task}: path must have ${layers} strides, got ${path.length}`);
  }
  levels.forEach((level, i) => {
    const before = levels[i - 1] ?? 0;
    const isFirst = i === 0;
    if (level >= 0 && (isFirst ? level === 0 : Math.abs(level - before) <= 1)) return;
    throw new RangeError(
      `Cannot ${task}: path[${i}] must be ` +
        `${isFirst ? "the finest stride" : `at most one step from ${path[i - 1]}`}, got ${path[i]}`,
    );
  });
}
