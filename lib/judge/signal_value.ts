import { correlate, type CorrelateOptions, type Direction } from "../stats/mod.ts";

/** What a cheap signal said of each network, and what it took. */
export interface SignalColumn {
  /** Its name. */
  readonly name: string;
  /** What it said of each network; `NaN` where it said nothing, which ranks last. */
  readonly values: readonly number[];
  /** CPU seconds for each network. */
  readonly seconds: readonly number[];
  /** Whether more or less of it promises a better network; `"maximize"` when absent. */
  readonly direction?: Direction;
  /** What kind of signal it is, e.g. `"fewer epochs"`; its points share a colour in a plot. */
  readonly group?: string;
}

/** What a signal is worth; with the fields of a point that `scatter` draws. */
export interface SignalPoint {
  /** The signal's name. */
  readonly label: string;
  /** What kind of signal it is, where it was said. */
  readonly group?: string;
  /** CPU seconds for a network, the mean. */
  readonly x: number;
  /** Spearman's correlation with the whole training. */
  readonly y: number;
  /** How far its bootstrap interval reaches below and above. */
  readonly error: readonly [below: number, above: number];
  /** Kendall's tau-b. */
  readonly kendall: number;
  /** Whether no other signal ranks as well in less time or better in as little. */
  readonly isOnFront: boolean;
}

/**
 * What cheap signals are worth: how well each ranks networks as the whole training does, against the CPU
 * seconds that it takes. The points are ready to be drawn:
 * `scatter(points, { xLabel: "CPU seconds a network", yLabel: "Spearman", logX: true })`.
 *
 * @param signals The signals, of the same networks in the same order.
 * @param accuracies The accuracy that each network's whole training came to.
 * @param options How intervals are found.
 * @returns A point for each signal, in their order.
 * @throws {RangeError} When there is no signal, a column has another length, a time is negative or not
 * finite, an accuracy is `NaN`, or a signal ranks nothing because it says the same of all.
 *
 * @example
 * ```ts
 * import { signalValue } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const accuracies = [0.6, 0.7, 0.8, 0.9];
 * const points = signalValue([
 *   { name: "one epoch", values: [0.3, 0.4, 0.35, 0.5], seconds: [1, 1, 2, 2] },
 *   { name: "loss sum", values: [5, 4, 3, 2], seconds: [2, 2, 4, 4], direction: "minimize" },
 * ], accuracies);
 * assertEquals(points.map(({ label, x, y }) => [label, x, y]), [
 *   ["one epoch", 1.5, 0.8],
 *   ["loss sum", 3, 1],
 * ]);
 * ```
 */
export function signalValue(
  signals: readonly SignalColumn[],
  accuracies: readonly number[],
  options: Pick<CorrelateOptions, "resamples" | "level" | "seed"> = {},
): SignalPoint[] {
  if (signals.length === 0) {
    throw new RangeError("Cannot value signals: there must be at least one");
  }
  const points = signals.map((signal) => {
    checkSignal(signal, accuracies.length);
    const { name, values, seconds, direction = "maximize", group } = signal;
    const found = correlate(values, accuracies, { ...options, direction, at: [] });
    if (Number.isNaN(found.spearman)) {
      throw new RangeError(
        `Cannot value signals: ${name} ranks nothing, as it or the accuracies are all the same`,
      );
    }
    const [low, high] = found.spearmanInterval;
    return {
      label: name,
      ...(group === undefined ? {} : { group }),
      x: seconds.reduce((sum, each) => sum + each, 0) / seconds.length,
      y: found.spearman,
      // The interval need not hold the correlation itself.
      error: [below(found.spearman, low), below(high, found.spearman)] as const,
      kendall: found.kendall,
    };
  });
  return points.map((point) => ({
    ...point,
    isOnFront: !points.some((other) =>
      other.x <= point.x && other.y >= point.y && (other.x < point.x || other.y > point.y)
    ),
  }));
}

/** How far the lower of two numbers is below the higher; 0 where it is not, or there is none. */
function below(high: number, low: number): number {
  return high > low ? high - low : 0;
}

function checkSignal({ name, values, seconds }: SignalColumn, count: number): void {
  for (const [column, { length }] of Object.entries({ values, seconds })) {
    if (length === count) continue;
    throw new RangeError(
      `Cannot value signals: ${column} of ${name} must have ${count} numbers as accuracies, got ${length}`,
    );
  }
  const bad = seconds.find((each) => !(each >= 0 && each < Infinity));
  if (bad !== undefined) {
    throw new RangeError(`Cannot value signals: seconds of ${name} must be 0 or more, got ${bad}`);
  }
}
