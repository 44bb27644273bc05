/** Throws unless `values` is an array with something in it. */
export function checkFilled(task: string, name: string, values: readonly unknown[]): void {
  if (!Array.isArray(values)) {
    throw new TypeError(`Cannot ${task}: ${name} must be an array, got ${typeof values}`);
  }
  if (values.length === 0) throw new RangeError(`Cannot ${task}: ${name} is empty`);
}

/** What {@linkcode checkNumbers} allows. */
export interface NumberRules {
  /** Whether `null`, a gap, may stand among the numbers. */
  readonly gaps?: boolean;
  /** Whether all must be above zero, as a logarithmic axis asks. */
  readonly positive?: boolean;
  /** How many there must be. */
  readonly length?: number;
}

/** Throws unless all values are finite numbers; the error names the first that is not. */
export function checkNumbers(
  task: string,
  name: string,
  values: readonly (number | null)[],
  rules: NumberRules = {},
): void {
  checkFilled(task, name, values);
  if (rules.length !== undefined && values.length !== rules.length) {
    throw new RangeError(
      `Cannot ${task}: ${name} must have ${rules.length} values, got ${values.length}`,
    );
  }
  values.forEach((value, i) => {
    if (value === null && rules.gaps) return;
    checkNumber(task, `${name}[${i}]`, value, rules);
  });
}

/** Throws unless the value is a finite number. */
export function checkNumber(
  task: string,
  name: string,
  value: unknown,
  rules: { readonly positive?: boolean } = {},
): asserts value is number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new RangeError(`Cannot ${task}: ${name} must be a finite number, got ${value}`);
  }
  if (rules.positive && value <= 0) {
    throw new RangeError(`Cannot ${task}: ${name} must be positive on a log axis, got ${value}`);
  }
}
