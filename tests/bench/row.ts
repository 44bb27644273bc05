/** The figures of the goals, and the tables that show them. */

/** One figure of the goals: what we measure beside what a peer does in the same run. */
export interface Row {
  readonly name: string;
  /** The median of our repeats. */
  readonly ours: number;
  /** The median of the peer's repeats; `null` where there is no peer on this machine. */
  readonly peer: number | null;
  /** Of both figures. */
  readonly unit: "ms" | "GFLOP/s" | "trainings/s" | "steps/s";
  /** The median over the repeats of how many times better ours is; above 1 we are ahead. */
  readonly ratio: number | null;
  readonly repeats: number;
}

/** What the repeats measured: the nth figure of each list comes from the nth repeat. */
export interface Repeats {
  readonly ours: readonly number[];
  /** By the name of the peer's variant, such as a memory layout. */
  readonly peers: Readonly<Record<string, readonly number[]>>;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * How many times faster ours is in each repeat than the fastest of some variants of the peer.
 *
 * @throws {RangeError} When a variant has another number of repeats than ours.
 */
export function ratios({ ours }: Repeats, variants: readonly (readonly number[])[]): number[] {
  for (const each of variants) {
    if (each.length !== ours.length) {
      throw new RangeError(
        `Cannot compare repeats: ours are ${ours.length} and the peer's ${each.length}`,
      );
    }
  }
  return ours.map((mine, i) => Math.min(...variants.map((each) => each[i] as number)) / mine);
}

/**
 * The row of a figure in milliseconds. `variants` names the peer's variants that count: the fastest
 * of them in each repeat. Without any the row is ours alone.
 */
export function timeRow(name: string, repeats: Repeats, variants: readonly string[]): Row {
  const { ours, peers } = repeats;
  const counted = variants.flatMap((each) => peers[each] === undefined ? [] : [peers[each]]);
  const row = { name, ours: median(ours), unit: "ms", repeats: ours.length } as const;
  if (counted.length === 0) return { ...row, peer: null, ratio: null };
  const best = ours.map((_, i) => Math.min(...counted.map((each) => each[i] as number)));
  return { ...row, peer: median(best), ratio: median(ratios(repeats, counted)) };
}

/** The row of a figure that is better the higher it is, as a share of the peer's. */
export function rateRow(
  name: string,
  unit: Row["unit"],
  { ours, peer }: { readonly ours: readonly number[]; readonly peer: readonly number[] },
): Row {
  return {
    name,
    ours: median(ours),
    peer: median(peer),
    unit,
    ratio: median(ours.map((mine, i) => mine / (peer[i] as number))),
    repeats: ours.length,
  };
}

/** Lines of a table in plain text; `align` has an `l` or `r` for each column. */
export function tableText(
  head: readonly string[],
  body: readonly (readonly string[])[],
  align: string,
): string[] {
  const rows = [head, ...body];
  const widths = head.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  return rows.map((row) =>
    widths.map((width, i) => {
      const text = row[i] ?? "";
      return align[i] === "r" ? text.padStart(width) : text.padEnd(width);
    }).join("  ").trimEnd()
  );
}
