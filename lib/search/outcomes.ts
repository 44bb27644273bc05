import type { EvaluateContext, Metrics } from "../space/evaluate.ts";
import { attempt, simulatedSeconds } from "./attempts.ts";
import type { Candidate } from "./candidate.ts";
import { type Clock, secondsSince } from "./clock.ts";
import { EvaluationError, JournalError, messageOf } from "./errors.ts";
import type { Runner } from "./executor.ts";
import type { Halt } from "./halt.ts";
import type { Journal } from "./journal.ts";
import type { SearchPlan } from "./options.ts";
import { type Outcome, sortMetrics } from "./outcome.ts";
import { plainCopy } from "./plain_copy.ts";
import type { Proposal } from "./strategy.ts";
import { sealTrial, type Trial } from "./trial.ts";
import { Turns } from "./turns.ts";

/** A proposal and what is known of its architecture. */
export interface Assessed<A> {
  readonly asked: Proposal<A>;
  readonly candidate: Candidate;
}

/** What becomes of a trial; `undefined` when it is dropped because the search ended before. */
export type Pending<A> = Promise<Trial<A> | undefined>;

/** What outcomes are made with. */
export interface OutcomesOptions<A> {
  readonly plan: SearchPlan<A>;
  readonly journal: Journal<A> | undefined;
  readonly halt: Halt<A>;
  readonly clock: Clock;
}

/** Makes the outcomes of trials: reads them from the journal, repeats others, or evaluates. */
export class Outcomes<A> {
  /** Those that are there, in no particular order. */
  readonly finished: Trial<A>[] = [];
  readonly #plan: SearchPlan<A>;
  readonly #journal: Journal<A> | undefined;
  readonly #halt: Halt<A>;
  readonly #clock: Clock;
  readonly #turns: Turns;
  /** The seeds of those that are there, by index. */
  readonly #seeds = new Map<number, string>();
  #runner: Promise<Runner<A>> | undefined;
  #evaluated = 0;

  constructor({ plan, journal, halt, clock }: OutcomesOptions<A>) {
    this.#plan = plan;
    this.#journal = journal;
    this.#halt = halt;
    this.#clock = clock;
    this.#turns = new Turns(plan.executor.size);
  }

  /** Seconds of search, or of evaluation where its time is simulated. */
  get seconds(): number {
    return this.#plan.simulated ? this.#evaluated : this.#clock.seconds;
  }

  /** Whether time is up for a trial; one before a recorded trial had begun in time once. */
  isLate(index: number): boolean {
    const { simulated, seconds } = this.#plan;
    return !simulated && index > (this.#journal?.lastIndex ?? -1) && this.#clock.seconds >= seconds;
  }

  /** The outcome of a trial, that of `original` where it repeats one. Never rejects. */
  async of(index: number, next: Assessed<A>, original: Pending<A> | undefined): Pending<A> {
    try {
      const recorded = this.#journal?.recorded.get(index);
      if (recorded !== undefined) return this.#replay(recorded, next);
      if (original !== undefined) return this.#repeat(index, next, await original);
      await this.#turns.begin();
      try {
        // Before any pause, so that the trials that begin in time are the first ones.
        if (this.isLate(index)) return undefined;
        await this.#clock.pause();
        if (this.#halt.raised) return undefined;
        return await this.#evaluate(index, next);
      } finally {
        this.#turns.end();
      }
    } catch (error) {
      this.#halt.fail(() => error);
      return undefined;
    }
  }

  /** Lets go of what runs evaluations; none is running. */
  async close(): Promise<void> {
    const runner = await this.#runner?.catch(() => undefined);
    await runner?.close();
  }

  #replay(recorded: Trial<A>, { asked, candidate: { key } }: Assessed<A>): Trial<A> {
    const described = (key: string, epochs: number | undefined) =>
      epochs === undefined ? key : `${key} for ${epochs} epochs`;
    const [was, is] = [described(recorded.key, recorded.epochs), described(key, asked.epochs)];
    if (was !== is) {
      throw new JournalError(
        this.#journal!.path,
        `trial ${recorded.index} is ${was} in it, but the strategy now asks for ${is}; ` +
          "the strategy, the space or the costs have changed since it was written",
      );
    }
    this.#keep(recorded);
    return recorded;
  }

  #repeat(index: number, { asked }: Assessed<A>, original: Trial<A> | undefined) {
    if (original === undefined || this.#halt.raised) return undefined;
    // Who asked, and what for, is this trial's own.
    const { parents: _, notes: __, failures: ___, ...outcome } = original;
    return this.#record({ ...outcome, ...asked, index, seconds: 0, repeats: original.index });
  }

  async #evaluate(index: number, next: Assessed<A>): Pending<A> {
    const { catchErrors, executor, evaluate, retries, seed, simulated } = this.#plan;
    const { asked, candidate: { key, costs } } = next;
    const runner = await (this.#runner ??= Promise.resolve(executor.open(evaluate)));
    if (this.#halt.raised) return undefined;
    const start = performance.now();
    const attempted = await attempt(
      { seed: `${seed}/trial/${index}`, retries, stopped: () => this.#halt.raised },
      async (seed) => {
        const returned = await runner.run(plainCopy(asked.arch), this.#context(next, seed));
        return this.#sorted(returned, costs);
      },
    );
    // What an aborted evaluation returned may be cut short.
    if (this.#halt.raised) return undefined;
    const passed = simulated ? 0 : secondsSince(start);
    const { seed: lastSeed, failures } = attempted;
    const common = {
      index,
      ...asked,
      key,
      seed: lastSeed,
      ...(failures === undefined ? {} : { failures }),
    };
    if ("value" in attempted) {
      const { metrics, curves, seconds = passed } = attempted.value;
      return this.#record({ ...common, status: "complete", metrics, curves, seconds });
    }
    const reason = messageOf(attempted.thrown);
    if (!catchErrors) {
      const times = failures === undefined ? "" : ` (in attempt ${failures.length + 1})`;
      const message = `Cannot evaluate trial ${index}, ${key}: ${reason}${times}`;
      const cause = attempted.thrown;
      this.#halt.fail((study) => new EvaluationError(message, { index, key, study, cause }));
      return undefined;
    }
    const failed = { status: "failed", metrics: costs, curves: {}, seconds: passed } as const;
    return this.#record({ ...common, ...failed, reason });
  }

  #context({ asked, candidate }: Assessed<A>, seed: string): EvaluateContext {
    const context = {
      get graph() {
        return candidate.graph();
      },
      seed,
      signal: this.#halt.signal,
    };
    const { epochs } = asked;
    const parents = asked.parents?.flatMap((index) => this.#seeds.get(index) ?? []);
    return Object.assign(
      context,
      epochs === undefined ? {} : { epochs },
      parents === undefined ? {} : { parents },
    );
  }

  /** What an evaluation gave, with the time that it stands for where that is simulated. */
  #sorted(returned: Metrics, costs: Candidate["costs"]): Outcome & { seconds?: number } {
    const { goals, simulated } = this.#plan;
    const { metrics, curves } = sortMetrics(returned, costs, goals);
    if (!simulated) return { metrics, curves };
    const seconds = simulatedSeconds(returned);
    if (goals.some(({ metric }) => metric === "seconds")) return { metrics, curves, seconds };
    const { seconds: _, ...others } = metrics;
    return { metrics: others, curves, seconds };
  }

  #record(trial: Trial<A>): Trial<A> {
    const sealed = sealTrial(trial);
    this.#keep(sealed);
    this.#journal?.append(sealed, this.seconds);
    return sealed;
  }

  #keep(trial: Trial<A>): void {
    this.finished.push(trial);
    this.#seeds.set(trial.index, trial.seed);
    this.#evaluated += trial.seconds;
  }
}
