import type fc from "fast-check";
import { createRng } from "../../engine/rng.ts";
import type { Graph } from "../../graph/graph.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { defineSpace } from "../../space/define.ts";
import { choice } from "../../space/parts/choice.ts";
import { product } from "../../space/parts/product.ts";
import { repeat } from "../../space/parts/repeat.ts";
import type { SearchSpace } from "../../space/space.ts";
import type { Goal } from "../strategy.ts";
import type { Trial } from "../trial.ts";

/** A search for a strategy to be tried in: a small space and what becomes of each candidate. */
export interface Scenario {
  /** How many options each decision of the space has. */
  readonly options: readonly number[];
  /**
   * Whether a decision before them says how many of them there are, so that which options are allowed
   * depends on what was chosen before. All have as many options as the first then.
   */
  readonly nested: boolean;
  /** Determines all that the strategy draws, and the values of the architectures. */
  readonly seed: number;
  /** What is looked for. */
  readonly direction: Goal["direction"];
  /** How many trials may be asked for before the first of them is told. */
  readonly inFlight: number;
  /** What becomes of each candidate; there are no more asks than these. */
  readonly outcomes: readonly Trial<unknown>["status"][];
  /** After how many asks the strategy is saved, where it is saved at all. */
  readonly saveAfter: number;
}

/** The architecture of a scenario's space. */
export interface ScenarioArch {
  /** The choice at each decision. */
  readonly picks: readonly number[];
}

/** Scenarios of all kinds. */
export function scenarios(check: typeof fc): fc.Arbitrary<Scenario> {
  const statuses = ["complete", "failed", "rejected"] as const;
  const outcomes = check.oneof(
    check.array(check.constantFrom(...statuses), { minLength: 1, maxLength: 40 }),
    check.tuple(check.constantFrom(...statuses), check.integer({ min: 1, max: 40 })).map(
      ([status, count]) => Array<typeof status>(count).fill(status),
    ),
  );
  return check.record({
    nested: check.boolean(),
    options: check.array(check.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
      .filter((counts) => Math.max(...counts) > 1),
    seed: check.nat(),
    direction: check.constantFrom("maximize", "minimize"),
    inFlight: check.integer({ min: 1, max: 6 }),
    outcomes,
    saveAfter: check.nat(40),
  });
}

/** The space of a scenario, lowered to a chain of convolutions. */
export function spaceOf({ options, nested }: Scenario): SearchSpace<ScenarioArch> {
  const name = `scenario(${nested ? "up to " : ""}${options.join("×")})`;
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  if (nested) {
    const counts = range(options.length).map((i) => i + 1);
    const picks = repeat(choice(range(options[0] as number)), { counts });
    return defineSpace<ScenarioArch>({ name, part: product({ picks }), lower });
  }
  return defineSpace<ScenarioArch>({
    name,
    decisions: options.map((count, i) => ({
      name: `decision ${i}`,
      options: range(count).map((option) => `option ${option}`),
    })),
    fromChoices: (choices) => ({ picks: [...choices] }),
    toChoices: ({ picks }) => [...picks],
    lower,
  });
}

function lower({ picks }: ScenarioArch): Graph {
  const net = new GraphBuilder([4, 4, 1]);
  const last = picks.reduce(
    (x, pick, i) => net.add(`conv ${i}`, { op: "conv", kernel: 1, channels: pick + 1 }, x),
    net.input,
  );
  return net.build(net.add("pool", { op: "globalAvgPool" }, last));
}

/** The objective's value of an architecture; several share one. */
export function valueOf({ seed }: Scenario, key: string): number {
  return createRng(`${seed}/${key}`).int(10) / 10;
}
