import type { Lowering } from "./lowering.ts";
import type { Region } from "./region.ts";
import type { BatchPart } from "./schedule.ts";

/** Floats of a cache line, which no two threads should write to. */
const LINE = 16;

/** Float64s that each thread writes for all others to read, once a call. One thread alone has none. */
export class Exchange {
  readonly #region: Region | undefined;
  readonly #pitch: number;

  /** Takes `size` float64s for each thread. */
  constructor(size: number, { threads, exchange }: Pick<Lowering, "threads" | "exchange">) {
    const floats = Math.ceil(2 * size / LINE) * LINE;
    this.#pitch = 4 * floats;
    if (threads > 1) this.#region = exchange.add(threads * floats);
  }

  /** Where the thread of a share writes. */
  of(index: number): number {
    return (this.#region?.address ?? 0) + index * this.#pitch;
  }

  /** Where all of them have written, once they have met: the first, bytes from one to the next, how many. */
  all({ parts }: BatchPart): readonly [address: number, pitch: number, parts: number] {
    return [this.of(0), this.#pitch, parts];
  }
}
