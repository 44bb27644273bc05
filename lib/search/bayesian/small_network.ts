import type { Rng } from "../../engine/rng.ts";
import type { SparseInput } from "./inputs.ts";

/** Where the parts of a network's weights begin, in one array. */
interface Layout {
  readonly bias1: number;
  readonly weights2: number;
  readonly bias2: number;
  readonly weights3: number;
  readonly bias3: number;
  readonly size: number;
}

/**
 * A network of two hidden layers with ReLU and one output, small enough that plain loops train it in
 * milliseconds. Its inputs are sparse: the first layer takes as long as there are inputs that are
 * not 0.
 */
export class SmallNetwork {
  readonly #hidden: number;
  readonly #layout: Layout;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #back: Float64Array;

  /** All weights: of the first layer by input, of the others by output, biases behind each. */
  readonly weights: Float64Array;

  /** Weights as He et al. (2015) draw them, with as many inputs as are usually not 0; biases 0. */
  constructor(
    { inputs, active, hidden }: {
      /** The number of inputs. */
      readonly inputs: number;
      /** How many of them are usually not 0. */
      readonly active: number;
      /** The width of each hidden layer. */
      readonly hidden: number;
    },
    rng: Rng,
  ) {
    this.#hidden = hidden;
    const layout = this.#layout = layoutOf(inputs, hidden);
    this.#first = new Float64Array(hidden);
    this.#second = new Float64Array(hidden);
    this.#back = new Float64Array(hidden);
    this.weights = new Float64Array(layout.size);
    const draw = (from: number, to: number, fanIn: number) => {
      const scale = Math.sqrt(2 / fanIn);
      for (let i = from; i < to; i++) this.weights[i] = scale * rng.normal();
    };
    draw(0, layout.bias1, active);
    draw(layout.weights2, layout.bias2, hidden);
    draw(layout.weights3, layout.bias3, hidden);
  }

  /** The output for an input. */
  predict({ indices, values }: SparseInput): number {
    const { weights } = this;
    const hidden = this.#hidden;
    const { bias1, weights2, bias2, weights3, bias3 } = this.#layout;
    const [first, second] = [this.#first, this.#second];
    for (let h = 0; h < hidden; h++) first[h] = weights[bias1 + h] as number;
    for (let k = 0; k < indices.length; k++) {
      const [row, value] = [(indices[k] as number) * hidden, values[k] as number];
      for (let h = 0; h < hidden; h++) first[h]! += value * (weights[row + h] as number);
    }
    for (let h = 0; h < hidden; h++) if ((first[h] as number) < 0) first[h] = 0;
    let output = weights[bias3] as number;
    for (let g = 0; g < hidden; g++) {
      let sum = weights[bias2 + g] as number;
      const row = weights2 + g * hidden;
      for (let h = 0; h < hidden; h++) sum += (weights[row + h] as number) * (first[h] as number);
      second[g] = sum > 0 ? sum : 0;
      output += (weights[weights3 + g] as number) * (second[g] as number);
    }
    return output;
  }

  /**
   * Adds to `gradient` that of half the squared error, by each weight.
   *
   * @returns How far the output is above the target.
   */
  addGradient(input: SparseInput, target: number, gradient: Float64Array): number {
    const error = this.predict(input) - target;
    const { weights } = this;
    const hidden = this.#hidden;
    const { bias1, weights2, bias2, weights3, bias3 } = this.#layout;
    const [first, second, back] = [this.#first, this.#second, this.#back.fill(0)];
    gradient[bias3]! += error;
    for (let g = 0; g < hidden; g++) {
      if (second[g] === 0) continue;
      gradient[weights3 + g]! += error * (second[g] as number);
      const slope = error * (weights[weights3 + g] as number);
      gradient[bias2 + g]! += slope;
      const row = weights2 + g * hidden;
      for (let h = 0; h < hidden; h++) {
        gradient[row + h]! += slope * (first[h] as number);
        back[h]! += slope * (weights[row + h] as number);
      }
    }
    for (let h = 0; h < hidden; h++) {
      if (first[h] === 0) back[h] = 0;
      gradient[bias1 + h]! += back[h] as number;
    }
    const { indices, values } = input;
    for (let k = 0; k < indices.length; k++) {
      const [row, value] = [(indices[k] as number) * hidden, values[k] as number];
      for (let h = 0; h < hidden; h++) gradient[row + h]! += value * (back[h] as number);
    }
    return error;
  }
}

function layoutOf(inputs: number, hidden: number): Layout {
  const bias1 = inputs * hidden;
  const weights2 = bias1 + hidden;
  const bias2 = weights2 + hidden * hidden;
  const weights3 = bias2 + hidden;
  const bias3 = weights3 + hidden;
  return { bias1, weights2, bias2, weights3, bias3, size: bias3 + 1 };
}

/** How a {@linkcode SmallNetwork} is trained. */
export interface Training {
  /** Updates of the weights. */
  readonly steps: number;
  /** Examples an update. */
  readonly batch: number;
  /** The learning rate at first; it falls to 0 along a cosine. */
  readonly rate: number;
  /** By how much weights are drawn to 0 at each update, times the rate. */
  readonly decay: number;
}

/** Trains a network by Adam (Kingma & Ba 2015) with decoupled decay (Loshchilov & Hutter 2019). */
export function trainSmallNetwork(
  network: SmallNetwork,
  { inputs, targets, rng }: {
    readonly inputs: readonly SparseInput[];
    readonly targets: Float64Array;
    readonly rng: Rng;
  },
  { steps, batch, rate, decay }: Training,
): void {
  const { weights } = network;
  const gradient = new Float64Array(weights.length);
  const first = new Float64Array(weights.length);
  const second = new Float64Array(weights.length);
  let order: number[] = [];
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    const size = Math.min(batch, inputs.length);
    for (let i = 0; i < size; i++) {
      if (order.length === 0) order = rng.shuffle([...inputs.keys()]);
      const example = order.pop() as number;
      network.addGradient(inputs[example] as SparseInput, targets[example] as number, gradient);
    }
    const now = rate * (1 + Math.cos(Math.PI * (step - 1) / steps)) / 2;
    const [correct1, correct2] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (let i = 0; i < weights.length; i++) {
      const slope = (gradient[i] as number) / size;
      const mean = first[i] = 0.9 * (first[i] as number) + 0.1 * slope;
      const square = second[i] = 0.999 * (second[i] as number) + 0.001 * slope * slope;
      const move = mean / correct1 / (Math.sqrt(square / correct2) + 1e-8);
      weights[i]! -= now * (move + decay * (weights[i] as number));
    }
  }
}
