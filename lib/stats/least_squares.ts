import { Cholesky } from "./cholesky.ts";

/** What {@linkcode leastSquares} minimises, and from where. */
export interface LeastSquaresProblem {
  /** The residuals at some parameters, as many everywhere. */
  readonly residuals: (parameters: Float64Array) => ArrayLike<number>;
  /** Where the search begins. */
  readonly start: ArrayLike<number>;
  /** Tried steps at most; 200 when absent. */
  readonly maxSteps?: number;
}

/** The least sum of squares that was found. */
export interface LeastSquaresSolution {
  /** The parameters there. */
  readonly parameters: Float64Array;
  /** The sum of the squared residuals. */
  readonly squares: number;
  /** By residual, how it changes with each parameter. */
  readonly slopes: readonly Float64Array[];
}

/**
 * Minimises a sum of squares of residuals that need not be straight in their parameters (Levenberg 1944,
 * Marquardt 1963), with slopes by central differences. A step that makes the sum larger is not taken
 * but tried again shorter; the search ends where no step makes it smaller by more than rounding.
 *
 * It finds the least sum near the start, which may not be the least there is.
 *
 * @throws {RangeError} When there are no parameters, fewer residuals than parameters, or a residual at
 * the start is not finite.
 *
 * @example A curve through points that lie on it
 * ```ts
 * import { leastSquares } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = [0, 1, 2, 3];
 * const { parameters: [a, k] } = leastSquares({
 *   residuals: ([a, k]) => x.map((x) => a! * Math.exp(-k! * x) - 5 * Math.exp(-0.3 * x)),
 *   start: [1, 1],
 * });
 * assertAlmostEquals(a!, 5, 1e-6);
 * assertAlmostEquals(k!, 0.3, 1e-6);
 * ```
 */
export function leastSquares(
  { residuals, start, maxSteps = 200 }: LeastSquaresProblem,
): LeastSquaresSolution {
  let parameters = Float64Array.from(start);
  let found = Float64Array.from(residuals(parameters));
  if (parameters.length === 0 || found.length < parameters.length) {
    throw new RangeError(
      `Cannot fit: there must be at least one parameter and as many residuals as parameters, got ` +
        `${parameters.length} and ${found.length}`,
    );
  }
  const bad = found.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot fit: residual ${bad} at the start must be finite, got ${found[bad]}`,
    );
  }
  let squares = sumOfSquares(found);
  let slopes = slopesOf(residuals, parameters, found.length);
  let damping = 1e-3;
  for (let step = 0; step < maxSteps && damping < 1e12; step++) {
    const move = moveOf(slopes, found, damping);
    const next = parameters.map((value, k) => value - move[k]!);
    const there = Float64Array.from(residuals(next));
    const sum = sumOfSquares(there);
    // Not a number counts as larger.
    if (!(sum < squares)) {
      damping *= 8;
      continue;
    }
    const gain = squares - sum;
    [parameters, found, squares] = [next, there, sum];
    slopes = slopesOf(residuals, parameters, found.length);
    if (gain <= 1e-14 * squares) break;
    damping = Math.max(damping / 8, 1e-12);
  }
  return { parameters, squares, slopes };
}

function sumOfSquares(residuals: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < residuals.length; i++) sum += residuals[i]! ** 2;
  return sum;
}

/** What is to be taken from the parameters: the solution of `(JᵀJ + damping diag(JᵀJ)) move = Jᵀr`. */
function moveOf(
  slopes: readonly Float64Array[],
  residuals: Float64Array,
  damping: number,
): Float64Array {
  const width = slopes[0]!.length;
  const right = new Float64Array(width);
  const rows = Array.from({ length: width }, (_, k) => new Float64Array(k + 1));
  slopes.forEach((slope, i) => {
    for (let k = 0; k < width; k++) {
      right[k]! += slope[k]! * residuals[i]!;
      for (let j = 0; j <= k; j++) rows[k]![j]! += slope[j]! * slope[k]!;
    }
  });
  // A parameter that nothing depends on here does not move.
  rows.forEach((row, k) => row[k] = row[k]! * (1 + damping) + 1e-12);
  const factor = new Cholesky();
  try {
    factor.adopt(rows);
  } catch (error) {
    // Parameters that all but depend on each other: too little damping to tell them apart.
    if (error instanceof RangeError) return new Float64Array(width);
    throw error;
  }
  return factor.solveUpper(factor.solveLower(right));
}

function slopesOf(
  residuals: LeastSquaresProblem["residuals"],
  parameters: Float64Array,
  count: number,
): Float64Array[] {
  const slopes = Array.from({ length: count }, () => new Float64Array(parameters.length));
  parameters.forEach((value, k) => {
    const step = 1e-5 * Math.max(Math.abs(value), 1e-3);
    const above = residuals(parameters.with(k, value + step));
    const below = residuals(parameters.with(k, value - step));
    slopes.forEach((row, i) => row[k] = (above[i]! - below[i]!) / (2 * step));
  });
  return slopes;
}
