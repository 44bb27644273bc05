import { Arena } from "../../engine/heap.ts";
import { floatsOf } from "../../engine/machine.ts";
import type { Range } from "./optimiser.ts";
import type { Parameters } from "./parameters.ts";
import type { Prepared } from "./prepare.ts";
import type { Program } from "./program.ts";
import type { Wanted } from "./wiring.ts";

/** How many programs to keep: those of a search that takes turns are few, those of random paths do not return. */
const MOST = 8;

/**
 * The programs of a graph with mixed nodes: one for each set of inputs that is open. Only one runs at a time,
 * so that they share one piece of memory for values, which grows when one needs more than all before.
 */
export class Programs {
  readonly #prepared: Prepared;
  readonly #known = new Map<string, Program>();
  #key = "";
  #current: Program;
  #ranges: readonly Range[] = [];
  #room: Arena | undefined;

  /** None has memory yet. */
  constructor(prepared: Prepared) {
    this.#prepared = prepared;
    this.#current = prepared;
  }

  /** The one that was entered last. */
  get current(): Program {
    return this.#current;
  }

  /** The floats of the gradients that it computes. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** Bytes of the memory for values. */
  get bytes(): number {
    return this.#room?.bytes ?? 0;
  }

  /**
   * Makes the program of the gates as they are the current one. Gradients that it does not compute are zeros
   * from then on.
   *
   * @throws {RangeError} When there is no room for its values.
   */
  enter(wanted: Wanted): void {
    const { gates, parameters, slabs, machine } = this.#prepared;
    const key = gates.keyOf(wanted);
    if (key === this.#key) return;
    const program = this.#known.get(key) ?? this.#prepared.program(gates.wiring(wanted), wanted);
    this.#known.delete(key);
    this.#known.set(key, program); // behind all others
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST) this.#known.delete(oldest as string);
    this.#key = "";
    program.layout.place(this.#roomFor(program.layout.bytes));
    const { address, floats } = slabs.gradients;
    floatsOf(machine, address, floats).fill(0);
    this.#ranges = rangesOf(parameters, program.trained);
    this.#current = program;
    this.#key = key;
  }

  /** Gives the memory for values back. */
  free(): void {
    this.#room?.free();
  }

  #roomFor(bytes: number): number {
    if (this.#room === undefined || this.#room.bytes < bytes) {
      this.#room?.free();
      this.#room = undefined;
      this.#room = this.#prepared.reserve(bytes, (bytes) => new Arena(bytes));
    }
    return this.#room.address;
  }
}

/** The floats of some arrays' gradients, those that are next to each other together. */
function rangesOf(
  { params, gradientSlab }: Parameters,
  trained: ReadonlySet<string>,
): readonly Range[] {
  const ranges: { readonly first: number; floats: number }[] = [];
  const all = [...params.values()].flatMap(({ name, gradient }) =>
    gradient ? [{ first: (gradient.address - gradientSlab.address) / 4, name }] : []
  ).sort((a, b) => a.first - b.first);
  all.forEach(({ first, name }, i) => {
    if (!trained.has(name)) return;
    // Up to the next one: kernels run over the padding between them.
    const floats = (all[i + 1]?.first ?? gradientSlab.floats) - first, last = ranges.at(-1);
    if (last && last.first + last.floats === first) last.floats += floats;
    else ranges.push({ first, floats });
  });
  return ranges;
}
