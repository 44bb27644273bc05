import type { AxisEntry } from "./axis.ts";

/** One side of an array: its channels, and what each is multiplied with. */
export interface Side {
  /** The channels. */
  readonly axis: readonly AxisEntry[];
  /** A factor for each. */
  readonly factors: readonly number[];
}

/** The side of an array that has none. */
export const single: Side = { axis: [{ from: 0, copy: 0 }], factors: [1] };

/** Copies an array `[taps, rows, columns]` by the copies of its channels. */
export function gather(
  old: Float32Array,
  { rows, columns }: { readonly rows: Side; readonly columns: Side },
): Float32Array {
  const oldRows = countBefore(rows), oldColumns = countBefore(columns);
  const taps = old.length / (oldRows * oldColumns);
  const made = new Float32Array(taps * rows.axis.length * columns.axis.length);
  let at = 0;
  for (let tap = 0; tap < taps; tap++) {
    rows.axis.forEach((row, i) => {
      const start = (tap * oldRows + row.from) * oldColumns;
      columns.axis.forEach((column, j) => {
        const factor = (rows.factors[i] as number) * (columns.factors[j] as number);
        made[at++] = (old[start + column.from] as number) * factor;
      });
    });
  }
  return made;
}

/** How many channels there were before the copies. */
function countBefore({ axis }: Side): number {
  return axis.filter(({ copy }) => copy === 0).length;
}
