import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import {
  defineStrategy,
  type Goal,
  type Proposal,
  type Strategy,
  type StrategyMaker,
} from "./strategy.ts";
import { checkProposer } from "./successive_halving.ts";

interface Saved {
  readonly drawn: number;
  readonly begun: boolean;
  readonly held: Proposal<never> | null;
  readonly isOwn: readonly boolean[];
  readonly inner: Json;
}

/**
 * A strategy that begins with given architectures: its first random draws are these, in their order.
 * So evolution has them in its first population, Bayesian optimisation in its first design, local
 * search climbs from the first of them. What more there are than the strategy draws is left out.
 *
 * A strategy that does not begin with a random draw, such as a grid or REINFORCE, begins after all of
 * them were tried, and is not told of them.
 *
 * @param starts What to begin with: anything that has a `key`, the architecture's text, such as what
 * {@linkcode warmUp} gives or the trials of an earlier study.
 * @param strategy What goes on from there.
 * @throws {RangeError} When there is nothing to begin with.
 * @throws {TypeError} When a start has no key or `strategy` is no strategy.
 * @throws {SyntaxError} When the search begins, if a key is no architecture of its space.
 *
 * @example Begin with the manual design
 * ```ts
 * import { maximize, nasBench201, randomSearch, search, startFrom } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const key = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|none~2|";
 * const study = await search({
 *   space,
 *   strategy: startFrom([{ key }], randomSearch()),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   budget: { trials: 5 },
 *   seed: "example",
 * });
 * assertEquals(study.trials[0]!.key, key);
 * ```
 */
export function startFrom(
  starts: readonly { readonly key: string }[],
  strategy: StrategyMaker,
): StrategyMaker {
  const task = "Cannot start from architectures";
  checkProposer(task, strategy);
  if (!Array.isArray(starts) || starts.length === 0) {
    throw new RangeError(`${task}: starts must have at least one, got ${JSON.stringify(starts)}`);
  }
  const keys = starts.map(({ key }, i) => {
    if (typeof key === "string") return key;
    throw new TypeError(`${task}: starts[${i}].key must be an architecture's text, got ${key}`);
  });
  const name = `startFrom(${keys.join("; ")}, ${strategy.strategyName})`;
  return defineStrategy(
    name,
    <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]): Strategy<A> => {
      const archs = keys.map((key) => space.decode(key));
      let drawn = 0;
      const view = withSample(space, (rng) => {
        return drawn < archs.length ? structuredClone(archs[drawn++] as A) : space.sample(rng);
      });
      const inner = strategy(view, rng, goals);
      let begun = false;
      /** What the strategy proposed before the starts were through, where it did not draw them. */
      let held: Proposal<A> | undefined;
      /** Of each proposal that is not told of yet whether it is one of the starts, not the strategy's. */
      let isOwn: boolean[] = [];
      return {
        ask() {
          let proposal = held;
          if (!begun) {
            proposal = inner.ask();
            begun = true;
            if (drawn === 0) held = proposal;
          }
          if (held !== undefined && drawn < archs.length) {
            isOwn.push(true);
            return { arch: structuredClone(archs[drawn++] as A) };
          }
          held = undefined;
          proposal ??= inner.ask();
          if (proposal !== undefined) isOwn.push(false);
          return proposal;
        },
        tell(trial) {
          const own = trial.status === "rejected" ? isOwn.pop() : isOwn.shift();
          if (!own) inner.tell(trial);
        },
        snapshot: () => ({
          drawn,
          begun,
          held: structuredClone(held ?? null) as Json,
          isOwn: [...isOwn],
          inner: inner.snapshot(),
        }),
        restore(state) {
          const saved = state as unknown as Saved;
          ({ drawn, begun } = saved);
          held = structuredClone(saved.held) ?? undefined;
          isOwn = [...saved.isOwn];
          inner.restore(saved.inner);
        },
      };
    },
    {
      module: import.meta.url,
      factory: "startFrom",
      args: [keys.map((key) => ({ key })), strategy],
    },
  );
}

/** The same space with other random draws. */
function withSample<A>(space: SearchSpace<A>, sample: (rng: Rng) => A): SearchSpace<A> {
  const { name, size, decisions, chain } = space;
  return {
    name,
    size,
    decisions,
    sample,
    allowed: (prefix) => space.allowed(prefix),
    fromChoices: (choices) => space.fromChoices(choices),
    toChoices: (arch) => space.toChoices(arch),
    enumerate: () => space.enumerate(),
    neighbours: (arch) => space.neighbours(arch),
    mutate: (arch, rng, rate) => space.mutate(arch, rng, rate),
    crossover: (a, b, rng) => space.crossover(a, b, rng),
    encode: (arch) => space.encode(arch),
    decode: (text) => space.decode(text),
    lower: (arch) => space.lower(arch),
    ...(chain ? { chain } : {}),
  };
}
