import { createRng } from "../engine/rng.ts";
import { inferShapes } from "../graph/infer.ts";
import type { SearchSpace } from "./space.ts";

/** How thoroughly to try a space. */
export interface SpaceContractOptions {
  /** Random architectures to try each rule on; 100 when absent. */
  readonly runs?: number;
  /** Spaces up to this size are enumerated whole; 20,000 when absent. */
  readonly enumerateUpTo?: number;
  /** Determines the architectures tried; `"contract"` when absent. */
  readonly seed?: string;
}

/**
 * Checks that a space keeps every promise of {@linkcode SearchSpace}, on random architectures
 * (fast-check), and by enumeration where it is small enough. Run it in the tests of a new space.
 *
 * @throws {Error} Naming the rule that does not hold and an architecture it fails on.
 *
 * @example
 * ```ts
 * import { nasBench201, spaceContract } from "naskit";
 *
 * await spaceContract(nasBench201({ channels: 2, cellsPerStage: 1, size: 8 }), { runs: 10 });
 * ```
 */
export async function spaceContract<A>(
  space: SearchSpace<A>,
  { runs = 100, enumerateUpTo = 20_000, seed = "contract" }: SpaceContractOptions = {},
): Promise<void> {
  const { default: fc } = await import("fast-check");
  const arches = fc.tuple(...space.decisions.map(({ options }) => fc.nat(options.length - 1)));
  const numbers = fc.integer();
  const settings = { numRuns: runs, seed: createRng(seed).int(2 ** 31) };

  const product = space.decisions.reduce((size, { options }) => size * BigInt(options.length), 1n);
  expect(space.size <= product, "size is at most the product of the decisions' options");
  expect(space.size > 0n, "size is positive");

  for (const [rule, holds] of rules(space)) {
    const outcome = fc.check(
      fc.property(
        arches,
        arches,
        numbers,
        (a, b, n) => holds(space.fromChoices(a), space.fromChoices(b), createRng(`${seed}/${n}`)),
      ),
      settings,
    );
    if (outcome.failed) fail(rule, outcome.counterexample?.slice(0, 2), outcome.errorInstance);
  }
  checkBadInput(space);
  if (space.size <= BigInt(enumerateUpTo)) checkEnumeration(space);
}

type Rule<A> = [
  name: string,
  holds: (a: A, b: A, rng: ReturnType<typeof createRng>) => boolean,
];

function rules<A>(space: SearchSpace<A>): Rule<A>[] {
  const choices = (arch: A) => space.toChoices(arch);
  const changed = (a: A, b: A) => {
    const other = choices(b);
    return choices(a).filter((choice, i) => choice !== other[i]).length;
  };
  const isMember = (arch: A) => same(space.fromChoices(choices(arch)), arch);
  return [
    ["an architecture is plain JSON", (a) => same(JSON.parse(JSON.stringify(a)), a)],
    ["fromChoices undoes toChoices", isMember],
    ["decode undoes encode", (a) => same(space.decode(space.encode(a)), a)],
    ["sample gives a member", (_a, _b, rng) => isMember(space.sample(rng))],
    [
      "sample is determined by the seed",
      (_a, _b, rng) => same(space.sample(rng.split("s")), space.sample(rng.split("s"))),
    ],
    [
      "mutate changes exactly one decision",
      (a, _b, rng) => {
        const child = space.mutate(a, rng);
        return isMember(child) && changed(a, child) === 1;
      },
    ],
    ["mutate at rate 0 changes nothing", (a, _b, rng) => same(space.mutate(a, rng, 0), a)],
    ["mutate at a rate gives a member", (a, _b, rng) => isMember(space.mutate(a, rng, 0.5))],
    [
      "mutate and crossover leave the parents as they were",
      (a, b, rng) => {
        const before = JSON.stringify([a, b]);
        space.mutate(a, rng);
        space.crossover(a, b, rng);
        return JSON.stringify([a, b]) === before;
      },
    ],
    [
      "crossover takes each decision from a parent",
      (a, b, rng) => {
        const [first, second] = [choices(a), choices(b)];
        const child = space.crossover(a, b, rng);
        return isMember(child) &&
          choices(child).every((choice, i) => choice === first[i] || choice === second[i]);
      },
    ],
    [
      "neighbours are the members that differ in one decision, each once",
      (a) => {
        const all = [...space.neighbours(a)];
        return all.every((other) => isMember(other) && changed(a, other) === 1) &&
          new Set(all.map((other) => space.encode(other))).size === all.length;
      },
    ],
    [
      "encode tells architectures apart",
      (a, b) => same(a, b) === (space.encode(a) === space.encode(b)),
    ],
    ["lower gives a valid graph", (a) => inferShapes(space.lower(a)).size > 0],
    [
      "lower is a function of the architecture",
      (a) => same(space.lower(a), space.lower(structuredClone(a))),
    ],
    [
      "a graph is plain JSON",
      (a) => same(JSON.parse(JSON.stringify(space.lower(a))), space.lower(a)),
    ],
  ];
}

function checkBadInput<A>(space: SearchSpace<A>): void {
  const first = space.decisions.map(() => 0);
  const bad = [first.slice(1), [...first, 0], first.with(0, -1), first.with(0, 0.5), [
    ...first.slice(0, -1),
    space.decisions[first.length - 1]?.options.length ?? 0,
  ]];
  for (const choices of bad) {
    expect(
      throws(() => space.fromChoices(choices)) instanceof RangeError,
      "fromChoices refuses other choices with a RangeError",
      choices,
    );
  }
  const text = space.encode(space.fromChoices(first));
  for (const other of ["", "?", `${text}?`, text.slice(0, -1), `${text}${text}`]) {
    const error = throws(() => space.decode(other));
    // A text cut short may still be another architecture's; it must not decode to something else.
    const isAnother = error === undefined && space.encode(space.decode(other)) === other;
    expect(
      error instanceof SyntaxError || isAnother,
      "decode refuses other text with a SyntaxError",
      other,
    );
  }
}

function checkEnumeration<A>(space: SearchSpace<A>): void {
  const seen = new Set<string>();
  for (const arch of space.enumerate()) seen.add(space.encode(arch));
  expect(BigInt(seen.size) === space.size, "enumerate gives each architecture", seen.size);
  let count = 0n;
  for (const _ of space.enumerate()) count++;
  expect(count === space.size, "enumerate gives each architecture once", count.toString());
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function throws(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function expect(holds: boolean, rule: string, found?: unknown): asserts holds {
  if (!holds) fail(rule, found);
}

function fail(rule: string, found?: unknown, cause?: unknown): never {
  const example = found === undefined ? "" : `; it does not for ${JSON.stringify(found)}`;
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  throw new Error(`A search space must keep this rule: ${rule}${example}${reason}`, { cause });
}
