import type { BlockChain } from "../space/blocks.ts";
import { checkFilled } from "./checks.ts";
import { canvasLayout, noteAt, roundedBox } from "./drawing.ts";
import type { Figure, Trace } from "./figure.ts";
import { formatShape } from "../graph/ops/rules.ts";
import { type StageBlock, type StageRow, stageRows } from "./stage_rows.ts";
import { textWidth } from "./text_width.ts";
import { colorOf, FAINT, type FigureOptions, INK, label, tint } from "./theme.ts";

/** A network of {@linkcode drawStages}. */
export interface StagesDrawing {
  /** What it is; stands above it. */
  readonly name: string;
  /** Its blocks, e.g. `space.chain(arch)`. */
  readonly chain: BlockChain;
  /** How many blocks stages have room for, by the stage's name; those left out are drawn pale. None when absent. */
  readonly places?: { readonly [stage: string]: number };
}

/** A network with what is to be drawn of it. */
interface Column {
  readonly name: string;
  readonly input: string;
  readonly rows: readonly StageRow[];
  /** Room for the stages' names, in pixels. */
  readonly labels: number;
  readonly width: number;
}

/** Networks side by side, with the heights that their stages have in common. */
interface Band {
  readonly columns: readonly Column[];
  readonly heights: readonly number[];
  readonly height: number;
}

/** A block with its middle and its size, in pixels. */
interface Box {
  readonly block: StageBlock;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Text that begins at a point. */
interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly color: string;
}

const LARGEST = 44;
const SMALLEST = 4;
const NAME = 13;
const SMALL = 11;
const SLOT = 50;
const HEAD = 48;
const TEXT = 15;
const GAP = 12;
const BETWEEN = 36;
const MOST_WIDTH = 980;
const NOTE = 24;
/** The colour of what is said in second place. */
const SECOND = "#5A5A5A";

/**
 * Draws networks that are chains of blocks, side by side: a row for each stage from the image down, and in it
 * its blocks from left to right. The wider a block, the more channels it gives, and the higher, the more
 * pixels; both by their square root, to one scale for all networks. Kernel and expansion stand below the
 * block as `k5 e4`, and each kernel has its colour. Blocks that a stage has room for and the network leaves
 * out are pale; those that give no image are small and grey.
 *
 * Stages are blocks whose names begin alike up to a dot, such as `stage1.block0`.
 *
 * @param networks The networks.
 * @param options Title and size.
 * @throws {RangeError} When there is no network, a chain has no blocks, or `places` names no stage or gives
 * it fewer than its blocks.
 *
 * @example Two of three blocks
 * ```ts
 * import { drawStages, mobileNetwork } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = mobileNetwork({ inputChannels: 1 });
 * const arch = space.decode("28px w1 8:k3e2 16:k5e4-k3e2 32:k3e4");
 * const network = { name: "a", chain: space.chain!(arch), places: { stage0: 2, stage1: 3, stage2: 3 } };
 * const figure = drawStages([network], { title: "A shallow network" });
 * assert(JSON.stringify(figure).includes("k5 e4"));
 * ```
 */
export function drawStages(networks: readonly StagesDrawing[], options: FigureOptions): Figure {
  checkFilled("draw stages", "networks", networks);
  const columns = networks.map(columnOf);
  const bands = bandsOf(columns);
  const needed = Math.max(...bands.map(({ columns }) => widthOf(columns)));
  const width = options.width ?? Math.max(720, Math.ceil(needed) + 40);
  const height = bands.reduce((sum, band) => sum + band.height, NOTE);
  const canvas = canvasLayout({ ...options, width }, height);

  const all = columns.flatMap(({ rows }) => rows.flatMap(({ blocks }) => blocks));
  const sizeOf = scaleOf(all);
  const kernels = [...new Set(all.flatMap((block) => isImage(block) ? block.kernel ?? [] : []))]
    .sort((a, b) => a - b);
  const boxes: Box[] = [];
  const texts: Text[] = [];
  const notes: object[] = [];
  let top = 0;
  for (const { columns, heights, height } of bands) {
    let left = 0;
    for (const { name, input, rows, labels, width } of columns) {
      texts.push(
        { x: left, y: top + 12, text: name, size: NAME, color: INK },
        { x: left, y: top + 29, text: input, size: SMALL, color: SECOND },
      );
      let y = top + HEAD;
      rows.forEach((row, i) => {
        const middle = y + (heights[i] as number) / 2;
        const [first, second] = rowLabel(row);
        texts.push(
          { x: left, y: middle - 7, text: first, size: SMALL, color: INK },
          { x: left, y: middle + 7, text: second, size: SMALL, color: SECOND },
        );
        row.blocks.forEach((block, k) => {
          const x = left + labels + SLOT * (k + 0.5);
          const box = { block, x, y: middle, ...sizeOf(block) };
          boxes.push(box);
          const text = windowText(block);
          if (text === "") return;
          const at = { x, y: middle + box.height / 2 + 9 };
          notes.push(noteAt(at, text, { size: SMALL, color: INK }));
        });
        y += heights[i] as number + TEXT + GAP;
      });
      left += width + BETWEEN;
    }
    top += height;
  }
  const isAnySkipped = all.some(({ isSkipped }) => isSkipped);
  const key =
    "k: side of the kernel, e: expansion; width and height grow with the roots of channels " +
    `and pixels${isAnySkipped ? "; pale: left out" : ""}`;
  texts.push({ x: 0, y: top + NOTE / 2, text: key, size: SMALL, color: SECOND });
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: boxes.map(({ x }) => x),
      y: boxes.map(({ y }) => y),
      text: boxes.map(({ block }) => label(describe(block))),
      hovertemplate: "%{text}<extra></extra>",
      marker: { size: 24, opacity: 0 },
      showlegend: false,
    }, textTrace(texts)],
    layout: {
      ...canvas.layout,
      shapes: boxes.map((box) => boxShape(box, kernels)),
      annotations: notes,
    },
  };
}

function columnOf({ name, chain, places = {} }: StagesDrawing, index: number): Column {
  const task = "draw stages";
  checkFilled(task, `networks[${index}].chain.blocks`, chain.blocks);
  const rows = stageRows(chain, places);
  for (const [stage, count] of Object.entries(places)) {
    const row = rows.find(({ name }) => name === stage);
    const place = `networks[${index}].places.${stage}`;
    if (row === undefined) {
      const names = rows.map(({ name }) => `"${name}"`).join(", ");
      throw new RangeError(`Cannot ${task}: ${place} must be one of the stages ${names}`);
    }
    if (!(count >= row.blocks.length)) {
      throw new RangeError(
        `Cannot ${task}: ${place} must be at least its ${row.blocks.length} blocks, got ${count}`,
      );
    }
  }
  const input = `image ${formatShape(chain.input)}`;
  const labels = 10 +
    Math.max(...rows.flatMap(rowLabel).map((text) => textWidth(text, SMALL)));
  const blocks = Math.max(...rows.map(({ blocks }) => blocks.length));
  const width = Math.max(labels + SLOT * blocks, textWidth(name, NAME), textWidth(input, SMALL));
  return { name, input, rows, labels, width };
}

/** Networks side by side, as many as there is room for, one such band below the other. */
function bandsOf(columns: readonly Column[]): Band[] {
  const bands: Column[][] = [];
  for (const column of columns) {
    const last = bands.at(-1);
    if (last !== undefined && widthOf([...last, column]) <= MOST_WIDTH) last.push(column);
    else bands.push([column]);
  }
  const sizeOf = scaleOf(columns.flatMap(({ rows }) => rows.flatMap(({ blocks }) => blocks)));
  return bands.map((columns) => {
    const count = Math.max(...columns.map(({ rows }) => rows.length));
    const heights = Array.from({ length: count }, (_, i) => {
      const blocks = columns.flatMap(({ rows }) => rows[i]?.blocks ?? []);
      return Math.max(28, ...blocks.map((block) => sizeOf(block).height));
    });
    const height = heights.reduce((sum, each) => sum + each + TEXT + GAP, HEAD);
    return { columns, heights, height };
  });
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width + BETWEEN, -BETWEEN);
}

/** The size of a block's box, in pixels: the largest image and the most channels fill it. */
function scaleOf(
  blocks: readonly StageBlock[],
): (block: StageBlock) => { width: number; height: number } {
  const images = blocks.flatMap(({ shape }) => shape.length === 3 ? [shape] : []);
  const most = Math.max(1, ...images.map(([, , channels]) => channels as number));
  const highest = Math.max(1, ...images.map(([height]) => height as number));
  const sizeOf = (part: number) => Math.max(SMALLEST, LARGEST * Math.sqrt(part));
  return ({ shape }) => {
    if (shape.length !== 3) return { width: 14, height: 14 };
    const [height, , channels] = shape as [number, number, number];
    return { width: sizeOf(channels / most), height: sizeOf(height / highest) };
  };
}

/** A stage's name, and what its last block gives. */
function rowLabel({ name, blocks }: StageRow): [first: string, second: string] {
  const { shape } = blocks.at(-1) as StageBlock;
  return [name, shapeText(shape)];
}

function shapeText(shape: StageBlock["shape"]): string {
  if (shape.length !== 3) return `${shape[0]} numbers`;
  const [height, width, channels] = shape;
  return height === width
    ? `${channels} ch, ${height} px`
    : `${channels} ch, ${height}×${width} px`;
}

/** Whether a block gives an image. */
function isImage({ shape }: StageBlock): boolean {
  return shape.length === 3;
}

/** Kernel and expansion, e.g. `k5 e4`. */
function windowText(block: StageBlock): string {
  const { kernel, expansion } = block;
  if (kernel === undefined || !isImage(block)) return "";
  return expansion === undefined ? `k${kernel}` : `k${kernel} e${Number(expansion.toPrecision(2))}`;
}

function describe(block: StageBlock): string {
  if (block.isSkipped) return `${block.name}: left out`;
  const window = windowText(block);
  return `${block.name}: ${shapeText(block.shape)}${window === "" ? "" : `, ${window}`}`;
}

function boxShape({ block, x, y, width, height }: Box, kernels: readonly number[]): object {
  const { kernel, isSkipped, shape } = block;
  const known = kernel === undefined || shape.length !== 3
    ? FAINT
    : colorOf(kernels.indexOf(kernel));
  return {
    type: "path",
    path: roundedBox({ x, y }, width, height, Math.min(4, width / 2, height / 2)),
    fillcolor: isSkipped ? "#FAFAFA" : tint(known, 0.45),
    line: isSkipped ? { color: "#B5B5B5", width: 1, dash: "dot" } : { color: known, width: 1.25 },
    layer: "below",
  };
}

/** A trace and not annotations, whose left end lies elsewhere in a browser with another font. */
function textTrace(texts: readonly Text[]): Trace {
  return {
    type: "scatter",
    mode: "text",
    x: texts.map(({ x }) => x),
    y: texts.map(({ y }) => y),
    text: texts.map(({ text }) => label(text)),
    textposition: "middle right",
    textfont: { size: texts.map(({ size }) => size), color: texts.map(({ color }) => color) },
    cliponaxis: false,
    hoverinfo: "skip",
    showlegend: false,
  };
}
