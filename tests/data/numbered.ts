import type { Dataset, ImageShape } from "../../lib/data/mod.ts";

/** A dataset in which every pixel value is unique: pixel `p` of image `i` is `i * size + p`. */
export function numbered(
  labels: readonly number[],
  options: { readonly shape?: ImageShape; readonly classes?: number } = {},
): Dataset {
  const { shape = [1, 1, 1], classes = Math.max(0, ...labels) + 1 } = options;
  const size = shape[0] * shape[1] * shape[2];
  return {
    name: "numbered",
    images: Float32Array.from({ length: labels.length * size }, (_, i) => i),
    labels: Int32Array.from(labels),
    shape,
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  };
}

/** Which images of a numbered dataset these are. */
export function originals(part: Pick<Dataset, "images" | "labels">): number[] {
  const size = part.images.length / part.labels.length;
  return Array.from(part.labels, (_, i) => (part.images[i * size] ?? NaN) / size);
}

/** How many labels of each class there are. */
export function countClasses(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
