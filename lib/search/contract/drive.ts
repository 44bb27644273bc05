import { createRng } from "../../engine/rng.ts";
import { messageOf } from "../errors.ts";
import type { Proposal, Strategy, StrategyMaker } from "../strategy.ts";
import type { Trial } from "../trial.ts";
import { isPlainJson } from "./plain_json.ts";
import { type Scenario, type ScenarioArch, spaceOf, valueOf } from "./scenario.ts";

/** A promise that a strategy broke. */
export class Violation extends Error {}

/** Makes the strategy of a scenario afresh. */
export function freshStrategy(make: StrategyMaker, scenario: Scenario): Strategy<ScenarioArch> {
  const rng = createRng(scenario.seed).split("strategy");
  const goals = [{ metric: "value", direction: scenario.direction }];
  return attempt("can be made", () => make(spaceOf(scenario), rng, goals));
}

/** Runs a step of the strategy; what it throws breaks the rule. */
export function attempt<T>(rule: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Violation(`${rule}: it threw "${messageOf(error)}"`, { cause: error });
  }
}

/** Replaces the strategy in the middle of a scenario, as if its process had been killed. */
export type Interrupt = (strategy: Strategy<ScenarioArch>) => Strategy<ScenarioArch>;

/**
 * Plays a scenario as a search does it: the outcomes are told in the order of asking, `inFlight`
 * behind, those of rejected candidates at once.
 *
 * @returns The texts of the architectures that were asked for.
 * @throws {Violation} When the strategy throws, asks for what is not in the space, gives up without
 * cause, or changes what it was told.
 */
export function drive(make: StrategyMaker, scenario: Scenario, interrupt?: Interrupt): string[] {
  return new Drive(make, scenario, interrupt).run();
}

class Drive {
  readonly #scenario: Scenario;
  readonly #interrupt: Interrupt | undefined;
  readonly #space;
  #strategy: Strategy<ScenarioArch>;
  readonly #asked: string[] = [];
  readonly #waiting: Trial<ScenarioArch>[] = [];
  /** Everything that passed between the two, with its text at that time. */
  readonly #passed: { what: string; value: unknown; text: string }[] = [];
  readonly #told = new Set<number>();
  #trials = 0;
  #rejected = 0;

  constructor(make: StrategyMaker, scenario: Scenario, interrupt: Interrupt | undefined) {
    this.#scenario = scenario;
    this.#interrupt = interrupt;
    this.#space = spaceOf(scenario);
    this.#strategy = freshStrategy(make, scenario);
  }

  run(): string[] {
    const { outcomes, inFlight, saveAfter } = this.#scenario;
    for (const [n, status] of outcomes.entries()) {
      if (this.#waiting.length >= inFlight) this.#tell(this.#waiting.shift()!);
      if (n === saveAfter && this.#interrupt) this.#strategy = this.#interrupt(this.#strategy);
      const proposal = this.#askOrEnd();
      if (proposal === undefined) break;
      const trial = this.#outcome(proposal, status);
      if (status === "rejected") this.#tell(trial);
      else this.#waiting.push(trial);
    }
    this.#waiting.splice(0).forEach((trial) => this.#tell(trial));
    this.#checkUnchanged();
    return this.#asked;
  }

  /** The next proposal; tells what is outstanding as long as there is none. */
  #askOrEnd(): Proposal<ScenarioArch> | undefined {
    while (true) {
      const proposal = attempt("ask does not throw", () => this.#strategy.ask());
      if (proposal !== undefined) return this.#checked(proposal);
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#tell(next);
    }
    if (this.#asked.length === 0) {
      throw new Violation("the first ask gives an architecture: it gave undefined");
    }
    if (attempt("ask does not throw", () => this.#strategy.ask()) !== undefined) {
      throw new Violation(
        "a strategy that has nothing left to try stays so: after undefined, with every outcome " +
          "told, it asked again",
      );
    }
    return undefined;
  }

  #checked(proposal: Proposal<ScenarioArch>): Proposal<ScenarioArch> {
    const rule = "ask gives a member of the space";
    if (!isPlainJson(proposal)) throw new Violation(`${rule}: it is not plain JSON`);
    const { arch, epochs, parents = [] } = proposal;
    const key = attempt(rule, () => this.#space.encode(arch));
    const member = attempt(rule, () => this.#space.decode(key));
    if (JSON.stringify(member) !== JSON.stringify(arch)) {
      throw new Violation(`${rule}: it gave ${JSON.stringify(arch)}`);
    }
    if (epochs !== undefined && !(Number.isSafeInteger(epochs) && epochs >= 1)) {
      throw new Violation(`epochs are a positive whole number: it asked for ${epochs}`);
    }
    const stranger = parents.find((parent) => !this.#told.has(parent));
    if (stranger !== undefined) {
      throw new Violation(`parents are trials that it was told: it named ${stranger}`);
    }
    this.#asked.push(epochs === undefined ? key : `${key} for ${epochs} epochs`);
    this.#remember("a proposal it made", proposal);
    return proposal;
  }

  #outcome(
    proposal: Proposal<ScenarioArch>,
    status: Trial<unknown>["status"],
  ): Trial<ScenarioArch> {
    const { arch, ...asked } = structuredClone(proposal);
    const key = this.#space.encode(arch);
    const costs = { macs: arch.picks.reduce((sum, pick) => sum + pick, 1) };
    const base = { arch, ...asked, key, status, curves: {}, seed: `trial ${key}`, seconds: 1 };
    switch (status) {
      case "complete": {
        const metrics = { ...costs, value: valueOf(this.#scenario, key) };
        return { ...base, index: this.#trials++, metrics };
      }
      case "failed":
        return { ...base, index: this.#trials++, metrics: costs, reason: "failed on purpose" };
      case "rejected":
        return { ...base, index: this.#rejected++, metrics: costs, reason: "rejected on purpose" };
    }
  }

  #tell(trial: Trial<ScenarioArch>): void {
    this.#remember("a trial it was told", trial);
    if (trial.status !== "rejected") this.#told.add(trial.index);
    attempt(`tell takes a ${trial.status} trial`, () => this.#strategy.tell(trial));
  }

  #remember(what: string, value: unknown): void {
    this.#passed.push({ what, value, text: JSON.stringify(value) });
  }

  #checkUnchanged(): void {
    for (const { what, value, text } of this.#passed) {
      const now = JSON.stringify(value);
      if (now !== text) {
        throw new Violation(
          `nothing that was asked or told is changed: ${what}, ${text}, became ${now}`,
        );
      }
    }
  }
}
