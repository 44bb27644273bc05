import { floatsOf, type Machine } from "../../engine/machine.ts";
import type { Crew } from "./crew.ts";
import type { Floats } from "./optimiser.ts";

/** Reads and writes values of whole batches, of which each thread has its share in a region of its own. */
export class Regions {
  readonly #machine: Machine;
  readonly #crew: Crew;

  /** Of a plan that such a crew runs. */
  constructor({ machine, crew }: { readonly machine: Machine; readonly crew: Crew }) {
    this.#machine = machine;
    this.#crew = crew;
  }

  /** Writes values of `count` images. */
  scatter(
    values: Float32Array,
    { to, count }: { readonly to: Floats; readonly count: number },
  ): void {
    const size = values.length / count;
    for (const { first, count: own, offset } of this.#crew.sharesOf(count)) {
      const part = values.subarray(first * size, (first + own) * size);
      floatsOf(this.#machine, to.address + offset, part.length).set(part);
    }
  }

  /** A copy of the values of `count` images, `size` floats each. */
  gather(
    { address }: Floats,
    { count, size }: { readonly count: number; readonly size: number },
  ): Float32Array {
    const values = new Float32Array(count * size);
    for (const { first, count: own, offset } of this.#crew.sharesOf(count)) {
      values.set(floatsOf(this.#machine, address + offset, own * size), first * size);
    }
    return values;
  }

  /** Fills with zeros what each thread has that takes part in a batch of `count` images. */
  clear({ address, floats }: Floats, count: number): void {
    for (const { offset } of this.#crew.sharesOf(count)) {
      floatsOf(this.#machine, address + offset, floats).fill(0);
    }
  }
}
