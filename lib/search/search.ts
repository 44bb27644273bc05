import { nextTask } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import {
  allViolated,
  type Assess,
  assessor,
  type Candidate,
  rejectionReason,
  RejectionStreak,
} from "./candidate.ts";
import { EvaluationError, InfeasibleError, JournalError, messageOf } from "./errors.ts";
import type { Runner } from "./executor.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Journal, openJournal } from "./journal.ts";
import { planSearch, type SearchOptions, type SearchPlan } from "./options.ts";
import { sortMetrics } from "./outcome.ts";
import { plainCopy } from "./plain_copy.ts";
import { Turns } from "./turns.ts";
import type { Goal, Proposal, Strategy } from "./strategy.ts";
import { short, Study } from "./study.ts";
import { sealTrial, type Trial } from "./trial.ts";

/**
 * Searches a space: asks a strategy for architectures, turns away those that break a constraint,
 * evaluates the others and tells the strategy, until the budget is used up.
 *
 * Equal options give equal studies, whichever executor runs them and however often the search was
 * killed and resumed from its journal: trial `k` is asked for when exactly the trials up to
 * `k - inFlight` have been told, and is evaluated with the seed `<seed>/trial/<k>`.
 *
 * @throws {TypeError | RangeError} When an option is bad, constraints contradict each other, or one
 * names an unknown cost: before any work is done.
 * @throws {EvaluationError} When an evaluation throws or gives no usable objective, unless
 * `catchErrors` is set; it carries the study so far.
 * @throws {InfeasibleError} When more than `maxRejections` candidates in a row break a constraint.
 * @throws {JournalError} When the journal cannot be used or is of another search.
 *
 * @example Six cells of at most 200,000 multiply-accumulates
 * ```ts
 * import { atMost, maximize, nasBench201, randomSearch, search } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   constraints: [atMost("macs", 200_000)],
 *   budget: { trials: 6 },
 *   seed: "example",
 * });
 * assertEquals(study.trials.length, 6);
 * assert(study.best().metrics.macs! <= 200_000);
 * ```
 */
export async function search<A>(options: SearchOptions<A>): Promise<Study<A>> {
  const plan = planSearch(options);
  if (options.journal === undefined) return await new SearchRun(plan, undefined).run();
  const evaluate = await fingerprint(plan.evaluate);
  const header = {
    space: plan.space.name,
    strategy: plan.strategy.strategyName,
    seed: plan.seed,
    goals: plan.goals,
    constraints: plan.constraints,
    inFlight: plan.inFlight,
    ...(evaluate === undefined ? {} : { evaluate }),
  };
  const journal = await openJournal<A>(options.journal, header, {
    adoptInFlight: options.inFlight === undefined,
  });
  try {
    const { inFlight } = journal.header;
    return await new SearchRun({ ...plan, inFlight }, journal).run();
  } finally {
    journal.close();
  }
}

/** A proposal and what is known of its architecture. */
interface Assessed<A> {
  readonly asked: Proposal<A>;
  readonly candidate: Candidate;
}

/** What ends the search by an error, made once the study of all that finished is known. */
type Failure<A> = (study: Study<A>) => unknown;

class SearchRun<A> {
  readonly #plan: SearchPlan<A>;
  readonly #journal: Journal<A> | undefined;
  readonly #strategy: Strategy<A>;
  readonly #assess: Assess<A>;
  readonly #turns: Turns;
  readonly #start = performance.now();
  readonly #stop = new AbortController();
  /** Trials that were asked for and not told yet; `undefined` comes of one that was dropped. */
  readonly #outstanding = new Map<number, Promise<Trial<A> | undefined>>();
  readonly #finished: Trial<A>[] = [];
  readonly #rejected: Trial<A>[] = [];
  readonly #streak = new RejectionStreak();
  readonly #lastRecorded: number;
  #asked = 0;
  #told = 0;
  #failed = 0;
  #best: number | undefined;
  #runner: Promise<Runner<A>> | undefined;
  #failure: Failure<A> | undefined;
  #lastPause = performance.now();

  constructor(plan: SearchPlan<A>, journal: Journal<A> | undefined) {
    this.#plan = plan;
    this.#journal = journal;
    this.#lastRecorded = journal?.lastIndex ?? -1;
    this.#strategy = plan.strategy(
      plan.space,
      createRng(plan.seed).split("strategy"),
      plan.goals,
    );
    this.#assess = assessor(plan.space, plan.costs);
    this.#turns = new Turns(plan.executor.size);
  }

  async run(): Promise<Study<A>> {
    const { signal } = this.#plan;
    const abort = () => this.#stop.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    let stopped: Study<A>["stopped"] = "failed";
    try {
      stopped = await this.#loop();
    } catch (error) {
      this.#fail(() => error);
    } finally {
      signal?.removeEventListener("abort", abort);
      await Promise.all(this.#outstanding.values());
      await this.#closeRunner();
    }
    if (this.#failure !== undefined) throw this.#failure(this.#study("failed"));
    return this.#study(stopped);
  }

  /** Asks, and tells what is due, in an order that depends on the outcomes alone. */
  async #loop(): Promise<Study<A>["stopped"]> {
    await this.#report();
    while (true) {
      const spent = this.#asked >= this.#plan.trials || this.#isLate(this.#asked);
      if (spent && this.#told === this.#asked) return "budget";
      if (this.#mustStop()) return "aborted";
      if (spent || this.#told <= this.#asked - this.#plan.inFlight) {
        if (!await this.#tellNext()) return this.#whyDropped();
        continue;
      }
      const next = await this.#nextCandidate();
      if (next !== undefined) {
        this.#outstanding.set(this.#asked, this.#outcome(this.#asked, next));
        this.#asked++;
      } else if (!this.#mustStop()) {
        // It may have more to try once it knows more.
        if (this.#told === this.#asked) return "exhausted";
        if (!await this.#tellNext()) return this.#whyDropped();
      }
    }
  }

  /** Asks until a candidate keeps the constraints, and tells of those that do not. */
  async #nextCandidate(): Promise<Assessed<A> | undefined> {
    const { constraints, maxRejections } = this.#plan;
    while (true) {
      await this.#pause();
      if (this.#mustStop()) return undefined;
      const proposal = this.#strategy.ask();
      if (proposal === undefined) return undefined;
      const asked = plainCopy(proposal);
      const candidate = this.#assess(asked.arch);
      const broken = allViolated(constraints, candidate.costs);
      if (broken.length === 0) {
        this.#streak.reset();
        return { asked, candidate };
      }
      const trial = sealTrial<A>({
        index: this.#rejected.length,
        ...asked,
        key: candidate.key,
        status: "rejected",
        metrics: candidate.costs,
        curves: {},
        seed: "",
        seconds: 0,
        reason: rejectionReason(broken, candidate.costs),
      });
      this.#rejected.push(trial);
      this.#strategy.tell(trial);
      this.#streak.add(broken, candidate.costs);
      if (this.#streak.length > maxRejections) {
        const message = this.#streak.describe();
        this.#fail((study) => new InfeasibleError(message, study));
        return undefined;
      }
    }
  }

  /** The recorded outcome of a trial, or a new one; `undefined` when it is dropped. Never rejects. */
  async #outcome(index: number, next: Assessed<A>): Promise<Trial<A> | undefined> {
    try {
      const recorded = this.#journal?.recorded.get(index);
      if (recorded !== undefined) return this.#replay(recorded, next);
      await this.#turns.begin();
      try {
        // Before any pause, so that the trials that begin in time are the first ones.
        if (this.#isLate(index)) return undefined;
        await this.#pause();
        if (this.#mustStop()) return undefined;
        return await this.#evaluate(index, next);
      } finally {
        this.#turns.end();
      }
    } catch (error) {
      this.#fail(() => error);
      return undefined;
    }
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
    this.#finished.push(recorded);
    return recorded;
  }

  async #evaluate(index: number, next: Assessed<A>): Promise<Trial<A> | undefined> {
    const { goals, catchErrors, executor, evaluate } = this.#plan;
    const { asked, candidate } = next;
    const { key, costs } = candidate;
    const runner = await (this.#runner ??= Promise.resolve(executor.open(evaluate)));
    if (this.#mustStop()) return undefined;
    const common = { index, ...asked, key, seed: `${this.#plan.seed}/trial/${index}` };
    const context = {
      get graph() {
        return candidate.graph;
      },
      seed: common.seed,
      ...(asked.epochs === undefined ? {} : { epochs: asked.epochs }),
      signal: this.#stop.signal,
    };
    const start = performance.now();
    let trial: Trial<A>;
    try {
      const returned = await runner.run(plainCopy(asked.arch), context);
      const seconds = secondsSince(start);
      trial = { ...common, status: "complete", ...sortMetrics(returned, costs, goals), seconds };
    } catch (error) {
      if (this.#mustStop()) return undefined;
      const reason = messageOf(error);
      if (!catchErrors) {
        const message = `Cannot evaluate trial ${index}, ${key}: ${reason}`;
        this.#fail((study) => new EvaluationError(message, { index, key, study, cause: error }));
        return undefined;
      }
      const seconds = secondsSince(start);
      trial = { ...common, status: "failed", metrics: costs, curves: {}, seconds, reason };
    }
    // What an aborted evaluation returned may be cut short.
    if (this.#mustStop()) return undefined;
    const sealed = sealTrial(trial);
    this.#journal?.append(sealed, this.#elapsed());
    this.#finished.push(sealed);
    return sealed;
  }

  /** Tells the strategy the next outcome in order; `false` when it was dropped. */
  async #tellNext(): Promise<boolean> {
    const trial = await this.#outstanding.get(this.#told);
    if (trial === undefined || this.#mustStop()) return false;
    this.#outstanding.delete(this.#told++);
    this.#strategy.tell(trial);
    if (trial.status === "failed") this.#failed++;
    else this.#learn(trial);
    await this.#report();
    return true;
  }

  async #report(): Promise<void> {
    const { onProgress, goals: [goal], trials, seconds } = this.#plan;
    if (onProgress === undefined) return;
    const parts = [
      ...(this.#best === undefined ? [] : [`best ${goal?.metric} ${short(this.#best)}`]),
      ...(this.#failed > 0 ? [`${this.#failed} failed`] : []),
      ...(this.#rejected.length > 0 ? [`${this.#rejected.length} rejected`] : []),
    ];
    const extent = trials < Infinity
      ? { done: this.#told, total: trials, unit: "trials" }
      : { done: Math.min(this.#elapsed(), seconds), total: seconds, unit: "seconds" };
    const note = parts.length > 0 ? { note: parts.join(" · ") } : {};
    await onProgress({ label: "search", ...extent, ...note });
  }

  #study(stopped: Study<A>["stopped"]): Study<A> {
    return new Study({
      space: this.#plan.space.name,
      strategy: this.#plan.strategy.strategyName,
      seed: this.#plan.seed,
      goals: this.#plan.goals,
      trials: this.#finished.toSorted((a, b) => a.index - b.index),
      rejected: [...this.#rejected],
      stopped,
      seconds: this.#elapsed(),
    });
  }

  /** A trial is dropped when the search was stopped, or its time was up before it began. */
  #whyDropped(): Study<A>["stopped"] {
    return this.#mustStop() ? "aborted" : "budget";
  }

  #mustStop(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether time is up for a trial; one before a recorded trial had begun in time once. */
  #isLate(index: number): boolean {
    return index > this.#lastRecorded && this.#elapsed() >= this.#plan.seconds;
  }

  #fail(failure: Failure<A>): void {
    this.#failure ??= failure;
    this.#stop.abort();
  }

  /** Keeps the best value of the first objective. */
  #learn(trial: Trial<A>): void {
    const { metric, direction } = this.#plan.goals[0] as Goal;
    const value = trial.metrics[metric] as number;
    const better = direction === "maximize" ? Math.max : Math.min;
    this.#best = this.#best === undefined ? value : better(this.#best, value);
  }

  #elapsed(): number {
    return (this.#journal?.seconds ?? 0) + secondsSince(this.#start);
  }

  /** Lets timers and messages through now and then, so that a signal can arrive. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#lastPause < 15) return;
    await nextTask();
    this.#lastPause = performance.now();
  }

  async #closeRunner(): Promise<void> {
    const runner = await this.#runner?.catch(() => undefined);
    await runner?.close();
  }
}

/** To the microsecond. */
function secondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1000) / 1e6;
}
