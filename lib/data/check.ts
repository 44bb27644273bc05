import type { Dataset } from "./dataset.ts";

/** Throws a `RangeError` unless `value` is a whole number from `min` to `max`. */
export function checkInteger(
  value: number,
  options: { readonly action: string; readonly name: string; readonly min: number; max?: number },
): void {
  const { action, name, min, max = Infinity } = options;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  const expected = max === Infinity
    ? `an integer of at least ${min}`
    : `an integer from ${min} to ${max}`;
  throw new RangeError(`Cannot ${action}: ${name} must be ${expected}, got ${value}`);
}

/**
 * Throws a `RangeError` unless the parts of a dataset fit together. Looks at sizes only, so that it
 * costs nothing beside the work that follows.
 */
export function checkDataset(dataset: Dataset, action: string): void {
  const { images, labels, shape, name } = dataset;
  for (const side of shape) {
    if (Number.isSafeInteger(side) && side > 0) continue;
    throw new RangeError(
      `Cannot ${action}: the shape of "${name}" must be three positive integers, got [${shape}]`,
    );
  }
  const expected = labels.length * shape[0] * shape[1] * shape[2];
  if (images.length !== expected) {
    throw new RangeError(
      `Cannot ${action}: "${name}" has ${labels.length} labels and shape [${shape}], so images ` +
        `must hold ${expected} values, got ${images.length}`,
    );
  }
}

/** Throws a `RangeError` unless every index is that of an image of the dataset. */
export function checkIndices(indices: ArrayLike<number>, dataset: Dataset, action: string): void {
  const count = dataset.labels.length;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (Number.isInteger(index) && index >= 0 && index < count) continue;
    throw new RangeError(
      `Cannot ${action}: indices[${i}] must be an integer from 0 to ${count - 1}, got ${index}`,
    );
  }
}
