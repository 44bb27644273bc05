/** Where numbers lie: their mean, and their standard deviation or 1 where all are equal. */
export class Standard {
  /** Their mean. */
  readonly mean: number;
  /** Their standard deviation; 1 where they are equal. */
  readonly unit: number;
  /** Whether they are equal. */
  readonly isConstant: boolean;

  /** @param values At least one. */
  constructor(values: readonly number[]) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const unit = Math.sqrt(squares / values.length);
    this.mean = mean;
    // What is left of equal values is rounding.
    this.isConstant = !(unit > 1e-12 * Math.max(1, Math.abs(mean)));
    this.unit = this.isConstant ? 1 : unit;
  }

  /** How many deviations a number lies above the mean. */
  of(value: number): number {
    return (value - this.mean) / this.unit;
  }
}

/** Makes rows with mean 0 and deviation 1 in each column of those that are learnt from. */
export function standardiser(
  rows: readonly (readonly number[])[],
): (row: readonly number[]) => Float64Array {
  const width = (rows[0] as readonly number[]).length;
  const columns = Array.from(
    { length: width },
    (_, k) => new Standard(rows.map((row) => row[k] as number)),
  );
  return (row) => Float64Array.from(columns, (column, k) => column.of(row[k] as number));
}
