import { createRng } from "../engine/rng.ts";
import {
  allViolated,
  type Assess,
  assessor,
  type Candidate,
  rejectionReason,
  RejectionStreak,
} from "./candidate.ts";
import { Clock } from "./clock.ts";
import { InfeasibleError } from "./errors.ts";
import { Extent } from "./extent.ts";
import { Halt } from "./halt.ts";
import type { Journal } from "./journal.ts";
import type { SearchPlan } from "./options.ts";
import { type Assessed, Outcomes, type Pending } from "./outcomes.ts";
import { plainCopy } from "./plain_copy.ts";
import type { Proposal, Strategy } from "./strategy.ts";
import { Study } from "./study.ts";
import type { StopReason } from "./study_data.ts";
import { Tally } from "./tally.ts";
import { sealTrial, type Trial } from "./trial.ts";

/** A candidate that may be tried. */
interface Accepted<A> extends Assessed<A> {
  /** What tells it from others: architectures that were asked for with the same one are equal. */
  readonly identity: string;
}

/** An architecture that was asked for, for so many epochs. */
interface Earlier<A> {
  readonly index: number;
  readonly outcome: Pending<A>;
}

/** One run of a search: asks, lets evaluate, and tells. */
export class SearchRun<A> {
  readonly #plan: SearchPlan<A>;
  readonly #journal: Journal<A> | undefined;
  readonly #strategy: Strategy<A>;
  readonly #assess: Assess<A>;
  readonly #clock: Clock;
  readonly #halt: Halt<A>;
  readonly #outcomes: Outcomes<A>;
  readonly #extent: Extent;
  readonly #tally: Tally<A>;
  readonly #streak = new RejectionStreak();
  readonly #rejected: Trial<A>[] = [];
  /** Trials that were asked for and not told yet. */
  readonly #outstanding = new Map<number, Pending<A>>();
  /** By identity, what was asked for; kept where duplicates are not evaluated. */
  readonly #earlier = new Map<string, Earlier<A>>();
  #asked = 0;
  #told = 0;
  /** Epochs of all that was asked for. */
  #epochs = 0;
  /** Simulated seconds of the trials before `#timed`. */
  #seconds = 0;
  #timed = 0;
  /** Why nothing more is asked for. */
  #closed: StopReason | undefined;

  constructor(plan: SearchPlan<A>, journal: Journal<A> | undefined) {
    const before = journal?.seconds ?? 0;
    this.#plan = plan;
    this.#journal = journal;
    this.#clock = new Clock(before);
    this.#halt = new Halt(plan.signal);
    this.#outcomes = new Outcomes({ plan, journal, halt: this.#halt, clock: this.#clock });
    this.#extent = new Extent(plan, before);
    this.#tally = new Tally(plan.goals);
    this.#assess = assessor(plan.space, plan.costs);
    const rng = createRng(plan.seed).split("strategy");
    this.#strategy = plan.strategy(plan.space, rng, plan.goals);
  }

  async run(): Promise<Study<A>> {
    let stopped: StopReason = "failed";
    try {
      stopped = await this.#loop();
      if (this.#halt.failure === undefined) await this.#report(true);
    } catch (error) {
      this.#halt.fail(() => error);
    } finally {
      this.#halt.close();
      await Promise.all(this.#outstanding.values());
      await this.#outcomes.close();
    }
    const { failure } = this.#halt;
    if (failure !== undefined) throw failure(this.#study("failed"));
    return this.#study(stopped);
  }

  /** Asks, and tells what is due, in an order that depends on the outcomes alone. */
  async #loop(): Promise<StopReason> {
    const { inFlight, simulated, seconds } = this.#plan;
    await this.#report();
    while (true) {
      if (simulated && seconds < Infinity) await this.#countSeconds();
      this.#closed ??= this.#isSpent() ? "budget" : undefined;
      const closed = this.#closed;
      if (closed !== undefined && this.#told === this.#asked) return closed;
      if (this.#halt.raised) return "aborted";
      if (closed !== undefined || this.#told <= this.#asked - inFlight) {
        if (!await this.#tellNext()) return this.#whyDropped();
        continue;
      }
      const next = await this.#nextCandidate();
      if (next !== undefined) this.#begin(next);
      else if (this.#closed === undefined && !this.#halt.raised) {
        // It may have more to try once it knows more.
        if (this.#told === this.#asked) return "exhausted";
        if (!await this.#tellNext()) return this.#whyDropped();
      }
    }
  }

  /** Asks until a candidate may be tried, and tells of those that may not. */
  async #nextCandidate(): Promise<Accepted<A> | undefined> {
    const { constraints, duplicates, evaluate, maxRejections } = this.#plan;
    while (true) {
      await this.#clock.pause();
      if (this.#halt.raised) return undefined;
      const proposal = this.#strategy.ask();
      if (proposal === undefined) return undefined;
      const asked = plainCopy(proposal);
      const candidate = this.#assess(asked.arch);
      const { key, costs } = candidate;
      const identity = `${key} ${asked.epochs ?? evaluate.epochs}`;
      const earlier = this.#earlier.get(identity)?.index;
      const broken = allViolated(constraints, costs);
      if (broken.length > 0) {
        this.#streak.add(broken, costs);
        this.#reject(asked, candidate, { reason: rejectionReason(broken, costs) });
      } else if (earlier !== undefined) {
        this.#streak.repeat();
        if (duplicates === "skip") {
          const reason = `trial ${earlier} is of the same architecture`;
          this.#reject(asked, candidate, { reason, repeats: earlier });
        }
      } else this.#streak.reset();
      if (this.#streak.length > maxRejections) {
        this.#giveUp();
        return undefined;
      }
      const isRepeat = earlier !== undefined && duplicates === "reuse";
      if (this.#streak.length === 0 || broken.length === 0 && isRepeat) {
        return { asked, candidate, identity };
      }
    }
  }

  #reject(
    asked: Proposal<A>,
    { key, costs }: Candidate,
    why: Required<Pick<Trial<A>, "reason">> & Pick<Trial<A>, "repeats">,
  ): void {
    const trial = sealTrial<A>({
      index: this.#rejected.length,
      ...asked,
      key,
      status: "rejected",
      metrics: costs,
      curves: {},
      seed: "",
      seconds: 0,
      ...why,
    });
    this.#rejected.push(trial);
    this.#tally.rejected++;
    this.#strategy.tell(trial);
  }

  /** Ends the search when too many candidates brought nothing new. */
  #giveUp(): void {
    if (this.#streak.repeats > 0) {
      this.#closed = "exhausted";
      return;
    }
    const message = this.#streak.describe();
    this.#halt.fail((study) => new InfeasibleError(message, study));
  }

  /** Starts a trial, unless there are not enough epochs left for it. */
  #begin({ identity, ...next }: Accepted<A>): void {
    const earlier = this.#earlier.get(identity);
    if (earlier === undefined && this.#plan.epochs < Infinity) {
      const epochs = this.#epochs + this.#epochsOf(next.asked);
      if (epochs > this.#plan.epochs) {
        this.#closed = "budget";
        return;
      }
      this.#epochs = epochs;
    }
    const index = this.#asked++;
    const outcome = this.#outcomes.of(index, next, earlier?.outcome);
    this.#outstanding.set(index, outcome);
    if (this.#plan.duplicates !== "evaluate" && earlier === undefined) {
      this.#earlier.set(identity, { index, outcome });
    }
  }

  #epochsOf({ epochs = this.#plan.evaluate.epochs }: Proposal<A>): number {
    if (epochs !== undefined) return epochs;
    throw new RangeError(
      `Cannot search: budget.epochs needs to know what a trial takes, but ` +
        `${this.#plan.strategy.strategyName} asks for no epochs and evaluate.epochs is absent; ` +
        "portable() can tell it",
    );
  }

  /** Tells the strategy the next outcome in order; `false` when it was dropped. */
  async #tellNext(): Promise<boolean> {
    const trial = await this.#outstanding.get(this.#told);
    if (trial === undefined || this.#halt.raised) return false;
    this.#outstanding.delete(this.#told++);
    this.#strategy.tell(trial);
    this.#tally.add(trial);
    this.#extent.add(trial, this.#journal?.recorded.has(trial.index) ?? false);
    const { onTrial, stopWhen } = this.#plan;
    if (onTrial !== undefined) await onTrial(trial, this.#tally);
    if (this.#closed === undefined && !this.#isSpent() && stopWhen?.(this.#tally)) {
      this.#closed = "early";
    }
    await this.#report();
    return true;
  }

  /** Reports how far it has come; at the end only where that is not all the way. */
  async #report(ended = false): Promise<void> {
    const { onProgress } = this.#plan;
    if (onProgress === undefined) return;
    const extent = this.#extent.after(this.#outcomes.seconds);
    if (ended && extent.done >= extent.total) return;
    const note = String(this.#tally);
    await onProgress({
      label: "search",
      ...extent,
      ...(note === "" ? {} : { note }),
      ...(ended ? { ended } : {}),
    });
  }

  /** Whether the budget has no room for another trial. */
  #isSpent(): boolean {
    const { trials, seconds } = this.#plan;
    return this.#asked >= trials || this.#seconds >= seconds || this.#epochs >= this.#plan.epochs ||
      this.#outcomes.isLate(this.#asked);
  }

  /** Adds up what was asked for, in that order: sums in another order differ in the last digit. */
  async #countSeconds(): Promise<void> {
    for (const [index, outcome] of this.#outstanding) {
      if (index < this.#timed) continue;
      const trial = await outcome;
      if (trial === undefined) return;
      this.#seconds += trial.seconds;
      this.#timed = index + 1;
    }
  }

  /** A trial is dropped when the search was stopped, or its time was up before it began. */
  #whyDropped(): StopReason {
    return this.#halt.raised ? "aborted" : "budget";
  }

  #study(stopped: StopReason): Study<A> {
    const { space, strategy, seed, goals, simulated } = this.#plan;
    const trials = this.#outcomes.finished.toSorted((a, b) => a.index - b.index);
    return new Study({
      space: space.name,
      strategy: strategy.strategyName,
      seed,
      goals,
      trials,
      rejected: [...this.#rejected],
      stopped,
      seconds: simulated
        ? trials.reduce((sum, { seconds }) => sum + seconds, 0)
        : this.#clock.seconds,
    });
  }
}
