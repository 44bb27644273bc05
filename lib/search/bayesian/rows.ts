import type { ArchFeature, Described } from "./features.ts";

/** Which rows are looked at, and where what is found goes: one number every `stride`. */
interface Places {
  readonly from: number;
  readonly into: Float64Array;
  readonly at: number;
  readonly stride: number;
}

/** What is seen of architectures by one feature, in one array without gaps. */
interface Column {
  /** Adds an architecture. */
  push(arch: Described<unknown>): void;
  /** Drops all but the first so many. */
  truncate(size: number): void;
  /** How far an architecture is from them, such that `exp(-distance)` is positive definite. */
  measure(arch: Described<unknown>, places: Places): void;
}

/** The share of the decisions that differ. */
class DecisionColumn implements Column {
  readonly #choices: number[] = [];
  #width = 0;

  push({ decisions }: Described<unknown>): void {
    this.#width = decisions.length;
    this.#choices.push(...decisions);
  }

  truncate(size: number): void {
    this.#choices.length = size * this.#width;
  }

  measure({ decisions }: Described<unknown>, { from, into, at, stride }: Places): void {
    const [choices, width] = [this.#choices, this.#width];
    for (let k = from * width; k < choices.length; k += width, at += stride) {
      let differing = 0;
      for (let i = 0; i < width; i++) if (choices[k + i] !== decisions[i]) differing++;
      into[at] = differing / width;
    }
  }
}

/** The squared distance of the counts of paths. */
class PathColumn implements Column {
  readonly #paths: number[] = [];
  /** Where the paths of each row begin, and where those of the last one end. */
  readonly #starts = [0];
  readonly #squares: number[] = [];

  push({ paths }: Described<unknown>): void {
    this.#paths.push(...paths);
    this.#starts.push(this.#paths.length);
    this.#squares.push(squaredCounts(paths));
  }

  truncate(size: number): void {
    this.#starts.length = size + 1;
    this.#squares.length = size;
    this.#paths.length = this.#starts[size]!;
  }

  measure({ paths }: Described<unknown>, { from, into, at, stride }: Places): void {
    const [known, starts, squares] = [this.#paths, this.#starts, this.#squares];
    const square = squaredCounts(paths);
    let k = starts[from]!;
    for (let j = from; j < squares.length; j++, at += stride) {
      const end = starts[j + 1]!;
      let pairs = 0;
      // Lists are so short that to look at all pairs is the fastest way.
      for (; k < end; k++) {
        const path = known[k]!;
        for (let i = 0; i < paths.length; i++) if (paths[i] === path) pairs++;
      }
      into[at] = square + squares[j]! - 2 * pairs;
    }
  }
}

/** The mean squared difference of the logarithms of costs. */
class CostColumn implements Column {
  readonly #costs: number[] = [];
  #width = 0;

  push({ costs }: Described<unknown>): void {
    this.#width = costs.length;
    this.#costs.push(...costs);
  }

  truncate(size: number): void {
    this.#costs.length = size * this.#width;
  }

  measure({ costs }: Described<unknown>, { from, into, at, stride }: Places): void {
    const [known, width] = [this.#costs, this.#width];
    for (let k = from * width; k < known.length; k += width, at += stride) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (costs[i]! - known[k + i]!) ** 2;
      into[at] = sum / width;
    }
  }
}

const columns: { readonly [feature in ArchFeature]: new () => Column } = {
  decisions: DecisionColumn,
  paths: PathColumn,
  costs: CostColumn,
};

/** The sum of the squared counts of what is in a list. */
function squaredCounts(list: Int32Array): number {
  let pairs = 0;
  for (let i = 0; i < list.length; i++) {
    for (let j = 0; j < list.length; j++) if (list[i] === list[j]) pairs++;
  }
  return pairs;
}

/** Architectures from which others are measured, in an order that stays. */
export class Rows {
  readonly #archs: Described<unknown>[] = [];
  readonly #columns: readonly Column[];

  constructor(features: readonly ArchFeature[]) {
    this.#columns = features.map((feature) => new columns[feature]());
  }

  /** How many there are. */
  get size(): number {
    return this.#archs.length;
  }

  /** The number of features. */
  get features(): number {
    return this.#columns.length;
  }

  /** Architecture `i`. */
  at(i: number): Described<unknown> | undefined {
    return this.#archs[i];
  }

  /** Adds one. */
  push(arch: Described<unknown>): void {
    this.#archs.push(arch);
    for (const column of this.#columns) column.push(arch);
  }

  /** Drops all but the first so many. */
  truncate(size: number): void {
    if (size >= this.size) return;
    this.#archs.length = size;
    for (const column of this.#columns) column.truncate(size);
  }

  /**
   * How far an architecture is from those from the `from`-th on: for each of these one distance a
   * feature, into the beginning of `into`.
   */
  measure(
    arch: Described<unknown>,
    { from, into }: { readonly from: number; readonly into: Float64Array },
  ): void {
    const stride = this.#columns.length;
    this.#columns.forEach((column, at) => column.measure(arch, { from, into, at, stride }));
  }
}
