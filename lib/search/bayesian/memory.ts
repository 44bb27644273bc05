import type { Goal } from "../strategy.ts";
import { fitness } from "../strategy_options.ts";
import type { Trial } from "../trial.ts";
import type { Described } from "./features.ts";

/** What became of an architecture that was asked for. */
interface Outcome<A> {
  readonly described: Described<A>;
  /** The trial that it was; `undefined` for a rejected one. */
  readonly trial: number | undefined;
  /** The objective, more of it always better; `undefined` where it failed or was rejected. */
  readonly value: number | undefined;
}

/** A trial with its objective. */
export interface Tried<A> {
  /** The architecture. */
  readonly described: Described<A>;
  /** The index of its trial. */
  readonly trial: number;
  /** The objective, more of it always better. */
  readonly value: number;
}

/** Everything that a strategy asked for and was told of, in that order. */
export class Memory<A> {
  readonly #goal: Goal;
  readonly #describe: (arch: A) => Described<A>;
  readonly #outcomes: Outcome<A>[] = [];
  readonly #keys = new Set<string>();
  readonly #networks = new Set<string>();

  /** The architectures with a known objective, as they were told. */
  readonly tried: Tried<A>[] = [];
  /** Those that broke a constraint. */
  readonly rejected: Described<A>[] = [];
  /** Those that are not told yet. */
  readonly inFlight: Described<A>[] = [];
  /** How many failed. */
  failed = 0;
  /** How many were rejected in a row, up to the last that was asked for. */
  rejectedInARow = 0;
  #wasRejected = false;
  /** Those with a known objective, from the best on; equal ones as they were evaluated. */
  readonly #ranked: Tried<A>[] = [];

  constructor(goal: Goal, describe: (arch: A) => Described<A>) {
    this.#goal = goal;
    this.#describe = describe;
  }

  /** The number of different architectures that were asked for. */
  get size(): number {
    return this.#keys.size;
  }

  /** Whether this architecture was asked for. */
  hasArch({ key }: Described<A>): boolean {
    return this.#keys.has(key);
  }

  /** Whether one with the same network was asked for. */
  hasNetwork({ network }: Described<A>): boolean {
    return this.#networks.has(network);
  }

  /** Begins an ask: unless the last one was rejected, there are none in a row. */
  begin(): void {
    if (!this.#wasRejected) this.rejectedInARow = 0;
  }

  /** Keeps an architecture that is asked for. */
  ask(described: Described<A>): void {
    this.#wasRejected = false;
    this.inFlight.push(described);
    this.#keys.add(described.key);
    this.#networks.add(described.network);
  }

  /** Learns what became of it. */
  tell(trial: Trial<A>): void {
    const { arch, key, status, index } = trial;
    const at = this.inFlight.findIndex((described) => described.key === key);
    // What it did not ask for itself teaches it as much.
    const described = at < 0 ? this.#remember(arch) : this.inFlight.splice(at, 1)[0]!;
    if (status === "rejected") {
      this.rejectedInARow++;
      this.#wasRejected = true;
    }
    this.#keep({
      described,
      trial: status === "rejected" ? undefined : index,
      value: fitness(trial, this.#goal),
    });
  }

  /** The trials from the best on, as many as wanted. */
  best(count: number): Tried<A>[] {
    return this.#ranked.slice(0, count);
  }

  /** All of it, as plain JSON. */
  snapshot(): MemoryState {
    return {
      outcomes: this.#outcomes.map(({ described, trial, value }) => [
        described.key,
        trial ?? null,
        value ?? null,
      ]),
      inFlight: this.inFlight.map(({ key }) => key),
      rejectedInARow: this.rejectedInARow,
      wasRejected: this.#wasRejected,
    };
  }

  /** An empty memory becomes the one that gave this state. */
  restore(state: MemoryState, decode: (key: string) => A): void {
    const { outcomes, inFlight, rejectedInARow, wasRejected } = state;
    this.rejectedInARow = rejectedInARow;
    this.#wasRejected = wasRejected;
    const remember = (key: string) => this.#remember(decode(key));
    for (const [key, trial, value] of outcomes) {
      this.#keep({
        described: remember(key),
        trial: trial ?? undefined,
        value: value ?? undefined,
      });
    }
    this.inFlight.push(...inFlight.map(remember));
  }

  #remember(arch: A): Described<A> {
    const described = this.#describe(arch);
    this.#keys.add(described.key);
    this.#networks.add(described.network);
    return described;
  }

  #keep(outcome: Outcome<A>): void {
    const { described, trial, value } = outcome;
    this.#outcomes.push(outcome);
    if (trial === undefined) this.rejected.push(described);
    else if (value === undefined) this.failed++;
    else {
      const tried = { described, trial, value };
      this.tried.push(tried);
      const behind = this.#ranked.findLastIndex((each) =>
        each.value > value || each.value === value && each.trial < trial
      );
      this.#ranked.splice(behind + 1, 0, tried);
    }
  }
}

/** A {@linkcode Memory} as plain JSON. */
export interface MemoryState {
  /** Text, trial and objective of what was told. */
  readonly outcomes: readonly (readonly [string, number | null, number | null])[];
  /** The texts of what was not. */
  readonly inFlight: readonly string[];
  /** How many were rejected in a row. */
  readonly rejectedInARow: number;
  /** Whether the last one was. */
  readonly wasRejected: boolean;
}
