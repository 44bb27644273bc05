import type { BlockChain } from "../blocks.ts";
import {
  combineStep,
  headStep,
  opStep,
  projectionStep,
  stemStep,
  Steps,
  type StepValue,
} from "../cells/steps.ts";
import type { DartsArch, DartsCell } from "./arch.ts";

/** The network around the cells. */
export interface DartsSkeleton {
  readonly channels: number;
  readonly cells: number;
  readonly size: number;
  readonly inputChannels: number;
  readonly classes: number;
}

/** How many times as many channels the stem has as the first cells' nodes. */
export const stemWidth = 3;

/** The cells in a row that halve the image: those a third and two thirds of the way. */
export function reductionsOf(cells: number): ReadonlySet<number> {
  return new Set([Math.floor(cells / 3), Math.floor(2 * cells / 3)]);
}

/** The network of an architecture. */
export function dartsChain(arch: DartsArch, skeleton: DartsSkeleton): BlockChain {
  const { cells, size, inputChannels, classes } = skeleton;
  const steps = new Steps(size, inputChannels);
  let channels = skeleton.channels;
  const stem = stemStep(steps, stemWidth * channels);
  let last: readonly [StepValue, StepValue] = [stem, stem];
  const reductions = reductionsOf(cells);
  for (let cell = 0; cell < cells; cell++) {
    const isReduction = reductions.has(cell);
    if (isReduction) channels *= 2;
    const nodes = isReduction ? arch.reduce : arch.normal;
    const output = addCell(steps, `cell${cell}`, { nodes, channels, isReduction, before: last });
    last = [last[1], output];
  }
  headStep(steps, { classes, relu: false, from: last[1] });
  return steps.chain();
}

function addCell(
  steps: Steps,
  name: string,
  { nodes, channels, isReduction, before }: {
    readonly nodes: DartsCell;
    readonly channels: number;
    readonly isReduction: boolean;
    readonly before: readonly [StepValue, StepValue];
  },
): StepValue {
  const { size } = before[1];
  const values = before.map((from, i) =>
    projectionStep(steps, `${name}.input${i}`, { channels, size, from })
  );
  nodes.forEach(({ inputs, ops }, i) => {
    const node = `${name}.node${i + 2}`;
    const terms = ops.map((op, at) => {
      const input = inputs[at] as number;
      // What this cell computes itself is half the size already.
      const stride = isReduction && input < 2 ? 2 : 1;
      const from = values[input] as StepValue;
      return opStep(steps, `${node}.from${input}`, { op, stride, from });
    });
    values.push(combineStep(steps, node, { combine: "add", from: terms }));
  });
  const own = values.slice(2);
  return own.length === 1
    ? own[0] as StepValue
    : combineStep(steps, `${name}.concat`, { combine: "concat", from: own });
}
