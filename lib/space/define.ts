import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/graph.ts";
import { type BlockChain, lowerChain } from "./blocks.ts";
import { checkChoices, checkDecisions, type ChoiceRules, parseChoices } from "./choices.ts";
import type { EvaluateRecipe } from "./evaluate.ts";
import { firstNumbers, type Part } from "./parts/part.ts";
import type { Relaxed, RelaxOptions } from "./relaxed.ts";
import type { Decision, SearchSpace } from "./space.ts";
import { allChoices, type Allowed, cross, mutateEach, mutateOne, neighbouring } from "./vary.ts";

/** What tells one space from another; all else follows from its decisions. */
export type SpaceDefinition<A> =
  & SpaceDefinitionBase<A>
  & (PartDefinition<A> | DecisionsDefinition<A>)
  & (GraphDefinition<A> | ChainDefinition<A>);

/** What every definition of a space has. */
export interface SpaceDefinitionBase<A> {
  /** Identifies the space and its options. */
  readonly name: string;
  /** The canonical text of an architecture; the choices with commas between when absent. */
  encode?(arch: A): string;
  /** The inverse of `encode`; throws a `SyntaxError` that says what is wrong and where. */
  decode?(text: string): A;
  /** The chains of operations from the input of its cell to the output, as {@linkcode SearchSpace} has them. */
  paths?(arch: A): readonly string[];
  /** A text that is the same for architectures whose networks are. */
  network?(arch: A): string;
  /** All its networks in one, as {@linkcode SearchSpace} has it. */
  relax?(options?: RelaxOptions): Relaxed<A>;
  /** How another thread makes the same space. */
  readonly recipe?: EvaluateRecipe;
}

/** A space whose architectures are the values of a part. */
export interface PartDefinition<A> {
  /** The decisions and the architectures that they make. */
  readonly part: Part<A>;
}

/** A space of independent decisions. */
export interface DecisionsDefinition<A> {
  /** The choices that make an architecture, in order; each may take any of its options. */
  readonly decisions: readonly Decision[];
  /** The architecture with these choices. */
  fromChoices(choices: readonly number[]): A;
  /** The inverse of `fromChoices`. Throws a `TypeError` on what is not an architecture. */
  toChoices(arch: A): number[];
}

/** A space that says which graph an architecture describes. */
export interface GraphDefinition<A> {
  /** The network that the architecture describes. */
  lower(arch: A): Graph;
}

/** A space whose networks are chains of blocks; {@linkcode spaceCosts} is fast for these. */
export interface ChainDefinition<A> {
  /** The blocks of the network that the architecture describes. */
  chain(arch: A): BlockChain;
}

/**
 * Makes a search space out of its decisions: sampling, enumeration, mutation and crossover follow
 * from them. The decisions are given as a {@linkcode Part}, or as a list of independent ones with a
 * way from choices to architectures and back; the network as a graph or as a chain of blocks.
 *
 * @throws {RangeError} When the list of decisions is empty, or one has no options or repeats one.
 *
 * @example A space in a few lines: one or two layers, each of its own width
 * ```ts
 * import { choice, createRng, defineSpace, GraphBuilder, repeat } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = defineSpace({
 *   name: "widths",
 *   part: repeat(choice([4, 8, 16]), { counts: [1, 2] }),
 *   lower: (widths) => {
 *     const net = new GraphBuilder([8, 8, 1]);
 *     const x = widths.reduce(
 *       (x, width, i) => net.add(`conv${i}`, { op: "conv", kernel: 3, channels: width }, x),
 *       net.input,
 *     );
 *     return net.build(net.add("pool", { op: "globalAvgPool" }, x));
 *   },
 * });
 * assertEquals(space.size, 3n + 9n);
 * assertEquals([...space.neighbours([4])], [[4, 4], [4, 8], [4, 16], [8], [16]]);
 * const child = space.mutate([4, 8], createRng("child"));
 * ```
 *
 * @example Independent decisions
 * ```ts
 * import { defineSpace, GraphBuilder } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const widths = [4, 8, 16];
 * const space = defineSpace<{ width: number }>({
 *   name: "width",
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
  const { name, paths, network, relax, recipe } = definition;
  const part = "part" in definition ? definition.part : independent(name, definition);
  const decisions = "part" in definition ? named(part.decisions) : part.decisions;
  // A part may have none: a space of one architecture.
  if (decisions.length > 0) checkDecisions(name, decisions);
  const { length } = decisions;
  const next: Allowed = (prefix) => part.allowed(prefix, 0);
  const rules: ChoiceRules = { space: name, decisions, allowed: next };

  const read = (choices: readonly number[]): A => part.read(choices, 0);
  const fromChoices = (choices: readonly number[]): A => {
    checkChoices(rules, choices);
    return read(choices);
  };
  const toChoices = (arch: A): number[] => {
    const choices: number[] = [];
    part.write(arch, choices);
    checkChoices(rules, choices);
    return choices;
  };
  const encode = definition.encode ?? ((arch: A): string => toChoices(arch).join(","));
  const decode = definition.decode ?? ((text: string): A => read(parseChoices(rules, text)));
  const lower = "chain" in definition
    ? (arch: A): Graph => lowerChain(definition.chain(arch))
    : (arch: A): Graph => definition.lower(arch);

  return {
    name,
    decisions,
    size: part.size,
    allowed: (prefix) => {
      if (prefix.length >= length) {
        throw new RangeError(
          `Cannot tell the options: ${name} has ${length} decisions, got ${prefix.length} choices`,
        );
      }
      return next(prefix);
    },
    fromChoices,
    toChoices,
    sample: (rng) => {
      const choices: number[] = [];
      part.draw(rng, choices);
      return read(choices);
    },
    *enumerate() {
      for (const choices of allChoices(length, next)) yield read(choices);
    },
    *neighbours(arch) {
      for (const choices of neighbouring(toChoices(arch), next)) yield read(choices);
    },
    mutate: (arch, rng, rate) => read(mutated(toChoices(arch), { rules, rng, rate })),
    crossover: (a, b, rng) => read(cross(toChoices(a), toChoices(b), { allowed: next, rng })),
    encode,
    decode,
    lower,
    ...("chain" in definition ? { chain: (arch: A) => definition.chain(arch) } : {}),
    ...(paths === undefined ? {} : { paths: (arch: A) => paths(arch) }),
    ...(relax === undefined ? {} : { relax: (options?: RelaxOptions) => relax(options) }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(network === undefined ? {} : { network: (arch: A) => network(arch) }),
  };
}

function mutated(
  choices: number[],
  { rules, rng, rate }: {
    readonly rules: ChoiceRules;
    readonly rng: Rng;
    readonly rate: number | undefined;
  },
): number[] {
  if (rate === undefined) {
    const child = mutateOne(choices, rules.allowed, rng);
    if (child !== undefined) return child;
    throw new RangeError(`Cannot mutate: ${rules.space} has a single architecture`);
  }
  if (!(rate >= 0 && rate <= 1)) {
    throw new RangeError(`Cannot mutate: rate must be in [0, 1], got ${rate}`);
  }
  return mutateEach(choices, rules.allowed, { rng, rate });
}

/** Independent decisions as a part. */
function independent<A>(
  space: string,
  { decisions, fromChoices, toChoices }: DecisionsDefinition<A>,
): Part<A> {
  checkDecisions(space, decisions);
  const options = decisions.map((decision) => firstNumbers(decision.options.length));
  return {
    decisions,
    size: options.reduce((product, { length }) => product * BigInt(length), 1n),
    allowed: (choices) => options[choices.length] as readonly number[],
    draw: (rng, choices) => {
      for (const { length } of options) choices.push(rng.int(length));
    },
    read: (choices) => fromChoices(choices),
    write: (arch, choices) => {
      choices.push(...toChoices(arch));
    },
  };
}

/** A part that is no member of another has no name of its own for its decision. */
function named(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.map((decision) =>
    decision.name === "" ? { ...decision, name: "choice" } : decision
  );
}
