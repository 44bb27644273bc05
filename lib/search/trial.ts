import { plainCopy } from "./plain_copy.ts";

/** One candidate and what became of it. Plain JSON, frozen. */
export interface Trial<A> {
  /** Its place in the search, from 0. Rejected candidates are numbered apart. */
  readonly index: number;
  /** The architecture. */
  readonly arch: A;
  /** Its canonical text. */
  readonly key: string;
  /** `rejected` was turned away and never evaluated; `failed` threw while it was. */
  readonly status: "complete" | "failed" | "rejected";
  /** Single numbers: the costs, and those that the evaluation gave. */
  readonly metrics: { readonly [name: string]: number };
  /** Numbers per epoch that the evaluation gave. */
  readonly curves: { readonly [name: string]: readonly number[] };
  /** How many epochs the strategy asked for, where it did. */
  readonly epochs?: number;
  /** The indices of the trials that it descends from, where the strategy told. */
  readonly parents?: readonly number[];
  /** What the strategy said of itself when it asked for it. */
  readonly notes?: { readonly [name: string]: number };
  /** The seed it was evaluated with; empty when it was rejected. */
  readonly seed: string;
  /**
   * How long the evaluation took, in seconds, with all attempts; 0 when it repeats another. For an
   * evaluation that is marked as simulated, the time that it stands for.
   */
  readonly seconds: number;
  /** The trial whose outcome it repeats, or which it repeats too closely to be tried. */
  readonly repeats?: number;
  /** What the attempts before the last one threw, where there were some. */
  readonly failures?: readonly string[];
  /** Why it was rejected or failed. */
  readonly reason?: string;
}

/**
 * A trial as the journal would give it back: a deep copy with nothing in it but JSON, frozen. Every
 * trial passes through here, so that one read from a journal and one just made are the same.
 */
export function sealTrial<A>(trial: Trial<A>): Trial<A> {
  return plainCopy(trial, Object.freeze);
}

/** How long a trial was trained, for comparison: trials of other lengths do not compete with it. */
export function fidelityOf({ epochs }: Trial<unknown>): number {
  return epochs ?? Infinity;
}
