import { type Region, region } from "./region.ts";

/** Floats that fill a vector: every region of a slab begins at a whole number of them. */
const LANES = 4;
/** Floats that fill a cache line, for what comes after a slab. */
const LINE = 16;

/** Regions one after another, so that one kernel call can run over all of them. */
export class Slab {
  readonly #regions: Region[] = [];
  #floats = 0;
  #address = NaN;

  /** Adds a region at the end. */
  add(floats: number): Region {
    const added = region(floats);
    this.#regions.push(added);
    this.#floats += padded(floats, LANES);
    return added;
  }

  /** How many floats it holds, the padding between its regions included. */
  get floats(): number {
    return this.#floats;
  }

  /** How many bytes of an arena to keep for it. */
  get bytes(): number {
    return 4 * padded(this.#floats, LINE);
  }

  /** Where it begins, in bytes. */
  get address(): number {
    return this.#address;
  }

  /** Gives its regions their addresses. */
  place(address: number): void {
    this.#address = address;
    for (const each of this.#regions) {
      each.address = address;
      address += 4 * padded(each.floats, LANES);
    }
  }
}

function padded(floats: number, unit: number): number {
  return Math.ceil(floats / unit) * unit;
}
