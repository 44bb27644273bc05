import { floatsOf } from "../../engine/machine.ts";
import type { Parameter } from "./parameters.ts";
import type { OptimiserSlots, OptimiserState } from "./plan.ts";
import type { Prepared } from "./prepare.ts";

/** What of a plan its optimiser's memory is about. */
type MemoryParts = Pick<Prepared, "machine" | "slabs" | "optimiser" | "parameters">;

/** What a plan's optimiser remembers between steps. */
export class OptimiserMemory {
  readonly #prepared: MemoryParts;
  #steps = 0;

  /** Of a plan whose slabs have their addresses. */
  constructor(prepared: MemoryParts) {
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
    checkSteps(steps);
    own.set(values);
    this.#steps = steps;
  }

  /** Copies by array. */
  readSlots(): OptimiserSlots {
    const { optimiser, parameters: { params } } = this.#prepared;
    const slots = Array.from({ length: optimiser.stateFloats }, (_, slot) =>
      new Map(
        [...params].map(([name, param]) => [
          name,
          this.#slot(param, slot)?.slice() ?? new Float32Array(param.values.floats),
        ]),
      ));
    return { steps: this.#steps, slots };
  }

  /** Puts such copies in place of what it remembers. */
  writeSlots({ steps, slots }: OptimiserSlots): void {
    const { optimiser: { stateFloats }, parameters: { params } } = this.#prepared;
    checkSteps(steps);
    if (slots.length !== stateFloats) {
      throw new RangeError(
        `Cannot restore the optimiser: it has ${stateFloats} slots, got ${slots.length}`,
      );
    }
    for (const [name, { values: { floats } }] of params) {
      for (const slot of slots) {
        const got = slot.get(name)?.length;
        if (got === floats) continue;
        throw new RangeError(
          `Cannot restore the optimiser: slots must hold "${name}" with ${floats} numbers, got ${
            got ?? "none"
          }`,
        );
      }
    }
    slots.forEach((slot, i) => {
      for (const [name, param] of params) this.#slot(param, i)?.set(slot.get(name) ?? []);
    });
    this.#steps = steps;
  }

  /** What it remembers of an array in a slot, a view; nothing where no gradient is computed. */
  #slot({ gradient }: Parameter, slot: number): Float32Array | undefined {
    if (gradient === undefined) return undefined;
    const { machine, slabs: { state, gradients } } = this.#prepared;
    const before = gradient.address - gradients.address;
    return floatsOf(machine, state.address + 4 * slot * gradients.floats + before, gradient.floats);
  }

  get #values(): Float32Array {
    const { machine, slabs: { state } } = this.#prepared;
    return floatsOf(machine, state.address, state.floats);
  }
}

function checkSteps(steps: number): void {
  if (Number.isSafeInteger(steps) && steps >= 0) return;
  throw new RangeError(
    `Cannot restore the optimiser: steps must be a whole number of at least 0, got ${steps}`,
  );
}
