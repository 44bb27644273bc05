import { choicesOf, type Graph } from "../../graph/mod.ts";
import { checkGates, evenGates } from "../gates.ts";
import type { Gates } from "../model.ts";
import type { Wanted, Wiring } from "./wiring.ts";

/** What a choice's gates are now. */
interface Gate {
  /** The gates. */
  readonly values: Float64Array;
  /** Their gradient in the last run that took it. */
  readonly slopes: Float64Array;
  /** The places of the inputs that are computed. */
  open: readonly number[];
}

/** The gates of a plan's choices, and their gradients. */
export class PlanGates {
  readonly #graph: Graph;
  readonly #gates: ReadonlyMap<string, Gate>;
  /** Of the gates as they are, by what is wanted. */
  readonly #keys = new Map<string, string>();

  /** All even, and all open. */
  constructor(graph: Graph) {
    this.#graph = graph;
    this.#gates = new Map(
      [...choicesOf(graph)].map(([choice, inputs]) => [choice, {
        values: Float64Array.from(evenGates(inputs)),
        slopes: new Float64Array(inputs),
        open: Array.from({ length: inputs }, (_, i) => i),
      }]),
    );
  }

  /** How many choices there are. */
  get size(): number {
    return this.#gates.size;
  }

  /** The gates of a choice, not a copy. */
  valuesOf(choice: string): Float64Array {
    return (this.#gates.get(choice) as Gate).values;
  }

  /** Where the gradients of its gates are added up. */
  slopesOf(choice: string): Float64Array {
    return (this.#gates.get(choice) as Gate).slopes;
  }

  /** Copies of all gates. */
  copy(): Map<string, Float64Array> {
    return new Map([...this.#gates].map(([choice, { values }]) => [choice, values.slice()]));
  }

  /** Copies of the gradients of all gates. */
  gradients(): Map<string, Float64Array> {
    return new Map([...this.#gates].map(([choice, { slopes }]) => [choice, slopes.slice()]));
  }

  /** Sets the gradients to zeros. */
  clear(): void {
    for (const { slopes } of this.#gates.values()) slopes.fill(0);
  }

  /** Sets the gates of some choices, and which inputs are computed: those with a gate, and those named. */
  set(gates: Gates, open: ReadonlyMap<string, readonly number[]>): void {
    checkGates(this.#graph, gates, "set the gates");
    for (const [choice, places] of open) {
      const inputs = (gates.get(choice) ?? this.#gates.get(choice)?.values)?.length;
      const wrong = places.find((i) => !(Number.isInteger(i) && i >= 0 && i < (inputs ?? 0)));
      if (wrong === undefined && inputs !== undefined) continue;
      throw new RangeError(
        inputs === undefined
          ? `Cannot set the gates: open names "${choice}", which the graph has no choice of`
          : `Cannot set the gates: open of "${choice}" must be places of its ${inputs} inputs, got ${wrong}`,
      );
    }
    this.#keys.clear();
    for (const choice of new Set([...gates.keys(), ...open.keys()])) {
      const gate = this.#gates.get(choice) as Gate, also = open.get(choice) ?? [];
      const given = gates.get(choice);
      if (given) gate.values.set(given);
      gate.open = [...gate.values.keys()].filter((i) => gate.values[i] !== 0 || also.includes(i));
    }
  }

  /** Which inputs are computed now. */
  wiring({ gates }: Pick<Wanted, "gates">): Wiring {
    const open = new Map([...this.#gates].map(([choice, gate]) => [choice, gate.open]));
    const ones = new Set(
      [...this.#gates].flatMap(([choice, { values, open }]) =>
        !gates && open.length === 1 && values[open[0] as number] === 1 ? [choice] : []
      ),
    );
    return { openOf: (choice) => open.get(choice), isOne: (choice) => ones.has(choice) };
  }

  /** A text that is the same where what runs is. */
  keyOf(wanted: Wanted): string {
    const kind = `${wanted.weights ? "w" : ""}${wanted.gates ? "g" : ""}`,
      known = this.#keys.get(kind);
    if (known !== undefined) return known;
    const { isOne } = this.wiring(wanted);
    const parts = [...this.#gates].map(([choice, { open }]) =>
      open.join() + (isOne(choice) ? "!" : "")
    );
    const key = `${kind} ${parts.join(" ")}`;
    this.#keys.set(kind, key);
    return key;
  }
}
