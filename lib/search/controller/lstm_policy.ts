import type { Rng } from "../../engine/rng.ts";
import {
  addOuterProducts,
  addProduct,
  addTransposedProduct,
  type Matrix,
  matrixIn,
} from "./matrix.ts";
import type { Policy } from "./policy.ts";

/** The size of an {@linkcode LstmPolicy}. */
export interface LstmSize {
  /** Numbers in a layer's state. */
  readonly units: number;
  /** Layers on each other. */
  readonly layers: number;
}

/** The weights begin uniformly between this and its negative, as in ENAS's code (Pham et al. 2018). */
const range = 0.1;

/** How many places are kept at most; then all are dropped, and computed anew where walks go again. */
const mostPlaces = 256;

/** What a layer computes at a step, kept for the way back. */
interface Moment {
  /** What comes from below, and what the layer gave at the step before. */
  readonly input: Float64Array;
  /** How much is let in, kept and let out, and the candidate: after their non-linearities. */
  readonly gates: Float64Array;
  /** The cell's state. */
  readonly cell: Float64Array;
  readonly tanhCell: Float64Array;
  /** What the layer gives: the cell as far as it is let out. */
  readonly output: Float64Array;
}

/**
 * Where the network stands after some choices: what each layer computed. Walks that begin with the same
 * choices go through the same places.
 */
interface Place {
  /** What each layer computed. */
  readonly moments: readonly Moment[];
  /** Where the vector is that was read last. */
  readonly vector: number;
  /** By the vector that is read next, the places behind this one. */
  readonly next: Map<number, Place>;
}

/** The weights of a layer: rows of the gates in, keep, out and of the candidate. */
interface Layer {
  readonly weights: Matrix;
  readonly bias: number;
}

/**
 * A recurrent network (long short-term memory, Hochreiter & Schmidhuber 1997) that reads the choices
 * made so far, each as a learned vector, and has one linear layer for the logits of each decision
 * (Zoph & Le 2017).
 */
export class LstmPolicy implements Policy {
  readonly parameters: Float64Array;
  readonly #units: number;
  readonly #layers: readonly Layer[];
  readonly #heads: readonly (Layer & { readonly logits: Float64Array })[];
  /** Where the vectors of each decision's options are; the first vector is that of the beginning. */
  readonly #embeddings: readonly number[];
  readonly #zeros: Float64Array;
  /** The places of walks with these parameters, from the vector of the beginning on. */
  readonly #starts = new Map<number, Place>();
  #places = 0;
  /** The decisions of the walk, and where it stood at them. */
  readonly #walk: { readonly decision: number; readonly place: Place }[] = [];
  #next = 0;

  /** @param counts How many options each decision has. */
  constructor(counts: readonly number[], { units, layers }: LstmSize, rng: Rng) {
    let end = 0;
    const place = (size: number) => (end += size) - size;
    const embedded = [1, ...counts].map((count) => place(count * units));
    const linear = (rows: number, columns: number) => {
      const offset = place(rows * columns);
      return { rows, columns, offset, bias: place(rows) };
    };
    const stack = Array.from({ length: layers }, () => linear(4 * units, 2 * units));
    const heads = counts.map((count) => linear(count, units));
    const data = new Float64Array(end);
    const drawn = (offset: number, size: number) => {
      for (let i = offset; i < offset + size; i++) data[i] = range * (2 * rng() - 1);
    };
    drawn(0, stack[0]!.offset);
    for (const { offset, rows, columns } of [...stack, ...heads]) drawn(offset, rows * columns);

    const layerOf = ({ bias, ...matrix }: ReturnType<typeof linear>): Layer => ({
      weights: matrixIn(data, matrix),
      bias,
    });
    this.parameters = data;
    this.#units = units;
    this.#embeddings = embedded.slice(1);
    this.#layers = stack.map(layerOf);
    this.#heads = heads.map((head) => ({
      ...layerOf(head),
      logits: new Float64Array(head.rows),
    }));
    this.#zeros = new Float64Array(units);
  }

  forget(): void {
    this.#starts.clear();
    this.#places = 0;
  }

  begin(): void {
    if (this.#places >= mostPlaces) this.forget();
    this.#walk.length = 0;
    this.#next = 0;
  }

  logits(decision: number): Float64Array {
    const place = this.#reach(this.#walk.at(-1)?.place, this.#next);
    this.#walk.push({ decision, place });
    const head = this.#heads[decision]!;
    head.logits.set(this.parameters.subarray(head.bias, head.bias + head.logits.length));
    addProduct(head.weights, place.moments.at(-1)!.output, head.logits);
    return head.logits;
  }

  choose(decision: number, option: number): void {
    this.#next = this.#embeddings[decision]! + option * this.#units;
  }

  backward(slopes: readonly Float64Array[], gradient: Float64Array): void {
    const units = this.#units;
    // What later steps ask of a layer's output and of its cell.
    const later = this.#layers.map(() => ({
      output: new Float64Array(units),
      cell: new Float64Array(units),
    }));
    // Of each layer, from the last step to the first: what is asked of its gates, and its inputs.
    const asked = this.#layers.map((): { left: Float64Array[]; right: Float64Array[] } => (
      { left: [], right: [] }
    ));
    const below = new Float64Array(2 * units);
    for (let step = this.#walk.length - 1; step >= 0; step--) {
      const { decision, place } = this.#walk[step]!;
      const head = this.#heads[decision]!;
      const top = this.#layers.length - 1;
      addTransposedProduct(head.weights, slopes[step]!, later[top]!.output);
      this.#addWeights(head, {
        left: [slopes[step]!],
        right: [place.moments[top]!.output],
        out: gradient,
      });
      for (let l = top; l >= 0; l--) {
        const moment = place.moments[l]!;
        const before = this.#walk[step - 1]?.place.moments[l]?.cell ?? this.#zeros;
        const gates = new Float64Array(4 * units);
        backThroughGates(moment, before, { ...later[l]!, gates });
        asked[l]!.left.push(gates);
        asked[l]!.right.push(moment.input);
        addTransposedProduct(this.#layers[l]!.weights, gates, below.fill(0));
        later[l]!.output.set(below.subarray(units));
        for (let u = 0; u < units; u++) {
          if (l > 0) later[l - 1]!.output[u]! += below[u]!;
          else gradient[place.vector + u]! += below[u]!;
        }
      }
    }
    this.#layers.forEach((layer, l) => this.#addWeights(layer, { ...asked[l]!, out: gradient }));
  }

  /** The place behind another, or at the beginning, when a vector is read. */
  #reach(before: Place | undefined, vector: number): Place {
    const places = before?.next ?? this.#starts;
    const place = places.get(vector) ?? this.#advance(before, vector);
    places.set(vector, place);
    return place;
  }

  /** One step of all layers. */
  #advance(before: Place | undefined, vector: number): Place {
    this.#places++;
    let below = this.parameters.subarray(vector, vector + this.#units);
    const moments = this.#layers.map((layer, l) => {
      const moment = this.#moment(layer, below, before?.moments[l]);
      below = moment.output;
      return moment;
    });
    return { moments, vector, next: new Map() };
  }

  /** One step of a layer: gates, cell, and what of it is seen. */
  #moment({ weights, bias }: Layer, below: Float64Array, before: Moment | undefined): Moment {
    const units = this.#units;
    const input = new Float64Array(2 * units);
    input.set(below);
    if (before !== undefined) input.set(before.output, units);
    const gates = this.parameters.slice(bias, bias + 4 * units);
    addProduct(weights, input, gates);
    for (let u = 0; u < 3 * units; u++) gates[u] = 1 / (1 + Math.exp(-gates[u]!));
    for (let u = 3 * units; u < 4 * units; u++) gates[u] = Math.tanh(gates[u]!);
    const cell = new Float64Array(units);
    const tanhCell = new Float64Array(units);
    const output = new Float64Array(units);
    const cellBefore = before?.cell ?? this.#zeros;
    for (let u = 0; u < units; u++) {
      cell[u] = gates[u]! * gates[3 * units + u]! + gates[units + u]! * cellBefore[u]!;
      tanhCell[u] = Math.tanh(cell[u]!);
      output[u] = gates[2 * units + u]! * tanhCell[u]!;
    }
    return { input, gates, cell, tanhCell, output };
  }

  /** The way back to the weights and biases of a layer. */
  #addWeights({ weights, bias }: Layer, ways: Parameters<typeof addOuterProducts>[1]): void {
    addOuterProducts(weights, ways);
    const { left, out } = ways;
    for (const each of left) {
      for (let row = 0; row < each.length; row++) out[bias + row]! += each[row]!;
    }
  }
}

/**
 * From the slopes with regard to a layer's output and cell to those with regard to its gates before
 * their non-linearities; those of the cell become the ones of the step before.
 */
function backThroughGates(
  { gates, tanhCell }: Moment,
  before: Float64Array,
  slopes: {
    readonly output: Float64Array;
    readonly cell: Float64Array;
    readonly gates: Float64Array;
  },
): void {
  const units = tanhCell.length;
  for (let u = 0; u < units; u++) {
    const [open, keep] = [gates[u]!, gates[units + u]!];
    const [out, candidate] = [gates[2 * units + u]!, gates[3 * units + u]!];
    const seen = tanhCell[u]!;
    const cell = slopes.cell[u]! + slopes.output[u]! * out * (1 - seen * seen);
    slopes.gates[u] = cell * candidate * open * (1 - open);
    slopes.gates[units + u] = cell * before[u]! * keep * (1 - keep);
    slopes.gates[2 * units + u] = slopes.output[u]! * seen * out * (1 - out);
    slopes.gates[3 * units + u] = cell * open * (1 - candidate * candidate);
    slopes.cell[u] = cell * keep;
  }
}
