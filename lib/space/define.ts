import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/graph.ts";
import type { Decision, SearchSpace } from "./space.ts";

/** What tells one space from another; all else follows from its decisions. */
export interface SpaceDefinition<A> {
  /** Identifies the space and its options. */
  readonly name: string;
  /** The choices that make an architecture, in order. */
  readonly decisions: readonly Decision[];
  /** The architecture with these choices. */
  fromChoices(choices: readonly number[]): A;
  /** The inverse of `fromChoices`. Throws a `TypeError` on what is not an architecture. */
  toChoices(arch: A): number[];
  /** The canonical text of an architecture; the choices with commas between when absent. */
  encode?(arch: A): string;
  /** The inverse of `encode`; throws a `SyntaxError` that says what is wrong and where. */
  decode?(text: string): A;
  /** The network that the architecture describes. */
  lower(arch: A): Graph;
}

/**
 * Makes a search space out of independent categorical decisions: sampling, enumeration, mutation
 * and crossover follow from them.
 *
 * @throws {RangeError} When there are no decisions, or one has no options or repeats one.
 *
 * @example A space of three networks in a few lines
 * ```ts
 * import { defineSpace, GraphBuilder } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const widths = [4, 8, 16];
 * const space = defineSpace<{ width: number }>({
 *   name: "widths",
 *   decisions: [{ name: "width", options: widths.map(String) }],
 *   fromChoices: ([choice]) => ({ width: widths[choice!]! }),
 *   toChoices: ({ width }) => [widths.indexOf(width)],
 *   lower: ({ width }) => {
 *     const net = new GraphBuilder([8, 8, 1]);
 *     const x = net.add("conv", { op: "conv", kernel: 3, channels: width }, net.input);
 *     return net.build(net.add("pool", { op: "globalAvgPool" }, x));
 *   },
 * });
 * assertEquals(space.size, 3n);
 * assertEquals([...space.neighbours({ width: 4 })], [{ width: 8 }, { width: 16 }]);
 * ```
 */
export function defineSpace<A>(definition: SpaceDefinition<A>): SearchSpace<A> {
  const { name, decisions } = definition;
  checkDecisions(name, decisions);
  const counts = decisions.map(({ options }) => options.length);

  const fromChoices = (choices: readonly number[]): A => {
    checkChoices(name, decisions, choices);
    return definition.fromChoices(choices);
  };
  const toChoices = (arch: A): number[] => {
    const choices = definition.toChoices(arch);
    checkChoices(name, decisions, choices);
    return choices;
  };
  const encode = definition.encode ?? ((arch: A): string => toChoices(arch).join(","));
  const decode = definition.decode ??
    ((text: string): A => fromChoices(parseChoices(name, decisions, text)));

  return {
    name,
    decisions,
    size: counts.reduce((product, count) => product * BigInt(count), 1n),
    fromChoices,
    toChoices,
    sample: (rng) => fromChoices(counts.map((count) => rng.int(count))),
    *enumerate() {
      for (const choices of allChoices(counts)) yield fromChoices(choices);
    },
    *neighbours(arch) {
      const choices = toChoices(arch);
      for (let i = 0; i < choices.length; i++) {
        for (let option = 0; option < (counts[i] as number); option++) {
          if (option !== choices[i]) yield fromChoices(choices.with(i, option));
        }
      }
    },
    mutate: (arch, rng, rate) => fromChoices(mutate(toChoices(arch), counts, rng, rate)),
    crossover: (a, b, rng) => {
      const other = toChoices(b);
      return fromChoices(
        toChoices(a).map((choice, i) => rng() < 0.5 ? choice : other[i] as number),
      );
    },
    encode,
    decode,
    lower: definition.lower,
  };
}

function mutate(choices: number[], counts: readonly number[], rng: Rng, rate?: number): number[] {
  if (rate === undefined) {
    const free = counts.flatMap((count, i) => count > 1 ? [i] : []);
    const i = rng.pick(free);
    // One of the other options, each as likely.
    const step = 1 + rng.int((counts[i] as number) - 1);
    return choices.with(i, ((choices[i] as number) + step) % (counts[i] as number));
  }
  if (!(rate >= 0 && rate <= 1)) {
    throw new RangeError(`Cannot mutate: rate must be in [0, 1], got ${rate}`);
  }
  return choices.map((choice, i) => rng() < rate ? rng.int(counts[i] as number) : choice);
}

function* allChoices(counts: readonly number[]): Generator<number[]> {
  const choices = counts.map(() => 0);
  while (true) {
    yield [...choices];
    let i = counts.length - 1;
    while (i >= 0 && choices[i] === (counts[i] as number) - 1) choices[i--] = 0;
    if (i < 0) return;
    choices[i] = (choices[i] as number) + 1;
  }
}

function checkDecisions(space: string, decisions: readonly Decision[]): void {
  if (decisions.length === 0) {
    throw new RangeError(`Cannot define space "${space}": decisions is empty`);
  }
  for (const { name, options } of decisions) {
    if (options.length === 0 || new Set(options).size < options.length) {
      throw new RangeError(
        `Cannot define space "${space}": decision "${name}" needs different options, got ${
          JSON.stringify(options)
        }`,
      );
    }
  }
}

function checkChoices(
  space: string,
  decisions: readonly Decision[],
  choices: readonly number[],
): void {
  if (choices.length !== decisions.length) {
    throw new RangeError(
      `Not an architecture of ${space}: needs ${decisions.length} choices, got ${choices.length}`,
    );
  }
  decisions.forEach(({ name, options }, i) => {
    const choice = choices[i] as number;
    if (!Number.isInteger(choice) || choice < 0 || choice >= options.length) {
      throw new RangeError(
        `Not an architecture of ${space}: choice ${i} (${name}) must be a whole number from 0 to ${
          options.length - 1
        }, got ${choice}`,
      );
    }
  });
}

function parseChoices(space: string, decisions: readonly Decision[], text: string): number[] {
  const parts = text.split(",");
  if (parts.length !== decisions.length) {
    throw new SyntaxError(
      `Cannot decode "${text}" as ${space}: expected ${decisions.length} choices, got ${parts.length}`,
    );
  }
  return parts.map((part, i) => {
    const { name, options } = decisions[i] as Decision;
    if (!/^(0|[1-9]\d*)$/.test(part) || Number(part) >= options.length) {
      throw new SyntaxError(
        `Cannot decode "${text}" as ${space}: choice ${i} (${name}) must be 0 to ${
          options.length - 1
        }, got "${part}"`,
      );
    }
    return Number(part);
  });
}
