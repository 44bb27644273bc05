/** A part of a space of categorical choices in which a tree predicts one value. */
export interface Leaf {
  /** For each decision the options that it takes in. */
  readonly box: readonly (readonly number[])[];
  /** The mean of the values in it. */
  readonly value: number;
}

/** What a tree is grown from. */
export interface TreeData {
  /** The choices of each sample, one an decision. */
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
  const grow = (samples: readonly number[], box: Leaf["box"]): void => {
    const split = bestSplit(data, samples, box);
    if (split === undefined) {
      leaves.push({ box, value: meanOf(data.values, samples) });
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

function bestSplit(
  data: TreeData,
  samples: readonly number[],
  box: Leaf["box"],
): Split | undefined {
  const mean = meanOf(data.values, samples);
  const error = samples.reduce((sum, sample) => sum + (data.values[sample]! - mean) ** 2, 0);
  // What is left of equal values is rounding.
  if (error <= 1e-12 * (1 + mean * mean) * samples.length) return undefined;
  let best: Split | undefined;
  box.forEach((options, decision) => {
    if (options.length < 2) return;
    const split = splitOf(data, samples, { decision, options, mean });
    if (split !== undefined && split.gain > (best?.gain ?? -1)) best = split;
  });
  return best;
}

/** The best way to part the options of one decision. */
function splitOf(
  { choices, values, sizes, leastSamples }: TreeData,
  samples: readonly number[],
  { decision, options, mean }: {
    readonly decision: number;
    readonly options: readonly number[];
    readonly mean: number;
  },
): Split | undefined {
  const counts = new Float64Array(sizes[decision]!);
  const sums = new Float64Array(sizes[decision]!);
  for (const sample of samples) {
    const option = choices[sample]![decision]!;
    counts[option]! += 1;
    sums[option]! += values[sample]! - mean;
  }
  // Of options that no sample has nothing is known but the mean, from which all is counted.
  const level = (option: number) => counts[option] === 0 ? 0 : sums[option]! / counts[option]!;
  const ordered = options.toSorted((a, b) => level(a) - level(b));
  let [count, sum, most, cut] = [0, 0, -1, 0];
  for (let i = 0; i + 1 < ordered.length; i++) {
    count += counts[ordered[i]!]!;
    sum += sums[ordered[i]!]!;
    const rest = samples.length - count;
    if (count < leastSamples || rest < leastSamples) continue;
    // By how much the squared error falls; both sides' sums are equal but for the sign.
    const gain = sum * sum * (1 / count + 1 / rest);
    if (gain > most) [most, cut] = [gain, i + 1];
  }
  if (cut === 0) return undefined;
  return { decision, left: new Set(ordered.slice(0, cut)), gain: most };
}

function meanOf(values: readonly number[], samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + values[sample]!, 0) / samples.length;
}
