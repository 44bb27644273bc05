import type { Shape } from "../../graph/mod.ts";

/** What a plan takes. */
export interface Limits {
  /** The shape of an image. */
  readonly image: Shape;
  /** Images of the largest batch. */
  readonly batch: number;
}

/** How many images there are. Throws a `RangeError` unless they fit. */
export function countImages(
  images: Float32Array,
  { image, batch }: Limits,
  shape?: readonly number[],
): number {
  const size = image.reduce((product: number, side) => product * side, 1);
  const count = images.length / size;
  const fits = Number.isInteger(count) && count >= 1 && count <= batch;
  const isShape = shape === undefined || shape.join() === [count, ...image].join();
  if (!(images instanceof Float32Array) || !fits || !isShape) {
    throw new RangeError(
      `Cannot run the plan: images must be [count, ${image.join(", ")}] with count from 1 to ` +
        `${batch}, got ${shape ? `[${shape.join(", ")}] and ` : ""}${images.length} numbers`,
    );
  }
  return count;
}

/** Throws a `RangeError` unless there is a class for each image. */
export function checkLabels(
  labels: Int32Array,
  { count, classes }: { readonly count: number; readonly classes: number },
): void {
  if (labels.length !== count) {
    throw new RangeError(
      `Cannot run the plan: labels must be ${count}, one an image, got ${labels.length}`,
    );
  }
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot run the plan: labels must be from 0 to ${classes - 1}, got ${
        labels[wrong]
      } at ${wrong}`,
    );
  }
}

/** Throws a `RangeError` unless the number is in range. */
export function checkNumber(name: string, value: number, [least, most]: readonly number[]): void {
  if (!(value >= (least as number) && value <= (most as number) && value < Infinity)) {
    const range = most === Infinity ? `at least ${least}` : `in [${least}, ${most}]`;
    throw new RangeError(`Cannot run the plan: ${name} must be ${range}, got ${value}`);
  }
}

/** Throws a `RangeError` unless the name is one of those known. */
export function checkName(what: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) {
    throw new RangeError(
      `Cannot run the plan: ${what} must be one of ${known.join(", ")}, got ${
        JSON.stringify(name)
      }`,
    );
  }
}
