/**
 * A run of floats in a plan's arena. Compiling makes regions first and gives them addresses last, when
 * it is known for how long each is needed.
 */
export interface Region {
  /** How many floats it holds, for the largest batch. */
  readonly floats: number;
  /** Where it lies in the heap, in bytes. */
  address: number;
}

/** A region without an address. */
export function region(floats: number): Region {
  return { floats, address: NaN };
}
