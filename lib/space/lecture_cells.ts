import { checkPositive } from "./cells/check.ts";
import { classOf } from "./cells/class.ts";
import { type CellOp, cellOps } from "./cells/layers.ts";
import { cellInputs, type CellOutline } from "./cells/outline.ts";
import { defineSpace } from "./define.ts";
import {
  decodeLectureCell,
  encodeLectureCell,
  type LectureArch,
  type LectureBlock,
  type LectureCell,
  type LectureCombiner,
  lectureCombiners,
  unusedBlocks,
} from "./lecture/arch.ts";
import { lectureChain } from "./lecture/chain.ts";
import { choice } from "./parts/choice.ts";
import { mapped } from "./parts/mapped.ts";
import type { Part } from "./parts/part.ts";
import { product } from "./parts/product.ts";
import type { SearchSpace } from "./space.ts";

/** The cells, and the network around them. */
export interface LectureCellsOptions {
  /** Blocks in a cell; 5 when absent. */
  readonly blocks?: number;
  /**
   * The operations to choose from, some of {@linkcode cellOps}; separable convolutions of 3x3 and
   * 5x5, mean and maximum of 3x3 and nothing when absent.
   */
  readonly ops?: readonly CellOp[];
  /** How a block may combine its two values; `add` and `concat` when absent. */
  readonly combiners?: readonly LectureCombiner[];
  /**
   * What a block may read: the outputs of the two cells before, as the lecture counts, or also the
   * earlier blocks of its cell, as in NASNet. `"cells"` when absent.
   */
  readonly inputs?: "cells" | "blocks";
  /** Whether reduction cells are built like normal ones, so that one cell is chosen; no when absent. */
  readonly shared?: boolean;
  /** Channels of the first stage; twice as many in each next one. 32 when absent. */
  readonly channels?: number;
  /** Stages, with a reduction cell between each two; 3 when absent. */
  readonly stages?: number;
  /** Normal cells in a stage; 2 when absent. */
  readonly cellsPerStage?: number;
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

const defaultOps: readonly CellOp[] = [
  "sep_conv_3x3",
  "sep_conv_5x5",
  "avg_pool_3x3",
  "max_pool_3x3",
  "skip_connect",
];

/**
 * The cell space of the lecture, which is that of NASNet (Zoph et al., "Learning Transferable
 * Architectures for Scalable Image Recognition", 2018): a cell of blocks, each of which reads two
 * values, applies an operation to each and combines the results. The decisions come in the order in
 * which an RNN controller makes them: input A, input B, op A, op B, combine, block by block, first the
 * normal cell and then the reduction cell.
 *
 * The network is a stem, stages of normal cells and a reduction cell between stages, which halves the
 * image and doubles the channels. Each cell reads the two before it; the blocks that no other reads are
 * its output, side by side. Where shapes differ, a ReLU, a convolution of 1x1 and a batch norm make
 * them fit: on the inputs of a cell, and behind a block that puts its two values side by side. Cells
 * that nothing reads are left out of the network.
 *
 * With `inputs: "blocks"` and the one combiner `add` it is the micro space of ENAS (Pham et al. 2018).
 *
 * @throws {RangeError} When a number is not a positive whole number, or the ops or combiners are
 *   none, unknown or repeat one.
 *
 * @example
 * ```ts
 * import { countLectureCells, lectureCells } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = lectureCells();
 * assertEquals(space.size, countLectureCells().lecture ** 2n);
 * assertEquals(space.decisions.slice(0, 5).map(({ name }) => name), [
 *   "normal 1 inputA",
 *   "normal 1 inputB",
 *   "normal 1 opA",
 *   "normal 1 opB",
 *   "normal 1 combine",
 * ]);
 * assertEquals(lectureCells({ inputs: "blocks", shared: true }).size, 162_000_000_000_000n);
 * ```
 */
export function lectureCells(options: LectureCellsOptions = {}): SearchSpace<LectureArch> {
  const { blocks = 5, ops = defaultOps, combiners = lectureCombiners, inputs = "cells" } = options;
  const { shared = false, channels = 32, stages = 3, cellsPerStage = 2 } = options;
  const { size = 32, inputChannels = 3, classes = 10 } = options;
  const skeleton = { channels, stages, cellsPerStage, size, inputChannels, classes };
  checkPositive("lectureCells", { blocks, ...skeleton });
  checkNames("ops", ops, cellOps);
  checkNames("inputs", [inputs], ["cells", "blocks"]);
  checkNames("combiners", combiners, lectureCombiners);
  const cell = cellPart({ blocks, ops, combiners, inputs });
  const part: Part<LectureArch> = shared
    ? mapped(cell, { from: (cell) => ({ normal: cell, reduction: cell }), to: onlyCell })
    : product({ normal: cell, reduction: cell });
  const name = `lecture cells (blocks ${blocks}, ops ${ops.join(" ")}, ` +
    `combiners ${combiners.join(" ")}, inputs ${inputs}${shared ? ", shared" : ""}, ` +
    `channels ${channels}, stages ${stages}, cells ${cellsPerStage}, ` +
    `input ${size}x${size}x${inputChannels}, classes ${classes})`;
  const encode = ({ normal, reduction }: LectureArch) =>
    (shared ? [normal] : [normal, reduction]).map(encodeLectureCell).join(";");
  return defineSpace<LectureArch>({
    name,
    part,
    encode,
    decode: (text) => {
      const fail = (reason: string): never => {
        throw new SyntaxError(`Cannot decode ${JSON.stringify(text)} as ${name}: ${reason}`);
      };
      const [normal = "", reduction = normal, ...rest] = text.split(";");
      const arch: LectureArch = {
        normal: decodeLectureCell(normal, fail),
        reduction: decodeLectureCell(reduction, fail),
      };
      if (encode(arch) !== text || rest.length > 0) {
        fail(shared ? "expected one cell" : 'expected two cells with ";" between');
      }
      try {
        part.write(arch, []);
      } catch (error) {
        fail((error as Error).message);
      }
      return arch;
    },
    chain: (arch) => lectureChain(arch, skeleton),
  });
}

function cellPart(
  { blocks, ops, combiners, inputs }: {
    readonly blocks: number;
    readonly ops: readonly CellOp[];
    readonly combiners: readonly LectureCombiner[];
    readonly inputs: "cells" | "blocks";
  },
): Part<LectureCell> {
  const op = choice(ops);
  return product(
    Array.from({ length: blocks }, (_, block) => {
      const names = inputNames(inputs === "cells" ? 0 : block);
      const input = mapped(choice(names), {
        from: (name) => names.indexOf(name),
        to: (index) => names[index] as string,
      });
      return product({
        inputA: input,
        inputB: input,
        opA: op,
        opB: op,
        combine: choice(combiners),
      });
    }),
  );
}

/** The names of the values that a block behind `blocks` others may read. */
function inputNames(blocks: number): string[] {
  return [...cellInputs, ...Array.from({ length: blocks }, (_, i) => `block ${i + 1}`)];
}

function onlyCell({ normal, reduction }: LectureArch): LectureCell {
  if (JSON.stringify(normal) !== JSON.stringify(reduction)) {
    throw new TypeError("the normal and the reduction cell must be the same");
  }
  return normal;
}

function checkNames(option: string, names: readonly string[], known: readonly string[]): void {
  const isGood = names.length > 0 && new Set(names).size === names.length &&
    names.every((name) => known.includes(name));
  if (!isGood) {
    throw new RangeError(
      `Cannot make lectureCells: ${option} must be different ones of ${known.join(", ")}, got [${
        names.join(", ")
      }]`,
    );
  }
}

/**
 * A cell of the lecture's space as nodes and labelled edges, for `drawCell`. What is not decided yet
 * is left out, or a question mark where an operation is missing.
 *
 * @param cell The blocks, or the first of them, the last perhaps in part.
 *
 * @example
 * ```ts
 * import { createRng, drawCell, lectureCell, lectureCells } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { normal } = lectureCells({ inputs: "blocks" }).sample(createRng("nas"));
 * const outline = lectureCell(normal);
 * assertEquals(outline.nodes.length, 2 + 5 + 1);
 * const figure = drawCell(outline, { title: "A normal cell" });
 * ```
 */
export function lectureCell(cell: readonly Partial<LectureBlock>[]): CellOutline {
  return {
    nodes: [
      ...cellInputs.map((label, id) => ({ id: String(id), label })),
      ...cell.map(({ combine }, i) => ({
        id: String(i + 2),
        label: combine === undefined ? String(i + 1) : `${i + 1}: ${combine}`,
      })),
      { id: "output", label: "concat" },
    ],
    edges: [
      ...cell.flatMap(({ inputA, inputB, opA, opB }, i) =>
        [[inputA, opA] as const, [inputB, opB] as const].flatMap(([input, op]) =>
          input === undefined ? [] : [{ from: String(input), to: String(i + 2), label: op ?? "?" }]
        )
      ),
      ...unusedBlocks(cell).map((value) => ({ from: String(value), to: "output", label: "" })),
    ],
  };
}

/**
 * The class of a cell: two cells have equal text when they are the same network, but for the order of
 * their blocks and of the two values of each. {@linkcode countLectureCells} counts them.
 *
 * @example
 * ```ts
 * import { lectureCellClass, lectureCells } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = lectureCells({ blocks: 2, ops: ["conv_3x3"], combiners: ["add"], shared: true });
 * const classes = new Set([...space.enumerate()].map(({ normal }) => lectureCellClass(normal)));
 * assertEquals([space.size, classes.size], [16n, 6]);
 * ```
 */
export function lectureCellClass(cell: LectureCell): string {
  return classOf(cell.map(({ inputA, inputB, opA, opB, combine }) => ({
    terms: [{ op: opA, input: inputA }, { op: opB, input: inputB }],
    combine,
  })));
}

/**
 * How a controller makes a cell: what is decided of its blocks after each of its decisions, in their
 * order. {@linkcode lectureCell} draws each.
 *
 * @example A drawing that grows
 * ```ts
 * import { createRng, drawCell, lectureCell, lectureCells, lectureSteps } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { normal } = lectureCells().sample(createRng("nas"));
 * const steps = lectureSteps(normal);
 * assertEquals(steps.length, 25);
 * assertEquals(steps[1], [{ inputA: normal[0]!.inputA, inputB: normal[0]!.inputB }]);
 * const figures = steps.map((cell, i) => drawCell(lectureCell(cell), { title: `Step ${i + 1}` }));
 * ```
 */
export function lectureSteps(cell: LectureCell): (readonly Partial<LectureBlock>[])[] {
  return cell.flatMap(({ inputA, inputB, opA, opB, combine }, i) =>
    [
      { inputA },
      { inputA, inputB },
      { inputA, inputB, opA },
      { inputA, inputB, opA, opB },
      { inputA, inputB, opA, opB, combine },
    ].map((block) => [...cell.slice(0, i), block])
  );
}
