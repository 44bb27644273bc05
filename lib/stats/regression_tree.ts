/** A part of a space of categorical choices in which a tree predicts one value. */
export interface Leaf {
  /** For each decision the options that it takes in. */
  readonly box: readonly (readonly number[])[];
  /** The mean of the values in it. */
  readonly value: number;
}

/** What a tree is grown from. */
export interface TreeData {
  /** The choices of each sample, one a decision. */
  readonly choices: readonly (readonly number[])[];
  /** The value of each sample. */
  readonly values: readonly number[];
  /** How many options each decision has. */
  readonly sizes: readonly number[];
  /** How many samples a leaf must have. */
  readonly leastSamples: number;
}

interface Split {
  readonly decision: number;
  readonly left: ReadonlySet<number>;
  readonly gain: number;
}

/**
 * Grows a regression tree (Breiman et al. 1984). Each split parts the options of one decision in two
 * so that the squared error falls most; for that it is enough to try them in order of their means.
 * Where no split helps by itself, it splits all the same: what decisions do together shows below.
 *
 * @param samples Which samples to use, by index; one may come several times.
 */
export function growTree(data: TreeData, samples: readonly number[]): Leaf[] {
  const leaves: Leaf[] = [];
  const splitter = new Splitter(data);
  const grow = (samples: readonly number[], box: Leaf["box"]): void => {
    const mean = meanOf(data.values, samples);
    const split = splitter.best(samples, box, mean);
    if (split === undefined) {
      leaves.push({ box, value: mean });
      return;
    }
    const { decision, left } = split;
    const isLeft = (sample: number) => left.has(data.choices[sample]![decision]!);
    const options = box[decision] as readonly number[];
    for (const side of [true, false]) {
      grow(
        samples.filter((sample) => isLeft(sample) === side),
        box.with(decision, options.filter((option) => left.has(option) === side)),
      );
    }
  };
  grow(samples, data.sizes.map((size) => Array.from({ length: size }, (_, option) => option)));
  return leaves;
}

/** Finds splits; what it works with is made once, because there are many. */
class Splitter {
  readonly #data: TreeData;
  /** By option: samples, the sum of their values less the mean, and the mean of that. */
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  readonly #levels: Float64Array;
  /** The options in order of their levels. */
  readonly #ordered: Int32Array;

  constructor(data: TreeData) {
    const most = Math.max(...data.sizes);
    this.#data = data;
    this.#counts = new Float64Array(most);
    this.#sums = new Float64Array(most);
    this.#levels = new Float64Array(most);
    this.#ordered = new Int32Array(most);
  }

  /** The best split; `undefined` where there is none, or nothing to explain. */
  best(samples: readonly number[], box: Leaf["box"], mean: number): Split | undefined {
    const { values, leastSamples } = this.#data;
    if (samples.length < 2 * leastSamples) return undefined;
    let error = 0;
    for (const sample of samples) error += (values[sample]! - mean) ** 2;
    // What is left of equal values is rounding.
    if (error <= 1e-12 * (1 + mean * mean) * samples.length) return undefined;
    let best: Split | undefined;
    for (let decision = 0; decision < box.length; decision++) {
      const options = box[decision] as readonly number[];
      if (options.length < 2) continue;
      const { gain, cut } = this.#cut(samples, { decision, options, mean });
      if (cut === 0 || gain <= (best?.gain ?? -1)) continue;
      best = { decision, gain, left: new Set(this.#ordered.subarray(0, cut)) };
    }
    return best;
  }

  /** Orders the options of a decision, and says how many of them to part from the others. */
  #cut(
    samples: readonly number[],
    { decision, options, mean }: {
      readonly decision: number;
      readonly options: readonly number[];
      readonly mean: number;
    },
  ): { readonly gain: number; readonly cut: number } {
    const [counts, sums, ordered] = [this.#counts, this.#sums, this.#ordered];
    const { choices, values, leastSamples } = this.#data;
    counts.fill(0);
    sums.fill(0);
    for (const sample of samples) {
      const option = choices[sample]![decision]!;
      counts[option]! += 1;
      sums[option]! += values[sample]! - mean;
    }
    this.#order(options);
    let [count, sum, gain, cut] = [0, 0, -1, 0];
    for (let i = 0; i + 1 < options.length; i++) {
      count += counts[ordered[i]!]!;
      sum += sums[ordered[i]!]!;
      const rest = samples.length - count;
      if (count < leastSamples || rest < leastSamples) continue;
      // By how much the squared error falls; both sides' sums are equal but for the sign.
      const here = sum * sum * (1 / count + 1 / rest);
      if (here > gain) [gain, cut] = [here, i + 1];
    }
    return { gain, cut };
  }

  /** Sorts the few options by insertion. */
  #order(options: readonly number[]): void {
    const [levels, ordered] = [this.#levels, this.#ordered];
    options.forEach((option, i) => {
      const count = this.#counts[option]!;
      // Of options that no sample has nothing is known but the mean, from which all is counted.
      levels[option] = count === 0 ? 0 : this.#sums[option]! / count;
      let at = i;
      for (; at > 0 && levels[ordered[at - 1]!]! > levels[option]!; at--) {
        ordered[at] = ordered[at - 1]!;
      }
      ordered[at] = option;
    });
  }
}

function meanOf(values: readonly number[], samples: readonly number[]): number {
  let sum = 0;
  for (const sample of samples) sum += values[sample]!;
  return sum / samples.length;
}
