import type { Shape } from "../../graph/mod.ts";
import { allFinite } from "../all_finite.ts";
import { logitsOf } from "./loss.ts";
import type { PlanBatch, TrainStepOptions } from "./plan.ts";

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

/** Throws a `RangeError` naming the place of the first pixel that is not finite. */
export function checkFinite(
  images: Float32Array,
  shape: readonly number[],
  action = "run the plan",
): void {
  if (allFinite(images)) return;
  const at = images.findIndex((value) => !Number.isFinite(value));
  const place: number[] = [];
  let rest = at;
  for (const side of shape.toReversed()) {
    place.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  throw new RangeError(
    `Cannot ${action}: images must be finite, got ${images[at]} at [${place.join(", ")}]`,
  );
}

/** Throws a `RangeError` unless there is a class for each image, or for each pixel of the output. */
export function checkLabels(
  labels: Int32Array,
  { count, output }: { readonly count: number; readonly output: Shape },
  action = "run the plan",
): void {
  const { rows, classes } = logitsOf(output);
  if (labels.length !== count * rows) {
    const each = output.length === 1 ? "an image" : `a pixel of the output [${output.join(", ")}]`;
    throw new RangeError(
      `Cannot ${action}: labels must be ${count * rows}, one ${each}, got ${labels.length}`,
    );
  }
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot ${action}: labels must be from 0 to ${classes - 1}, got ${labels[wrong]} at ${wrong}`,
    );
  }
}

/** The same for labels and what they are mixed with, whose share must be one. */
export function checkTargets(
  { labels, mix }: Pick<PlanBatch, "labels" | "mix">,
  rows: { readonly count: number; readonly output: Shape },
): void {
  checkLabels(labels, rows);
  if (mix === undefined) return;
  checkLabels(mix.labels, rows, "mix labels");
  checkNumber("share", mix.share, [0, 1], "mix labels");
}

/** Throws a `RangeError` unless the number is in range. */
export function checkNumber(
  name: string,
  value: number,
  [least, most]: readonly number[],
  action = "run the plan",
): void {
  if (!(value >= (least as number) && value <= (most as number) && value < Infinity)) {
    const range = most === Infinity ? `at least ${least}` : `in [${least}, ${most}]`;
    throw new RangeError(`Cannot ${action}: ${name} must be ${range}, got ${value}`);
  }
}

/** Throws a `RangeError` unless a training step can be like this. */
export function checkStep({ learningRate, smoothing = 0, clipNorm = 0 }: TrainStepOptions): void {
  checkNumber("learningRate", learningRate, [0, Infinity]);
  checkNumber("smoothing", smoothing, [0, 1]);
  checkNumber("clipNorm", clipNorm, [0, Infinity]);
}

/** Throws a `RangeError` unless the name is one of those known. */
export function checkName(
  what: string,
  name: string,
  known: readonly string[],
  action = "run the plan",
): void {
  if (!known.includes(name)) {
    throw new RangeError(
      `Cannot ${action}: ${what} must be one of ${known.join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
}
