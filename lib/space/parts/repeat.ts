import { firstNumbers, notMade, type Part, weighted, within, writeAt } from "./part.ts";

/** How often a part is repeated. */
export interface RepeatOptions {
  /** The numbers of copies to choose from, increasing; a single one is no decision. */
  readonly counts: readonly number[];
}

/**
 * Several values of one part, independent of one another, as an array; how many is the first
 * decision. The copies beyond that number do not exist, and their decisions are not made. Its size is
 * the sum of the part's size to the power of each count.
 *
 * @throws {RangeError} When counts are not increasing whole numbers, or there are none.
 *
 * @example The depth of a stage decides how many blocks there are
 * ```ts
 * import { choice, repeat } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const stage = repeat(choice(["conv", "pool"]), { counts: [1, 3] });
 * assertEquals(stage.size, 2n + 8n);
 * assertEquals(stage.read([0, 1, 0, 0], 0), ["pool"]);
 * assertEquals(stage.allowed([0, 1], 0), [0]);
 * assertEquals(stage.allowed([1, 1], 0), [0, 1]);
 * ```
 */
export function repeat<T>(part: Part<T>, { counts }: RepeatOptions): Part<readonly T[]> {
  checkCounts(counts);
  const all = firstNumbers(counts.length);
  const most = counts.at(-1) as number;
  const each = part.decisions.length;
  const sizes = counts.map((count) => part.size ** BigInt(count));
  const drawDepth = weighted(sizes);
  // Where the copies' choices begin: behind that of the count, if there is a choice.
  const head = counts.length > 1 ? 1 : 0;
  const countAt = (choices: readonly number[], start: number) =>
    counts[head === 1 ? choices[start] as number : 0] as number;
  return {
    size: sizes.reduce((sum, size) => sum + size, 0n),
    decisions: [
      ...(head === 1 ? [{ name: "count", options: counts.map(String) }] : []),
      ...firstNumbers(most).flatMap((copy) => within(String(copy + 1), part.decisions)),
    ],
    allowed: (choices, start) => {
      const at = choices.length - start;
      if (at < head) return all;
      const copy = Math.floor((at - head) / each);
      return copy < countAt(choices, start)
        ? part.allowed(choices, start + head + copy * each)
        : notMade;
    },
    draw: (rng, choices) => {
      const depth = head === 1 ? drawDepth(rng) : 0;
      if (head === 1) choices.push(depth);
      const count = counts[depth] as number;
      for (let copy = 0; copy < count; copy++) part.draw(rng, choices);
      for (let i = (most - count) * each; i > 0; i--) choices.push(0);
    },
    read: (choices, start) => {
      const values: T[] = [];
      const count = countAt(choices, start);
      for (let copy = 0; copy < count; copy++) {
        values.push(part.read(choices, start + head + copy * each));
      }
      return values;
    },
    write: (values, choices) => {
      const depth = Array.isArray(values) ? counts.indexOf(values.length) : -1;
      if (depth < 0) {
        throw new TypeError(
          `must be an array of ${counts.join(" or ")}, got ${JSON.stringify(values)}`,
        );
      }
      if (head === 1) choices.push(depth);
      values.forEach((value, copy) => writeAt(String(copy), () => part.write(value, choices)));
      for (let i = (most - values.length) * each; i > 0; i--) choices.push(0);
    },
  };
}

function checkCounts(counts: readonly number[]): void {
  const fits = counts.length > 0 &&
    counts.every((count, i) =>
      Number.isSafeInteger(count) && count >= 0 && (i === 0 || count > (counts[i - 1] as number))
    );
  if (!fits) {
    throw new RangeError(
      `Cannot repeat: counts must be increasing whole numbers, got ${JSON.stringify(counts)}`,
    );
  }
}
