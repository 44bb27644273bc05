/** What to clip. */
export interface Clip {
  /** The gradients of all arrays, which are written to. */
  readonly gradients: readonly Float32Array[];
  /** The length that they may have together. */
  readonly norm: number;
}

/**
 * Shortens gradients that together are longer than `norm` to that length, and leaves others as they are
 * (Pascanu et al. 2013); the length is the root of the sum of all squares.
 *
 * @returns Their length before.
 */
export function clipByNorm({ gradients, norm }: Clip): number {
  let squares = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) squares += (gradient[i] as number) ** 2;
  }
  const length = Math.sqrt(squares);
  if (!(length > norm)) return length;
  const factor = norm / length;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = factor * (gradient[i] as number);
  }
  return length;
}
