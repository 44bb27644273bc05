import type { Rng } from "../../engine/rng.ts";
import type { SearchSpace } from "../space.ts";
import { expect } from "./failure.ts";
import { changesBetween, madeBy } from "./made.ts";

/** Enumerates the space and compares with its size. */
export function checkSize<A>(space: SearchSpace<A>): void {
  const seen = new Set<string>();
  let count = 0n;
  for (const arch of space.enumerate()) {
    seen.add(space.encode(arch));
    count++;
  }
  expect(BigInt(seen.size) === space.size, "enumerate gives each architecture", seen.size);
  expect(count === space.size, "enumerate gives each architecture once", count.toString());
  let walked = 0n;
  for (const _ of allPrefixes(space)) walked++;
  expect(walked === space.size, "allowed leads to each architecture", walked.toString());
}

function* allPrefixes<A>(space: SearchSpace<A>, prefix: readonly number[] = []): Generator<void> {
  if (prefix.length === space.decisions.length) yield;
  else for (const option of space.allowed(prefix)) yield* allPrefixes(space, [...prefix, option]);
}

/** Draws each architecture about 20 times and tests the frequencies. */
export function checkUniform<A>(space: SearchSpace<A>, rng: Rng): void {
  const each = 20;
  const tally = new Map<string, number>();
  for (const arch of space.enumerate()) tally.set(space.encode(arch), 0);
  for (let draw = each * tally.size; draw > 0; draw--) {
    const key = space.encode(space.sample(rng));
    tally.set(key, (tally.get(key) ?? 0) + 1);
  }
  const chi = [...tally.values()].reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
  expect(
    chi <= chiSquaredLimit(tally.size - 1),
    "sample draws each architecture as often",
    Object.fromEntries([...tally].filter(([, count]) => Math.abs(count - each) > each / 2)),
  );
}

/**
 * What chi-squared exceeds about once in three million times (five standard deviations), by the
 * cube-root approximation of Wilson & Hilferty (1931).
 */
function chiSquaredLimit(freedom: number): number {
  if (freedom === 0) return 0;
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 5 * Math.sqrt(spread)) ** 3;
}

/** Compares the neighbours of each architecture with the definition, pair by pair. */
export function checkNeighbourhoods<A>(space: SearchSpace<A>): void {
  const all = [...space.enumerate()].map((arch) => ({
    arch,
    key: space.encode(arch),
    ...madeBy(space, arch),
  }));
  for (const one of all) {
    const found = [...space.neighbours(one.arch)].map((arch) => space.encode(arch)).sort();
    const expected = all.filter((other) => changesBetween(one, other) === 1)
      .map(({ key }) => key).sort();
    expect(
      found.join("\n") === expected.join("\n"),
      "neighbours are all architectures that differ in one decision that both make",
      { of: one.key, found, expected },
    );
  }
}
