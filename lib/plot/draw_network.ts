import type { Graph } from "../graph/graph.ts";
import type { OpName } from "../graph/op.ts";
import {
  arrowHead,
  canvasLayout,
  curvePath,
  linePath,
  noteAt,
  type Place,
  roundedBox,
} from "./drawing.ts";
import type { Figure } from "./figure.ts";
import { type LayeredLayout, layeredLayout } from "./network_layout.ts";
import { type NetworkBox, type NetworkUnit, unitsOf } from "./network_units.ts";
import { textWidth } from "./text_width.ts";
import { FAINT, type FigureOptions, INK, label, tint } from "./theme.ts";

/** Options of {@linkcode drawNetwork}. */
export interface DrawNetworkOptions extends FigureOptions {
  /**
   * `nodes` draws every node; `blocks` draws equal parts in a row once, with their number, and
   * chains such as convolution, normalisation, activation as one box. When absent, networks of more
   * than 24 nodes are drawn in blocks.
   */
  readonly detail?: "nodes" | "blocks";
}

/** A unit with its boxes placed. */
interface Placed {
  readonly unit: NetworkUnit;
  readonly layout: LayeredLayout;
  /** Its left top corner. */
  x: number;
  y: number;
}

const TITLE_SIZE = 12;
const DETAIL_SIZE = 10;
const BOX = 34;
const PITCH = 54;
const COLUMN_GAP = 46;
const COLUMN_HEIGHT = 700;
const MOST_WIDTH = 980;

/**
 * Draws a whole network from top to bottom, in as many columns as it needs. Boxes are coloured by
 * op; the pointer shows the nodes of a box with their shapes.
 *
 * @param graph The network.
 * @param options Title, size, detail.
 * @throws {GraphError} When the graph is not valid.
 *
 * @example A small net
 * ```ts
 * import { drawNetwork, GraphBuilder } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const net = new GraphBuilder([16, 16, 1]);
 * const conv = net.add("conv", { op: "conv", kernel: 3, channels: 8 }, net.input);
 * const pool = net.add("pool", { op: "globalAvgPool" }, conv);
 * const figure = drawNetwork(net.build(pool), { title: "Conv, then pool" });
 * assert(JSON.stringify(figure).includes("conv 3x3, 8"));
 * ```
 */
export function drawNetwork(graph: Graph, options: DrawNetworkOptions): Figure {
  const detail = options.detail ?? (graph.nodes.length > 24 ? "blocks" : "nodes");
  const placed = unitsOf(graph, detail === "blocks").map((unit): Placed => ({
    unit,
    layout: layeredLayout(
      unit.boxes.map(({ id, title, detail, inputs }) => ({
        id,
        inputs,
        width: boxWidth(title, detail),
      })),
      PITCH,
    ),
    x: 0,
    y: 0,
  }));
  const { columns, width, height } = arrange(placed);
  const figureWidth = options.width ?? Math.max(720, Math.ceil(width) + 64);
  const canvas = canvasLayout({ ...options, width: figureWidth }, height);
  const left = (canvas.width - width) / 2;
  for (const one of placed) one.x += left;

  const boxes = placed.flatMap((one) =>
    one.unit.boxes.map((box) => ({ box, place: placeIn(one, one.layout.places.get(box.id)!) }))
  );
  const repeats = placed.filter((one) => one.unit.times > 1);
  return {
    data: [{
      type: "scatter",
      mode: "markers+text",
      x: boxes.map(({ place }) => Math.round(place.x)),
      // Two lines of unlike size look centred a little lower.
      y: boxes.map(({ box, place }) => Math.round(place.y) + (box.detail === "" ? 0 : 2)),
      text: boxes.map(({ box }) =>
        label(box.title) +
        (box.detail === ""
          ? ""
          : `<br><span style="font-size:${DETAIL_SIZE}px">${label(box.detail)}</span>`)
      ),
      textfont: { size: TITLE_SIZE, color: INK },
      textposition: "middle center",
      hovertext: boxes.map(({ box }) => box.nodes.map(label).join("<br>")),
      hovertemplate: "%{hovertext}<extra></extra>",
      marker: { size: BOX, opacity: 0 },
      showlegend: false,
    }],
    layout: {
      ...canvas.layout,
      shapes: [
        ...repeats.map(frameOf),
        ...edgeShapes(placed, columns),
        ...boxes.map(({ box, place }) => boxShape(box, place)),
      ],
      annotations: repeats.map(({ unit, layout, x, y }) =>
        noteAt({ x: x + layout.width + 26, y: y + 12 }, `×${unit.times}`, { size: 14, color: INK })
      ),
    },
  };
}

function placeIn({ x, y }: Placed, place: Place): Place {
  return { x: x + place.x, y: y + place.y };
}

/** Sets units one under another, in the fewest columns that are not too high. */
function arrange(
  placed: readonly Placed[],
): { columns: Placed[][]; width: number; height: number } {
  let best: { columns: Placed[][]; width: number; height: number } | undefined;
  for (let count = 1; count <= placed.length; count++) {
    const columns = split(placed, count);
    const widths = columns.map(widthOf);
    const width = widths.reduce((a, b) => a + b, 0) + COLUMN_GAP * (columns.length - 1);
    const height = Math.max(...columns.map(heightOf));
    if (best !== undefined && width > MOST_WIDTH) break;
    best = { columns, width, height };
    if (height <= COLUMN_HEIGHT) break;
  }
  // Lines from column to column enter from above.
  const top = best!.columns.length > 1 ? 22 : 0;
  let x = 0;
  for (const column of best!.columns) {
    const width = widthOf(column);
    let y = top;
    for (const one of column) {
      one.x = x + (width - one.layout.width) / 2;
      one.y = y;
      y += one.layout.height;
    }
    x += width + COLUMN_GAP;
  }
  return { ...best!, height: best!.height + 1.5 * top };
}

/** Splits units into columns so that the highest is as low as it can be. */
function split(placed: readonly Placed[], count: number): Placed[][] {
  const heights = placed.map((one) => one.layout.height);
  const fill = (limit: number): Placed[][] => {
    const columns: Placed[][] = [];
    let filled = Infinity;
    placed.forEach((one, i) => {
      if (filled + heights[i]! > limit) {
        columns.push([]);
        filled = 0;
      }
      columns.at(-1)!.push(one);
      filled += heights[i]!;
    });
    return columns;
  };
  let limit = Math.max(...heights);
  while (fill(limit).length > count) limit += PITCH / 2;
  return fill(limit);
}

function widthOf(column: readonly Placed[]): number {
  // A repeated unit has a frame, and its number beside it.
  return Math.max(...column.map(({ unit, layout }) => layout.width + (unit.times > 1 ? 76 : 0)));
}

function heightOf(column: readonly Placed[]): number {
  return column.reduce((sum, one) => sum + one.layout.height, 0);
}

/** All lines as one shape and all arrow heads as another. */
function edgeShapes(placed: readonly Placed[], columns: readonly Placed[][]): object[] {
  const home = new Map(
    placed.flatMap((one) => one.unit.boxes.map((box) => [box.id, one] as const)),
  );
  const boxes = new Map(
    placed.flatMap((one) => one.unit.boxes.map((box) => [box.id, box] as const)),
  );
  let lines = "";
  let heads = "";
  const endOf = (id: number, side: 1 | -1): Place => {
    const one = home.get(id)!;
    const { x, y } = placeIn(one, one.layout.places.get(id)!);
    return { x, y: y + side * boxHeight(boxes.get(id)!) / 2 };
  };
  columns.forEach((column, i) => {
    const first = column[0]!;
    const head = { x: first.x + first.layout.width / 2, y: first.y - 12 };
    for (const one of column) {
      for (const box of one.unit.boxes) {
        for (const input of box.inputs) {
          // What comes from the column before comes through one line to the head of this one.
          const start = one === first && home.get(input) !== one ? head : endOf(input, 1);
          const end = endOf(box.id, -1);
          const passages = one.layout.passages.get(`${input} ${box.id}`) ?? [];
          lines += curveThrough(start, passages.map((place) => placeIn(one, place)), end);
          heads += arrowHead({ x: end.x, y: end.y - 9 }, end, 7);
        }
      }
    }
    if (i > 0) {
      const gap = first.x + first.layout.width / 2 - widthOf(column) / 2 - COLUMN_GAP / 2;
      lines += aroundColumn(endOf(columns[i - 1]!.at(-1)!.unit.boxes.at(-1)!.id, 1), head, gap);
    }
  });
  if (lines === "") return [];
  return [
    { type: "path", path: lines, line: { color: FAINT, width: 1.3 }, layer: "below" },
    { type: "path", path: heads, fillcolor: FAINT, line: { width: 0 }, layer: "below" },
  ];
}

/** A path that leaves and enters boxes vertically and goes straight through layers on its way. */
function curveThrough(start: Place, passages: readonly Place[], end: Place): string {
  const stops = passages.flatMap(({ x, y }) => [{ x, y: y - BOX / 2 }, { x, y: y + BOX / 2 }]);
  const points = [start, ...stops, end];
  let path = "";
  for (let i = 0; i < points.length; i += 2) {
    const [from, to] = [points[i]!, points[i + 1]!];
    const bend = (to.y - from.y) / 2;
    path += curvePath(from, { x: from.x, y: from.y + bend }, { x: to.x, y: to.y - bend }, to);
  }
  for (const { x, y } of passages) path += linePath([{ x, y: y - BOX / 2 }, { x, y: y + BOX / 2 }]);
  return path;
}

/** A path from the foot of one column to the head of the next, up through the gap between them. */
function aroundColumn(foot: Place, head: Place, gap: number): string {
  const below = foot.y + 10;
  const [down, up] = [{ x: gap, y: below }, { x: gap, y: head.y }];
  return linePath([foot, { x: foot.x, y: below }, down, up, head]);
}

function boxWidth(title: string, detail: string): number {
  return 18 + Math.max(textWidth(title, TITLE_SIZE), textWidth(detail, DETAIL_SIZE));
}

function boxHeight(box: NetworkBox): number {
  return box.detail === "" ? BOX - 8 : BOX;
}

function boxShape(box: NetworkBox, place: Place): object {
  const color = COLOR[box.op];
  return {
    type: "path",
    path: roundedBox(place, boxWidth(box.title, box.detail), boxHeight(box), 6),
    fillcolor: tint(color, 0.16),
    line: { color, width: 1.3 },
    layer: "below",
  };
}

function frameOf({ layout, x, y }: Placed): object {
  const middle = { x: x + layout.width / 2, y: y + layout.height / 2 };
  return {
    type: "path",
    path: roundedBox(middle, layout.width + 24, layout.height - 4, 10),
    fillcolor: "#F1F4F8",
    line: { color: "#C9D2DC", width: 1 },
    layer: "below",
  };
}

const COLOR: { readonly [op in OpName]: string } = {
  input: INK,
  conv: "#0072B2",
  depthwise: "#CC79A7",
  linear: "#222222",
  batchNorm: FAINT,
  relu: "#009E73",
  relu6: "#009E73",
  hswish: "#009E73",
  swish: "#009E73",
  sigmoid: "#009E73",
  hsigmoid: "#009E73",
  tanh: "#009E73",
  avgPool: "#E69F00",
  maxPool: "#E69F00",
  globalAvgPool: "#E69F00",
  upsample: "#E69F00",
  flatten: "#E69F00",
  add: "#D55E00",
  multiply: "#D55E00",
  concat: "#D55E00",
  mixed: "#D55E00",
  identity: FAINT,
  zero: FAINT,
};
