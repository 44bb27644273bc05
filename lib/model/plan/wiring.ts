/** Which inputs of mixed nodes a run computes. */
export interface Wiring {
  /** The places of the inputs of a choice that are computed, in order; all when undefined. */
  readonly openOf: (choice: string) => readonly number[] | undefined;
  /** Whether a choice's only open input is handed on as it is. */
  readonly isOne: (choice: string) => boolean;
}

/** All of them. */
export const allOpen: Wiring = { openOf: () => undefined, isOne: () => false };

/** What a run is to find beside its output. */
export interface Wanted {
  /** Whether weights get a gradient. */
  readonly weights: boolean;
  /** Whether gates do. */
  readonly gates: boolean;
}
