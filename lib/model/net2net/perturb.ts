import type { Rng } from "../../engine/rng.ts";
import type { AxisEntry } from "./axis.ts";

/** What noise to add. */
export interface PerturbOptions {
  /** The channels that are read. */
  readonly rows: readonly AxisEntry[];
  /** The channels that are made. */
  readonly columns: readonly AxisEntry[];
  /** Standard deviation of the noise. */
  readonly deviation: number;
  /** Whether what is read from copies stays as it is. */
  readonly silentRows: boolean;
  /** Draws the noise. */
  readonly rng: Rng;
}

/** Adds noise to the weights `[taps, rows, columns]` of copies, in place. */
export function perturb(weights: Float32Array, options: PerturbOptions): void {
  const { rows, columns, deviation, silentRows, rng } = options;
  for (let at = 0; at < weights.length;) {
    for (const row of rows) {
      for (const column of columns) {
        const isNoisy = row.copy > 0 ? !silentRows : column.copy > 0;
        if (isNoisy) weights[at] = (weights[at] as number) + deviation * rng.normal();
        at++;
      }
    }
  }
}

/** The standard deviation of some numbers. */
export function deviationOf(values: Float32Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}
