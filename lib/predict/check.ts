/** Throws a `RangeError` unless there are rows, each with a value, all of one length and finite. */
export function checkExamples(
  rows: readonly (readonly number[])[],
  values: readonly number[],
): void {
  const [first] = rows;
  if (first === undefined) throw new RangeError("Cannot fit: rows must have at least one");
  if (values.length !== rows.length) {
    throw new RangeError(
      `Cannot fit: values must have ${rows.length} numbers as rows, got ${values.length}`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(`Cannot fit: values[${bad}] must be a finite number, got ${values[bad]}`);
  }
  checkRows("Cannot fit", rows, first.length);
}

/** Throws a `RangeError` unless all rows have so many finite numbers. */
export function checkRows(
  task: string,
  rows: readonly (readonly number[])[],
  width: number,
): void {
  rows.forEach((row, i) => {
    if (row.length !== width) {
      throw new RangeError(`${task}: rows[${i}] must have ${width} numbers, got ${row.length}`);
    }
    const bad = row.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(`${task}: rows[${i}][${bad}] must be a finite number, got ${row[bad]}`);
    }
  });
}

/** Throws a `RangeError` unless an option is a whole number of at least so much. */
export function checkWhole(task: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot make ${task}: ${name} must be a whole number of at least ${least}, got ${value}`,
  );
}
