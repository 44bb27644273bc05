import { checkFilled } from "./checks.ts";
import { arrowHead, canvasLayout, curvePath, noteAt, type Place, roundedBox } from "./drawing.ts";
import type { Figure } from "./figure.ts";
import { textWidth } from "./text_width.ts";
import { colorOf, FAINT, type FigureOptions, INK, label } from "./theme.ts";

/** A node of {@linkcode drawCell}: a feature map. */
export interface CellNode {
  /** Unique in its cell. */
  readonly id: string;
  /** What is written in it; the id when absent. */
  readonly label?: string;
}

/** An edge of {@linkcode drawCell}: an operation. */
export interface CellEdge {
  /** The id of the node it reads. */
  readonly from: string;
  /** The id of the node it adds to; stands after `from`. */
  readonly to: string;
  /** The operation; `""` writes nothing. */
  readonly label: string;
  /**
   * How the line looks; when absent, dashed for operations that skip, faint (and dotted) for those
   * that give zero, solid for others.
   */
  readonly style?: "solid" | "dashed" | "faint";
}

/** A cell to draw. */
export interface CellDrawing {
  /** The nodes, in an order in which every edge points forward. */
  readonly nodes: readonly CellNode[];
  /** The edges; several may join the same two nodes. */
  readonly edges: readonly CellEdge[];
}

/** An edge with its place: the side of the row of nodes it bends to, and how far. */
interface Arc {
  readonly edge: CellEdge;
  readonly from: number;
  readonly to: number;
  readonly side: 1 | -1;
  /** 0 is the row of nodes itself. */
  readonly level: number;
}

const LABEL_SIZE = 12;
const LEVEL = 46;
const BOX = 32;
const PORT_GAP = 14;

/**
 * Draws a cell: its nodes in a row, its operations as labelled arrows that bend over and under the
 * row so that no label covers another.
 *
 * @param cell Nodes and edges.
 * @param options Title and size.
 * @throws {RangeError} When there are no nodes, an id comes twice, or an edge names no node or does
 * not point forward.
 *
 * @example A cell with a skip
 * ```ts
 * import { drawCell } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const figure = drawCell({
 *   nodes: [{ id: "0" }, { id: "1" }, { id: "2" }],
 *   edges: [
 *     { from: "0", to: "1", label: "nor_conv_3x3" },
 *     { from: "1", to: "2", label: "nor_conv_1x1" },
 *     { from: "0", to: "2", label: "skip_connect" },
 *   ],
 * }, { title: "A residual cell" });
 * assert(JSON.stringify(figure).includes("skip_connect"));
 * ```
 */
export function drawCell(cell: CellDrawing, options: FigureOptions): Figure {
  const { nodes, edges } = cell;
  const task = "draw a cell";
  checkFilled(task, "nodes", nodes);
  const indexOf = new Map<string, number>();
  nodes.forEach(({ id }, i) => {
    if (indexOf.has(id)) {
      throw new RangeError(`Cannot ${task}: nodes[${i}] has the id "${id}" again`);
    }
    indexOf.set(id, i);
  });
  const spans = edges.map((edge, i) => {
    const [from, to] = [edge.from, edge.to].map((id) => {
      const index = indexOf.get(id);
      if (index === undefined) {
        throw new RangeError(`Cannot ${task}: edges[${i}] names "${id}", which is no node`);
      }
      return index;
    }) as [number, number];
    if (from >= to) {
      throw new RangeError(
        `Cannot ${task}: edges[${i}] must point forward, got "${edge.from}" to "${edge.to}"`,
      );
    }
    return { edge, from, to };
  });

  const texts = nodes.map((node) => node.label ?? node.id);
  const boxes = texts.map((text) => Math.max(BOX, textWidth(text, 13) + 16));
  const width = options.width ?? Math.max(720, 110 * nodes.length);
  const places = rowOf(boxes, width - 60);
  const arcs = arrange(spans, places, boxes);
  const depth = (side: 1 | -1) =>
    Math.max(0, ...arcs.filter((arc) => arc.side === side).map((arc) => arc.level));
  const [above, below] = [depth(1) * LEVEL + 24, depth(-1) * LEVEL + 24];
  const canvas = canvasLayout({ ...options, width }, BOX + above + below);
  const row = canvas.height * (above + BOX / 2) / (above + below + BOX);

  const shapes: object[] = [];
  const annotations: object[] = [];
  const hover: { x: number; y: number; text: string }[] = [];
  const portsOf = joints(arcs, boxes);
  for (const arc of arcs) {
    const { edge, side, level } = arc;
    const ports = portsOf.get(arc)!;
    const look = lookOf(edge);
    const rise = -side * level * LEVEL;
    const start: Place = level === 0
      ? { x: places[arc.from]! + boxes[arc.from]! / 2, y: row }
      : { x: places[arc.from]! + ports.start, y: row - side * BOX / 2 };
    const end: Place = level === 0
      ? { x: places[arc.to]! - boxes[arc.to]! / 2, y: row }
      : { x: places[arc.to]! + ports.end, y: row - side * BOX / 2 };
    const lean = level === 0 ? 0 : (end.x - start.x) * 0.22;
    // A cubic curve gets three quarters of the way to its controls.
    const pull = (rise + side * BOX / 2) / 0.75;
    const [a, b]: [Place, Place] = level === 0
      ? [start, end]
      : [{ x: start.x + lean, y: start.y + pull }, { x: end.x - lean, y: end.y + pull }];
    const line = { color: look.color, width: look.faint ? 1.5 : 2.5, dash: look.dash };
    shapes.push({ type: "path", path: curvePath(start, a, b, end), line, layer: "below" });
    shapes.push({
      type: "path",
      path: arrowHead(level === 0 ? start : b, end, 9),
      fillcolor: look.color,
      line: { width: 0 },
      layer: "below",
    });
    // Not between the ends but between the nodes, where arrange() left it room; a curve is flat there.
    const middle = level === 0 ? (start.x + end.x) / 2 : (places[arc.from]! + places[arc.to]!) / 2;
    const apex = { x: middle, y: row + rise };
    if (edge.label !== "") {
      annotations.push(noteAt(apex, edge.label, {
        size: LABEL_SIZE,
        color: look.faint ? "#767676" : INK,
        background: "#FFFFFF",
      }));
    }
    const name = `${texts[arc.from]} → ${texts[arc.to]}`;
    hover.push({ ...apex, text: edge.label === "" ? name : `${name}: ${edge.label}` });
  }
  nodes.forEach((_, i) => {
    shapes.push({
      type: "path",
      path: roundedBox({ x: places[i]!, y: row }, boxes[i]!, BOX, 8),
      fillcolor: "#F3F3F3",
      line: { color: INK, width: 1.5 },
      layer: "below",
    });
    annotations.push(noteAt({ x: places[i]!, y: row }, texts[i]!, { size: 13, color: INK }));
  });
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: hover.map((point) => point.x),
      y: hover.map((point) => point.y),
      text: hover.map((point) => label(point.text)),
      hovertemplate: "%{text}<extra></extra>",
      marker: { size: 24, opacity: 0 },
      showlegend: false,
    }],
    layout: { ...canvas.layout, shapes, annotations },
  };
}

/** The middles of boxes in a row across `width`, with equal gaps. */
function rowOf(boxes: readonly number[], width: number): number[] {
  const free = width - boxes.reduce((a, b) => a + b, 0);
  const gap = boxes.length > 1 ? free / (boxes.length - 1) : 0;
  let x = boxes.length > 1 ? 0 : width / 2 - boxes[0]! / 2;
  return boxes.map((box) => {
    const middle = x + box / 2;
    x += box + gap;
    return middle + 14;
  });
}

/**
 * Puts each edge on a side and a level. Short edges first: each goes to the side where it crosses
 * fewer others, on the lowest level that is above all it spans and where its label has room.
 */
function arrange(
  spans: readonly { edge: CellEdge; from: number; to: number }[],
  places: readonly number[],
  boxes: readonly number[],
): Arc[] {
  const arcs: Arc[] = [];
  const order = [...spans].sort((a, b) => a.to - a.from - (b.to - b.from));
  for (const span of order) {
    const { from, to, edge } = span;
    const [left, right] = [places[from]! + boxes[from]! / 2, places[to]! - boxes[to]! / 2];
    const taken = arcs.some((arc) => arc.level === 0 && arc.from === from);
    if (to === from + 1 && !taken && textWidth(edge.label, LABEL_SIZE) + 40 <= right - left) {
      arcs.push({ ...span, side: 1, level: 0 });
      continue;
    }
    const options = ([1, -1] as const).map((side) => {
      const same = arcs.filter((arc) => arc.level > 0 && arc.side === side);
      const crossings = same.filter((arc) => crosses(arc, span)).length;
      return { side, crossings, level: lowestLevel(span, same, places) };
    });
    const [over, under] = options as [typeof options[0], typeof options[0]];
    const best = over.crossings !== under.crossings
      ? (over.crossings < under.crossings ? over : under)
      : over.level <= under.level
      ? over
      : under;
    arcs.push({ ...span, side: best.side, level: best.level });
  }
  return arcs;
}

/** Whether one of two arcs begins within the other and ends outside. */
function crosses(
  a: { readonly from: number; readonly to: number },
  b: { readonly from: number; readonly to: number },
): boolean {
  return (a.from < b.from && b.from < a.to && a.to < b.to) ||
    (b.from < a.from && a.from < b.to && b.to < a.to);
}

/** Where an arc leaves a box and reaches another, in pixels from their middles. */
interface Ports {
  start: number;
  end: number;
}

/**
 * Spreads the ends of the arcs over the sides of the boxes, so that none covers another: from the left
 * those that arrive, the longer further in, then those that leave, the longer first.
 */
function joints(arcs: readonly Arc[], boxes: readonly number[]): Map<Arc, Ports> {
  const ports = new Map(arcs.map((arc): [Arc, Ports] => [arc, { start: 0, end: 0 }]));
  const shorterFirst = (a: Arc, b: Arc) => a.to - a.from - (b.to - b.from) || a.level - b.level;
  boxes.forEach((box, node) => {
    for (const side of [1, -1] as const) {
      const there = arcs.filter((arc) => arc.level > 0 && arc.side === side).sort(shorterFirst);
      const arriving = there.filter((arc) => arc.to === node);
      const leaving = there.filter((arc) => arc.from === node).reverse();
      const count = arriving.length + leaving.length;
      const gap = Math.min(PORT_GAP, (box - 16) / Math.max(1, count - 1));
      const at = (i: number) => (i - (count - 1) / 2) * gap;
      arriving.forEach((arc, i) => ports.get(arc)!.end = at(i));
      leaving.forEach((arc, i) => ports.get(arc)!.start = at(arriving.length + i));
    }
  });
  return ports;
}

function lowestLevel(
  { from, to, edge }: { edge: CellEdge; from: number; to: number },
  arcs: readonly Arc[],
  places: readonly number[],
): number {
  const middle = (a: number, b: number) => (places[a]! + places[b]!) / 2;
  const half = (text: string) => textWidth(text, LABEL_SIZE) / 2 + 4;
  let level = 1;
  for (const arc of arcs) {
    if (from <= arc.from && arc.to <= to) level = Math.max(level, arc.level + 1);
  }
  // Arcs that cross run at different heights, or one would pass through the other's label.
  const collides = (at: number) =>
    arcs.some((arc) =>
      arc.level === at &&
      (crosses(arc, { from, to }) ||
        Math.abs(middle(arc.from, arc.to) - middle(from, to)) <
          half(arc.edge.label) + half(edge.label))
    );
  while (collides(level)) level++;
  return level;
}

/** Colours of the operations of the usual cell spaces, the same in every drawing. */
const OPERATIONS: readonly [RegExp, string][] = [
  [/^(none|zero)/i, FAINT],
  [/skip|identity/i, "#009E73"],
  [/avg|average/i, "#E69F00"],
  [/max/i, "#D55E00"],
  [/dil/i, "#222222"],
  [/sep|depthwise|dw/i, "#CC79A7"],
  [/1x1|1×1/i, "#56B4E9"],
  [/conv/i, "#0072B2"],
];

function lookOf(edge: CellEdge): { color: string; dash: string; faint: boolean } {
  const known = OPERATIONS.find(([pattern]) => pattern.test(edge.label));
  const style = edge.style ??
    (edge.label === "" || known?.[1] === FAINT
      ? "faint"
      : /skip|identity/i.test(edge.label)
      ? "dashed"
      : "solid");
  const color = style === "faint" ? "#B0B0B0" : known?.[1] ?? ownColor(edge.label);
  const dash = style === "faint" && edge.label !== ""
    ? "dot"
    : style === "dashed"
    ? "dash"
    : "solid";
  return { color, dash, faint: style === "faint" };
}

/** A colour for an operation that is not in the table, the same in every drawing. */
function ownColor(text: string): string {
  const sum = [...text].reduce((total, letter) => total + letter.codePointAt(0)!, 0);
  return colorOf(sum);
}
