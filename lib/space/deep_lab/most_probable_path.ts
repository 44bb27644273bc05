import { type DeepLabArch, stridesOf } from "./grid.ts";

/**
 * The logits of a relaxed grid: `logits[i][level][move]` is for the step from layer `i + 1` at a level to
 * layer `i + 2`, where level 0 is 1/4 of the image, 1 is 1/8 and so on, and move 0 doubles the resolution
 * (one level up), 1 keeps it and 2 halves it. Those of steps that would leave the grid are not looked at.
 */
export type DeepLabLogits = readonly (readonly (readonly number[])[])[];

/** A path with how probable it is. */
export interface ProbablePath {
  /** The stride of each layer. */
  readonly path: DeepLabArch;
  /** The natural logarithm of its probability. */
  readonly logProbability: number;
}

/**
 * The most probable path of a relaxed grid, as Auto-DeepLab (Liu et al. 2019) reads off the network that
 * its search has found. At each layer the softmax over the two or three steps that stay on the grid gives
 * their probabilities; that of a path from the first layer, at 1/4, is their product. The Viterbi
 * algorithm finds the largest. Of equally probable paths it is one whose resolutions are the finer
 * where they first differ.
 *
 * @param logits `[layers - 1][levels][3]`.
 * @throws {RangeError} When there are no layers, layers differ in their levels, or a logit is not finite.
 *
 * @example A path that keeps its resolution but for one step
 * ```ts
 * import { mostProbablePath } from "naskit";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const keep = [0, 2, 0], halve = [0, 0, 2];
 * const { path, logProbability } = mostProbablePath([[keep, keep], [halve, keep], [keep, keep]]);
 * assertEquals(path, [4, 4, 8, 8]);
 * // Each of the two resolutions has two ways to go on.
 * assertAlmostEquals(logProbability, 3 * Math.log(Math.exp(2) / (Math.exp(2) + 1)), 1e-12);
 * ```
 */
export function mostProbablePath(logits: DeepLabLogits): ProbablePath {
  const levels = checkLogits(logits);
  // By level: the best that can follow from there, and the level of the next layer on that way.
  let best = new Array<number>(levels).fill(0);
  const following: number[][] = [];
  for (const layer of logits.toReversed()) {
    const to: number[] = [];
    best = layer.map((moves, level) => {
      const open = [0, 1, 2].filter((move) => isOnGrid(level + move - 1, levels));
      const most = Math.max(...open.map((move) => moves[move] as number));
      const sum = open.reduce((sum, move) => sum + Math.exp((moves[move] as number) - most), 0);
      let reach = -Infinity;
      for (const move of open) {
        const next = level + move - 1;
        const value = (moves[move] as number) - most - Math.log(sum) + (best[next] as number);
        if (value > reach) [reach, to[level]] = [value, next];
      }
      return reach;
    });
    following.unshift(to);
  }
  const strides = stridesOf(levels);
  let level = 0;
  const path = [strides[0] as number];
  for (const to of following) {
    level = to[level] as number;
    path.push(strides[level] as number);
  }
  return { path, logProbability: best[0] as number };
}

function isOnGrid(level: number, levels: number): boolean {
  return level >= 0 && level < levels;
}

/** The number of levels. Throws a `RangeError` that names the place of what is wrong. */
function checkLogits(logits: DeepLabLogits): number {
  const task = "Cannot find the most probable path";
  const levels = logits[0]?.length ?? 0;
  if (levels === 0) {
    throw new RangeError(`${task}: logits must be [layers - 1][levels][3], got none`);
  }
  logits.forEach((layer, i) => {
    if (layer.length !== levels) {
      throw new RangeError(
        `${task}: logits[${i}] must have ${levels} levels as logits[0] has, got ${layer.length}`,
      );
    }
    layer.forEach((moves, level) => {
      if (moves.length !== 3 || !moves.every(Number.isFinite)) {
        throw new RangeError(
          `${task}: logits[${i}][${level}] must be three finite numbers, got [${moves.join(", ")}]`,
        );
      }
    });
  });
  return levels;
}
