/**
 * A path through the grid of {@linkcode deepLabGrid}: the stride of each layer, which is how many pixels
 * of the image one of its own is across: 4, 8, 16 or 32.
 */
export type DeepLabArch = readonly number[];

/** The stride that the first layer has: what the stem gives. */
export const stemStride = 4;

/** The strides of a grid of some levels: 4, 8, 16, …. */
export function stridesOf(levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => stemStride * 2 ** level);
}

/** A grid as far as its paths go. */
export interface GridSize {
  /** Layers of a path. */
  readonly layers: number;
  /** Resolutions. */
  readonly levels: number;
}

/** What is wrong with a path, beginning with the place; `undefined` when it is one of the grid. */
export function faultOf(
  path: readonly unknown[],
  { layers, levels }: GridSize,
): string | undefined {
  if (path.length !== layers) return `expected ${layers} strides, got ${path.length}`;
  const strides = stridesOf(levels);
  for (const [i, stride] of path.entries()) {
    const level = strides.indexOf(path[i - 1] as number);
    const may = i === 0 ? [stemStride] : strides.slice(Math.max(level - 1, 0), level + 2);
    if (may.includes(stride as number)) continue;
    const after = i === 0 ? "" : ` after ${path[i - 1]}`;
    return `layer ${i + 1} must be ${listed(may)}${after}, got ${JSON.stringify(stride)}`;
  }
  return undefined;
}

/** Numbers as text, e.g. `4, 8 or 16`. */
function listed(numbers: readonly number[]): string {
  const [last, ...rest] = numbers.toReversed();
  return rest.length === 0 ? `${last}` : `${rest.toReversed().join(", ")} or ${last}`;
}
