import { floatsOf } from "../../engine/machine.ts";
import type { OptimiserState } from "./plan.ts";
import type { Prepared } from "./prepare.ts";

/** What a plan's optimiser remembers between steps. */
export class OptimiserMemory {
  readonly #prepared: Pick<Prepared, "machine" | "slabs">;
  #steps = 0;

  /** Of a plan whose slabs have their addresses. */
  constructor(prepared: Pick<Prepared, "machine" | "slabs">) {
    this.#prepared = prepared;
  }

  /** Which step is next, from 1 on, since it was at rest. */
  get next(): number {
    return this.#steps + 1;
  }

  /** A step was taken. */
  count(): void {
    this.#steps++;
  }

  /** Forgets everything. */
  rest(): void {
    this.#values.fill(0);
    this.#steps = 0;
  }

  /** A copy. */
  read(): OptimiserState {
    return { steps: this.#steps, values: this.#values.slice() };
  }

  /** Puts a copy back. */
  write({ steps, values }: OptimiserState): void {
    const own = this.#values;
    if (values.length !== own.length) {
      throw new RangeError(
        `Cannot restore the optimiser: its state has ${own.length} numbers, got ${values.length}`,
      );
    }
    if (!Number.isSafeInteger(steps) || steps < 0) {
      throw new RangeError(
        `Cannot restore the optimiser: steps must be a whole number of at least 0, got ${steps}`,
      );
    }
    own.set(values);
    this.#steps = steps;
  }

  get #values(): Float32Array {
    const { machine, slabs: { state } } = this.#prepared;
    return floatsOf(machine, state.address, state.floats);
  }
}
