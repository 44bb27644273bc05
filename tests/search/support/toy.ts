import { GraphBuilder } from "../../../lib/graph/builder.ts";
import { createRng } from "../../../lib/engine/rng.ts";
import { defineSpace } from "../../../lib/space/define.ts";
import type { SearchSpace } from "../../../lib/space/space.ts";
import { type Evaluate, portable } from "../../../lib/space/evaluate.ts";
import { defineStrategy, soleGoal, type StrategyMaker } from "../../../lib/search/strategy.ts";

export interface Toy {
  readonly widths: readonly number[];
}

const widths = [2, 4, 6];

/** Chains of 1x1 convolutions on one pixel: 3^depth networks whose MACs are easy to compute. */
export function toySpace(depth = 4): SearchSpace<Toy> {
  return defineSpace<Toy>({
    name: `toy(${depth})`,
    decisions: Array.from(
      { length: depth },
      (_, i) => ({ name: `width ${i}`, options: widths.map(String) }),
    ),
    fromChoices: (choices) => ({ widths: choices.map((choice) => widths[choice]!) }),
    toChoices: (arch) => arch.widths.map((width) => widths.indexOf(width)),
    lower: (arch) => {
      const net = new GraphBuilder([1, 1, 1]);
      const last = arch.widths.reduce(
        (x, channels, i) => net.add(`conv${i}`, { op: "conv", kernel: 1, channels }, x),
        net.input,
      );
      return net.build(net.add("pool", { op: "globalAvgPool" }, last));
    },
  });
}

/** The same number by hand. */
export function toyMacs({ widths }: Toy): number {
  return widths.reduce((sum, width, i) => sum + width * (widths[i - 1] ?? 1), 0);
}

export interface ToyScoreOptions {
  /** How long an evaluation takes, in milliseconds, up to. */
  readonly sleep?: number;
  /** Trials whose number divides by this fail. */
  readonly failEvery?: number;
}

/** A score that depends on the architecture and the seed, after a sleep that does not. */
export function toyScore(options: ToyScoreOptions = {}): Evaluate<Toy> {
  const { sleep = 0, failEvery } = options;
  return portable(
    { module: import.meta.url, factory: "toyScore", args: [options] },
    async (arch, { seed, graph, signal }) => {
      // An even spread of short and long, so that evaluations overtake each other.
      if (sleep > 0) await pause(sleep * Math.abs(Math.sin(Number(seed.split("/").at(-1)))));
      signal.throwIfAborted();
      const index = Number(seed.split("/").at(-1));
      if (failEvery !== undefined && index % failEvery === 0) {
        throw new RangeError(`no score for ${index}`);
      }
      const rng = createRng(`${seed}/${JSON.stringify(arch)}`);
      const score = arch.widths.reduce((sum, width) => sum + width, 0) + rng.normal();
      return { score, nodes: graph.nodes.length, losses: [rng(), rng(), -0] };
    },
  );
}

/** What a table would say: a score, and the time that it stands for, which grows with the epochs. */
export function toyTable(options: ToyScoreOptions = {}): Evaluate<Toy> {
  const score = toyScore(options);
  return portable(
    { module: import.meta.url, factory: "toyTable", args: [options] },
    async (arch, context) => {
      const { epochs = 4 } = context;
      return { ...await score(arch, context), seconds: epochs * arch.widths[0]! / 10 };
    },
    { epochs: 4, simulated: true },
  );
}

/**
 * Changes one decision of the best it has been told of; what it draws depends on all it was told and
 * in which order, so that any difference in the order shows.
 */
export const adaptive: StrategyMaker = defineStrategy("adaptive", (space, rng, goals) => {
  const goal = soleGoal(goals, "adaptive");
  let asked = 0;
  let history = "";
  let best: { key: string; value: number } | undefined;
  return {
    ask() {
      const draw = rng.split(asked++).split(history);
      return {
        arch: best === undefined ? space.sample(draw) : space.mutate(space.decode(best.key), draw),
      };
    },
    tell(trial) {
      history = String(
        createRng(`${history}/${trial.index}/${trial.status}/${trial.key}`).int(2 ** 31),
      );
      if (trial.status !== "complete") return;
      const value = trial.metrics[goal.metric]! * (goal.direction === "maximize" ? 1 : -1);
      if (best === undefined || value > best.value) best = { key: trial.key, value };
    },
    snapshot: () => ({ asked, history, best: best ?? null }),
    restore(state) {
      const saved = state as { asked: number; history: string; best: typeof best | null };
      ({ asked, history } = saved);
      best = saved.best ?? undefined;
    },
  };
});

/** Resolves after some milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
