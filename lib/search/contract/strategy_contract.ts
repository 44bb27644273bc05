import { createRng } from "../../engine/rng.ts";
import type { Strategy, StrategyMaker } from "../strategy.ts";
import { messageOf } from "../errors.ts";
import { attempt, drive, freshStrategy, type Interrupt, Violation } from "./drive.ts";
import { isPlainJson } from "./plain_json.ts";
import { type Scenario, type ScenarioArch, scenarios } from "./scenario.ts";

/** How thoroughly to try a strategy. */
export interface StrategyContractOptions {
  /** Random scenarios to try each rule in; 50 when absent. */
  readonly runs?: number;
  /** Determines the scenarios; `"contract"` when absent. */
  readonly seed?: string;
}

/**
 * Checks that a strategy keeps every promise of {@linkcode Strategy}, in random scenarios
 * (fast-check): small spaces, of independent decisions or of as many as one of them says, several
 * trials in flight, failures, rejections, interruptions. Run it in the tests of a new strategy.
 *
 * The rules: it asks only for members of the space; equal seeds ask for equal architectures; its
 * snapshot is plain JSON, changes nothing and stays as it is; restored from it, afresh or after
 * going on, it continues as if nothing had happened; it takes failed and rejected trials; it
 * changes nothing that it was told; it never throws; once it has nothing left to try, that stays.
 *
 * @param make The strategy with its options.
 * @throws {Error} Naming the rule that does not hold and the smallest scenario found that breaks it.
 *
 * @example
 * ```ts
 * import { randomSearch, strategyContract } from "naskit";
 *
 * await strategyContract(randomSearch(), { runs: 10 });
 * ```
 */
export async function strategyContract(
  make: StrategyMaker,
  { runs = 50, seed = "contract" }: StrategyContractOptions = {},
): Promise<void> {
  const name = make.strategyName;
  if (typeof name !== "string" || name === "") {
    throw new Error(`Strategy breaks its contract: strategyName must be a text, got ${name}`);
  }
  const { default: fc } = await import("fast-check");
  for (const rule of rules) {
    const result = fc.check(
      fc.property(scenarios(fc), (scenario) => rule(make, scenario)),
      { numRuns: runs, seed: createRng(seed).int(2 ** 31) },
    );
    if (!result.failed) continue;
    const { errorInstance, counterexample } = result;
    if (!(errorInstance instanceof Violation)) throw errorInstance;
    throw new Error(
      `Strategy "${name}" breaks its contract: ${errorInstance.message}\n` +
        `Scenario: ${JSON.stringify(counterexample?.[0])}`,
      { cause: errorInstance },
    );
  }
}

type Rule = (make: StrategyMaker, scenario: Scenario) => void;

const rules: readonly Rule[] = [
  // All that `drive` checks by itself.
  (make, scenario) => void drive(make, scenario),
  (make, scenario) => expectSame("equal seeds ask for equal architectures", make, scenario),
  (make, scenario) =>
    void drive(make, scenario, (strategy) => {
      if (!isPlainJson(save(strategy))) throw new Violation("a snapshot is plain JSON");
      return strategy;
    }),
  (make, scenario) => {
    const saved: Saved[] = [];
    drive(make, scenario, (strategy) => {
      const state = save(strategy);
      saved.push({ state, text: JSON.stringify(state) });
      return strategy;
    });
    expectUnchanged("a snapshot stays as it is", saved);
  },
  (make, scenario) =>
    expectSame("taking a snapshot changes nothing", make, scenario, (strategy) => {
      save(strategy);
      return strategy;
    }),
  (make, scenario) => {
    const saved: Saved[] = [];
    const rule = "a restored strategy goes on as if nothing had been";
    expectSame(rule, make, scenario, (strategy) => {
      const text = JSON.stringify(save(strategy));
      const state = JSON.parse(text);
      saved.push({ state, text });
      return restore(freshStrategy(make, scenario), state);
    });
    expectUnchanged("restore keeps the state it is given as it is", saved);
  },
  (make, scenario) => {
    const rule = "restore goes back to an earlier state of the same strategy";
    expectSame(rule, make, scenario, (strategy) => {
      const text = JSON.stringify(save(strategy));
      for (let i = 0; i < 3; i++) attempt("ask does not throw", () => strategy.ask());
      return restore(strategy, JSON.parse(text));
    });
  },
];

/** A state and its text at the time when it was saved or restored. */
interface Saved {
  readonly state: unknown;
  readonly text: string;
}

function save(strategy: Strategy<ScenarioArch>): unknown {
  return attempt("snapshot does not throw", () => strategy.snapshot());
}

function restore(
  strategy: Strategy<ScenarioArch>,
  state: Parameters<Strategy<ScenarioArch>["restore"]>[0],
): Strategy<ScenarioArch> {
  attempt("restore takes a snapshot", () => strategy.restore(state));
  return strategy;
}

/** Plays a scenario twice, the second time with an interruption if there is one. */
function expectSame(
  rule: string,
  make: StrategyMaker,
  scenario: Scenario,
  interrupt?: Interrupt,
): void {
  const expected = drive(make, scenario);
  let found: string[];
  try {
    found = drive(make, scenario, interrupt);
  } catch (error) {
    throw new Violation(`${rule}: ${messageOf(error)}`, { cause: error });
  }
  for (let i = 0; i < Math.max(expected.length, found.length); i++) {
    if (expected[i] === found[i]) continue;
    throw new Violation(
      `${rule}: ask ${i} gave ${expected[i] ?? "undefined"} first and ${
        found[i] ?? "undefined"
      } then`,
    );
  }
}

function expectUnchanged(rule: string, saved: readonly Saved[]): void {
  for (const { state, text } of saved) {
    const now = JSON.stringify(state);
    if (now !== text) throw new Violation(`${rule}: ${text} became ${now}`);
  }
}
