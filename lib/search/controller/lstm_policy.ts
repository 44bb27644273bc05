import type { Rng } from "../../engine/rng.ts";
import { addProduct, addSlopes, type Matrix } from "./matrix.ts";
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

/** What a layer computes at a step, kept for the way back. */
interface Moment {
  /** What comes from below, and what the layer gave at the step before. */
  readonly input: Float64Array;
  /** How much is let in, kept and let out, and the candidate: after their non-linearities. */
  readonly gates: Float64Array;
  /** The cell's state. */
  readonly cell: Float64Array;
  readonly tanhCell: Float64Array;
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
  readonly #moments: readonly (readonly Moment[])[];
  readonly #zeros: Float64Array;
  /** The decisions of the walk, and where the vectors are that were read at them. */
  readonly #walk: { decision: number; vector: number }[] = [];
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
      weights: { data, ...matrix },
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
    this.#moments = counts.map(() =>
      stack.map(() => ({
        input: new Float64Array(2 * units),
        gates: new Float64Array(4 * units),
        cell: new Float64Array(units),
        tanhCell: new Float64Array(units),
      }))
    );
    this.#zeros = new Float64Array(units);
  }

  begin(): void {
    this.#walk.length = 0;
    this.#next = 0;
  }

  logits(decision: number): Float64Array {
    const step = this.#walk.length;
    this.#walk.push({ decision, vector: this.#next });
    const units = this.#units;
    let below = this.parameters.subarray(this.#next, this.#next + units);
    this.#layers.forEach((layer, l) => {
      const moment = this.#moment(step, l);
      moment.input.set(below);
      moment.input.set(step === 0 ? this.#zeros : this.#output(step - 1, l), units);
      this.#advance(layer, moment, step === 0 ? this.#zeros : this.#moment(step - 1, l).cell);
      below = this.#output(step, l);
    });
    const head = this.#heads[decision]!;
    head.logits.set(this.parameters.subarray(head.bias, head.bias + head.logits.length));
    addProduct(head.weights, below, head.logits);
    return head.logits;
  }

  choose(decision: number, option: number): void {
    this.#next = this.#embeddings[decision]! + option * this.#units;
  }

  backward(slopes: readonly Float64Array[], gradient: Float64Array): void {
    const units = this.#units;
    const zeros = () => this.#layers.map(() => new Float64Array(units));
    // What later steps ask of a layer's output and of its cell.
    const [outputs, cells] = [zeros(), zeros()];
    const gates = new Float64Array(4 * units);
    const input = new Float64Array(2 * units);
    for (let step = this.#walk.length - 1; step >= 0; step--) {
      const { decision, vector } = this.#walk[step]!;
      const head = this.#heads[decision]!;
      const top = this.#layers.length - 1;
      this.#backLinear(head, this.#output(step, top), {
        outer: slopes[step]!,
        gradient,
        slopes: outputs[top]!,
      });
      for (let l = top; l >= 0; l--) {
        const moment = this.#moment(step, l);
        const before = step === 0 ? this.#zeros : this.#moment(step - 1, l).cell;
        backThroughGates(moment, before, { output: outputs[l]!, cell: cells[l]!, gates });
        input.fill(0);
        this.#backLinear(this.#layers[l]!, moment.input, {
          outer: gates,
          gradient,
          slopes: input,
        });
        outputs[l]!.set(input.subarray(units));
        for (let u = 0; u < units; u++) {
          if (l > 0) outputs[l - 1]![u]! += input[u]!;
          else gradient[vector + u]! += input[u]!;
        }
      }
    }
  }

  #moment(step: number, layer: number): Moment {
    return this.#moments[step]![layer]!;
  }

  /** What a layer gave at a step: the cell as far as it is let out. */
  #output(step: number, layer: number): Float64Array {
    const { gates, tanhCell } = this.#moment(step, layer);
    const out = new Float64Array(this.#units);
    for (let u = 0; u < out.length; u++) out[u] = gates[2 * out.length + u]! * tanhCell[u]!;
    return out;
  }

  /** One step of a layer: gates, cell, and what of it is seen. */
  #advance({ weights, bias }: Layer, moment: Moment, before: Float64Array): void {
    const units = this.#units;
    const { input, gates, cell, tanhCell } = moment;
    gates.set(this.parameters.subarray(bias, bias + gates.length));
    addProduct(weights, input, gates);
    for (let u = 0; u < 3 * units; u++) gates[u] = 1 / (1 + Math.exp(-gates[u]!));
    for (let u = 3 * units; u < 4 * units; u++) gates[u] = Math.tanh(gates[u]!);
    for (let u = 0; u < units; u++) {
      cell[u] = gates[u]! * gates[3 * units + u]! + gates[units + u]! * before[u]!;
      tanhCell[u] = Math.tanh(cell[u]!);
    }
  }

  #backLinear(
    { weights, bias }: Layer,
    input: Float64Array,
    ways: Parameters<typeof addSlopes>[2],
  ): void {
    addSlopes(weights, input, ways);
    const { outer, gradient } = ways;
    for (let row = 0; row < outer.length; row++) gradient[bias + row]! += outer[row]!;
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
