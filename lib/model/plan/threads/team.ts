import type { Crew, Move, Share } from "../crew.ts";
import type { Prepared } from "../prepare.ts";
import type { Call, Schedule } from "../schedule.ts";
import { shareOut } from "../shares.ts";
import { type Control, type Job, Stopped } from "./control.ts";
import { Member } from "./member.ts";

/** What a {@linkcode Team} needs. */
export interface TeamOptions {
  /** The steps of the thread that calls, which is the first, with their addresses. */
  readonly prepared: Prepared;
  /** How it gives out jobs. */
  readonly control: Control;
  /** How many threads there are, this one included. */
  readonly threads: number;
  /** Gives up the memory and the other threads, which can go on to another plan if they are sound. */
  readonly free: (sound: boolean) => void;
}

/** The thread that calls and others, which it gives their part of every job. */
export class Team implements Crew {
  readonly #options: TeamOptions;
  readonly #self: Member;
  #broken = false;

  /** The other threads must be ready. */
  constructor(options: TeamOptions) {
    this.#options = options;
    this.#self = new Member({ ...options, index: 0 });
  }

  sharesOf(count: number): readonly Share[] {
    const { threads, prepared: { unit, ownBytes } } = this.#options;
    return shareOut(count, { threads, unit }, ownBytes);
  }

  run(phase: keyof Schedule, call: Call, only?: number): void {
    this.#do({ kind: "run", phase, call, only });
  }

  addUp(count: number): void {
    this.#do({ kind: "addUp", count });
  }

  move(how: Move): void {
    this.#do({ kind: "move", ...how });
  }

  end(): void {
    this.#options.control.give({ kind: "end" });
    this.#options.free(!this.#broken);
  }

  #do(job: Exclude<Job, { kind: "end" }>): void {
    const { control } = this.#options;
    if (this.#broken) {
      throw new Error(
        "Cannot run the plan: one of its threads did not come back from an earlier call",
      );
    }
    control.give(job);
    let thrown: unknown;
    try {
      this.#self.perform(job);
    } catch (error) {
      thrown = error;
      control.fail(0, error instanceof Error ? error.message : String(error));
    }
    try {
      control.awaitOthers();
    } catch (cause) {
      this.#broken = true;
      throw new Error(
        `Cannot run the plan: one of its threads is gone, ${(cause as Error).message}`,
        { cause },
      );
    }
    const { failure } = control;
    if (failure === undefined) return;
    if (thrown !== undefined && !(thrown instanceof Stopped)) throw thrown;
    throw new Error(
      `Cannot run the plan: thread ${failure.thread + 1} of ${this.#options.threads} failed: ` +
        failure.message,
      { cause: thrown },
    );
  }
}
