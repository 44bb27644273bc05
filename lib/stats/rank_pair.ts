/**
 * Two columns of numbers as ranks without gaps, sorted once, so that the rank correlations of any
 * resample of their rows take no sorting: a resample is how often it has each row. It is of all rows
 * once until another one is taken.
 */
export class RankPair {
  /** The rows in order of x; the next three are in this order. */
  readonly #order: Int32Array;
  readonly #x: Int32Array;
  readonly #y: Int32Array;
  readonly #times: Int32Array;
  // By rank.
  readonly #xSums: Float64Array;
  readonly #ySums: Float64Array;
  readonly #seen: Int32Array;
  readonly #tree: Int32Array;

  /** Throws a `RangeError` when the lengths differ or a value is `NaN`. */
  constructor(x: ArrayLike<number>, y: ArrayLike<number>) {
    if (x.length !== y.length) {
      throw new RangeError(`Cannot correlate: x has ${x.length} values and y has ${y.length}`);
    }
    const [xs, ys] = [denseRanks(x), denseRanks(y)];
    this.#order = xs.order;
    this.#x = xs.order.map((row) => xs.ranks[row]!);
    this.#y = xs.order.map((row) => ys.ranks[row]!);
    this.#times = new Int32Array(x.length).fill(1);
    this.#xSums = new Float64Array(xs.distinct);
    this.#ySums = new Float64Array(ys.distinct);
    this.#seen = new Int32Array(ys.distinct);
    this.#tree = new Int32Array(ys.distinct + 1);
  }

  /** Takes a resample, given as how often it has each row. */
  take(times: ArrayLike<number>): this {
    const [own, order] = [this.#times, this.#order];
    for (let i = 0; i < own.length; i++) own[i] = times[order[i]!]!;
    return this;
  }

  /** Spearman's correlation of the resample. */
  spearman(): number {
    const total = this.#count();
    const [x, y, times] = [this.#x, this.#y, this.#times];
    const [xMiddles, yMiddles] = [this.#xSums, this.#ySums];
    const spread = centre(xMiddles, total) * centre(yMiddles, total);
    let both = 0;
    for (let i = 0; i < x.length; i++) both += times[i]! * xMiddles[x[i]!]! * yMiddles[y[i]!]!;
    return both / Math.sqrt(spread);
  }

  /** Kendall's tau-b of the resample. */
  kendall(): number {
    const total = this.#count();
    const pairs = total * (total - 1) / 2;
    const open = (pairs - tiedPairs(this.#xSums)) * (pairs - tiedPairs(this.#ySums));
    return this.#concordance() / Math.sqrt(open);
  }

  /** Pairs of rows in the same order by both columns, less those in opposite order. */
  #concordance(): number {
    const [x, y, times] = [this.#x, this.#y, this.#times];
    const [seen, tree] = [this.#seen.fill(0), this.#tree.fill(0)];
    let [balance, before] = [0, 0];
    // Rows come by groups of equal x: all of a group are compared with those before it, then join them.
    for (let start = 0, end = 0; start < x.length; start = end) {
      for (; end < x.length && x[end] === x[start]; end++) {
        if (times[end] === 0) continue;
        const rank = y[end]!;
        let below = 0;
        for (let at = rank; at > 0; at &= at - 1) below += tree[at]!;
        balance += times[end]! * (2 * below + seen[rank]! - before);
      }
      for (let i = start; i < end; i++) {
        const more = times[i]!;
        if (more === 0) continue;
        const rank = y[i]!;
        seen[rank]! += more;
        before += more;
        for (let at = rank + 1; at < tree.length; at += at & -at) tree[at]! += more;
      }
    }
    return balance;
  }

  /** Counts the rows by rank. Returns how many there are. */
  #count(): number {
    const [x, y, times] = [this.#x, this.#y, this.#times];
    const [xSums, ySums] = [this.#xSums.fill(0), this.#ySums.fill(0)];
    let total = 0;
    for (let i = 0; i < x.length; i++) {
      xSums[x[i]!]! += times[i]!;
      ySums[y[i]!]! += times[i]!;
      total += times[i]!;
    }
    return total;
  }
}

/** Turns counts by rank into mean ranks around their middle. Returns the sum of squares over all rows. */
function centre(sums: Float64Array, total: number): number {
  let [before, squares] = [0, 0];
  for (let rank = 0; rank < sums.length; rank++) {
    const count = sums[rank]!;
    const middle = before + (count - total) / 2;
    before += count;
    squares += count * middle * middle;
    sums[rank] = middle;
  }
  return squares;
}

function tiedPairs(sums: Float64Array): number {
  let pairs = 0;
  for (let rank = 0; rank < sums.length; rank++) pairs += sums[rank]! * (sums[rank]! - 1) / 2;
  return pairs;
}

/** The ranks of numbers from 0, the same for equal ones and without gaps, and the rows in their order. */
function denseRanks(values: ArrayLike<number>): {
  readonly ranks: Int32Array;
  readonly order: Int32Array;
  readonly distinct: number;
} {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new RangeError(`Cannot rank: value ${i} is NaN`);
  }
  const order = Int32Array.from(values, (_, i) => i)
    .sort((a, b) => values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0);
  const ranks = new Int32Array(values.length);
  let rank = -1;
  order.forEach((row, i) => {
    if (i === 0 || values[row] !== values[order[i - 1]!]) rank++;
    ranks[row] = rank;
  });
  return { ranks, order, distinct: rank + 1 };
}
