import type { Rng } from "../engine/rng.ts";
import { median } from "../stats/quantile.ts";
import { fromFeatures, type LatencyEntry, type LatencyTable } from "./latency_table.ts";
import { nonNegativeLeastSquares } from "./non_negative_least_squares.ts";

/** How far a predictor is off on entries that it was not fitted to. */
export interface HeldOutError {
  /** How many entries: those held out that take time and whose ops the fit has seen. */
  readonly entries: number;
  /** The mean of |predicted - measured| / measured. */
  readonly meanRelative: number;
  /** The median of the same. */
  readonly medianRelative: number;
}

/** The time of an op as a sum of what it does, each at its price. Plain JSON. */
export interface LatencyPredictor {
  /** What was measured on. */
  readonly device: string;
  /** Images at a time. */
  readonly batch: number;
  /** Milliseconds that a run of a network takes beside its ops. */
  readonly overhead: number;
  /** Milliseconds for one of each feature, e.g. `conv macs`, `conv elements`, `conv count`. */
  readonly coefficients: { readonly [feature: string]: number };
  /** How far it is off on entries that were held out of the fit; absent where none were. */
  readonly heldOut?: HeldOutError;
}

/** How to fit a predictor. */
export interface FitLatencyOptions {
  /** Chooses what is held out. */
  readonly rng: Rng;
  /** The share of the entries that is held out to measure the error, in [0, 1); 0.25 when absent. */
  readonly holdOut?: number;
}

/**
 * Fits prices of what ops do to measured times: each op costs so much for a call, for an element that
 * it reads or writes, and convolutions and linear layers for a MAC and a weight. Prices are never
 * negative (least squares of the relative errors).
 *
 * The error is that of a fit without the entries held out; the prices returned are those of a fit to
 * all of them.
 *
 * @param table Measured times.
 * @param options Which share to hold out, and the randomness that chooses it.
 * @throws {RangeError} When the table has no entries of a time above 0, or `holdOut` is out of range.
 *
 * @example
 * ```ts
 * import { createRng, fitLatency, type LatencyTable } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // Ten convolutions at 0.1 ms a call and a microsecond for a thousand MACs.
 * const entries = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((size) => {
 *   const features = { "conv count": 1, "conv macs": size * 50_000 };
 *   return [`conv ${size}`, { milliseconds: 0.1 + 0.05 * size, spread: 0, samples: 1, features }];
 * }));
 * const table: LatencyTable = { device: "an example", batch: 1, overhead: 0, entries };
 * const { coefficients, heldOut } = fitLatency(table, { rng: createRng("fit") });
 * assertAlmostEquals(coefficients["conv macs"] ?? NaN, 1e-6, 1e-12);
 * assertAlmostEquals(heldOut?.meanRelative ?? NaN, 0, 1e-6);
 * ```
 */
export function fitLatency(
  { device, batch, overhead, entries }: LatencyTable,
  { rng, holdOut = 0.25 }: FitLatencyOptions,
): LatencyPredictor {
  if (!(holdOut >= 0 && holdOut < 1)) {
    throw new RangeError(`Cannot fit latency: holdOut must be in [0, 1), got ${holdOut}`);
  }
  const known = Object.values(entries);
  if (!known.some(({ milliseconds }) => milliseconds > 0)) {
    throw new RangeError(`Cannot fit latency: the table of "${device}" has no time above 0`);
  }
  const order = rng.shuffle(known);
  const held = order.slice(0, Math.min(Math.floor(holdOut * known.length), known.length - 1));
  const errors = relativeErrors(held, fit(order.slice(held.length)));
  const fitted = { device, batch, overhead, coefficients: fit(known) };
  if (errors.length === 0) return fitted;
  const heldOut = {
    entries: errors.length,
    meanRelative: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    medianRelative: median(errors),
  };
  return { ...fitted, heldOut };
}

function fit(entries: readonly LatencyEntry[]): { [feature: string]: number } {
  const names = [...new Set(entries.flatMap(({ features }) => Object.keys(features)))];
  // Divided by the time, each entry's error counts by its share and not by its size. What takes no
  // time has no share: its prices stay 0 unless another entry has them.
  const timed = entries.filter(({ milliseconds }) => milliseconds > 0);
  const rows = timed.map(({ features, milliseconds }) =>
    names.map((name) => (features[name] ?? 0) / milliseconds)
  );
  const prices = nonNegativeLeastSquares(rows, timed.map(() => 1));
  return Object.fromEntries(names.map((name, i) => [name, prices[i] ?? 0]));
}

/** Errors on the entries whose features the fit has seen. */
function relativeErrors(
  held: readonly LatencyEntry[],
  coefficients: LatencyPredictor["coefficients"],
): number[] {
  return held
    .filter(({ features }) =>
      Object.keys(features).every((name) => Object.hasOwn(coefficients, name))
    )
    .map(({ features, milliseconds }) =>
      Math.abs(fromFeatures(features, { coefficients }) / milliseconds - 1)
    );
}
