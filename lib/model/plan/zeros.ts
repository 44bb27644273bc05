import type { Region } from "./region.ts";
import { Slab } from "./slab.ts";

/** Regions of zeros, which nothing writes: one for each size that is needed. */
export class Zeros {
  /** Where they are. */
  readonly slab: Slab = new Slab();
  readonly #regions = new Map<number, Region>();

  /** The region of a size. */
  of(floats: number): Region {
    let found = this.#regions.get(floats);
    if (found === undefined) this.#regions.set(floats, found = this.slab.add(floats));
    return found;
  }
}
