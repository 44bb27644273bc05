import type { Direction } from "../stats/pareto.ts";
import { bandTraces } from "./bands.ts";
import { checkFilled, checkNumber, checkNumbers } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  dashOf,
  type FigureOptions,
  layoutOf,
  legendName,
} from "./theme.ts";

/** One search of {@linkcode incumbentCurve}, or the average of several. */
export interface IncumbentSeries {
  /** What it is; shown in the legend. */
  readonly name: string;
  /** The objective of each trial in order; `null` for a trial that gave none. */
  readonly values: readonly (number | null)[];
  /** Where each trial stands on the x axis, e.g. seconds so far; 1, 2, 3 … when absent. */
  readonly x?: readonly number[];
  /** The lower end of a band around the best so far, over repeated searches. Needs `upper`. */
  readonly lower?: readonly (number | null)[];
  /** The upper end of the band. */
  readonly upper?: readonly (number | null)[];
}

/** Options of {@linkcode incumbentCurve}. */
export interface IncumbentCurveOptions extends FigureOptions {
  /** Whether the objective is to be small or large. */
  readonly direction: Direction;
  /** What the objective is, with its unit. */
  readonly yLabel: string;
  /** What is on the x axis; `"trials"` when absent. */
  readonly xLabel?: string;
  /** Whether each trial is a faint dot; when absent, those of series without a band are. */
  readonly trials?: boolean;
  /** Whether the x axis is logarithmic. */
  readonly logX?: boolean;
  /** Whether the y axis is logarithmic, which suits regret. */
  readonly logY?: boolean;
  /** A value to compare with, e.g. the best there is. */
  readonly baseline?: Baseline;
}

/**
 * Draws how the best value so far improves during a search: a step at each improvement, and the
 * trials behind it as faint dots.
 *
 * @param series The searches.
 * @param options The objective's direction, title, labels, scales.
 * @throws {RangeError} When there is nothing to draw, a number is not finite, lengths differ, or `x`
 * falls.
 *
 * @example The best of four trials
 * ```ts
 * import { incumbentCurve } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = incumbentCurve([{ name: "random", values: [0.5, 0.7, 0.6, 0.8] }], {
 *   direction: "maximize",
 *   title: "Random search",
 *   yLabel: "accuracy",
 * });
 * assertEquals(figure.data.at(-1)!.y, [0.5, 0.7, 0.7, 0.8]);
 * ```
 */
export function incumbentCurve(
  series: readonly IncumbentSeries[],
  options: IncumbentCurveOptions,
): Figure {
  const task = "draw an incumbent curve";
  const { direction, xLabel = "trials", yLabel, logX = false, logY = false, baseline } = options;
  if (direction !== "minimize" && direction !== "maximize") {
    throw new TypeError(
      `Cannot ${task}: direction must be "minimize" or "maximize", got ${direction}`,
    );
  }
  checkFilled(task, "series", series);
  const dots: Trace[] = [];
  const bands: Trace[] = [];
  const lines: Trace[] = [];
  const [allX, allY]: [number[], number[]] = [[], []];
  series.forEach(({ name, values, x, lower, upper }, i) => {
    const rules = { gaps: true, positive: logY };
    checkNumbers(task, `series[${i}].values`, values, rules);
    const length = values.length;
    const at = x ?? values.map((_, k) => k + 1);
    checkNumbers(task, `series[${i}].x`, at, { positive: logX, length });
    at.forEach((value, k) => {
      if (k > 0 && value < at[k - 1]!) {
        throw new RangeError(
          `Cannot ${task}: series[${i}].x must not fall, got ${value} after ${at[k - 1]} at ${k}`,
        );
      }
    });
    if ((lower === undefined) !== (upper === undefined)) {
      throw new RangeError(
        `Cannot ${task}: series[${i}] must have both lower and upper, or neither`,
      );
    }
    const color = colorOf(i);
    if (options.trials ?? lower === undefined) {
      dots.push({
        type: "scatter",
        mode: "markers",
        name: legendName(name),
        x: [...at],
        y: [...values],
        marker: { color, size: 5, opacity: 0.3 },
        legendgroup: name,
        showlegend: false,
        hovertemplate: "trial at %{x}: %{y}",
      });
    }
    if (lower && upper) {
      checkNumbers(task, `series[${i}].lower`, lower, { ...rules, length });
      checkNumbers(task, `series[${i}].upper`, upper, { ...rules, length });
      bands.push(...bandTraces(at, lower, upper, color, name, true));
    }
    lines.push({
      type: "scatter",
      mode: length === 1 ? "markers" : "lines",
      name: legendName(name),
      x: [...at],
      y: bestSoFar(values, direction),
      line: { color, width: 2, dash: dashOf(i), shape: "hv" },
      marker: { color, size: 8 },
      legendgroup: name,
    });
    for (const value of at) allX.push(value);
    for (const list of [values, lower ?? [], upper ?? []]) {
      for (const value of list) if (value !== null) allY.push(value);
    }
  });
  if (baseline) {
    checkNumber(task, "baseline.value", baseline.value, { positive: logY });
    allY.push(baseline.value);
  }
  const legend = series.length > 1 ? series.map((one) => one.name) : [];
  const { room, ...marks } = baselineParts(baseline, "y", logY);
  return {
    data: [...dots, ...bands, ...lines],
    layout: {
      ...layoutOf(options, { legend, right: room }),
      xaxis: {
        ...axisOf(xLabel, { values: allX, log: logX }),
        // Between a few trials plotly would write halves.
        ...(series.every(({ values, x }) => x === undefined && values.length <= 12) && !logX
          ? { dtick: 1 }
          : {}),
      },
      yaxis: axisOf(yLabel, { values: allY, log: logY }),
      ...marks,
    },
  };
}

/** The best value up to each place; `null` before the first. */
function bestSoFar(
  values: readonly (number | null)[],
  direction: Direction,
): (number | null)[] {
  let best: number | null = null;
  return values.map((value) => {
    if (value !== null) {
      if (best === null || (direction === "maximize" ? value > best : value < best)) best = value;
    }
    return best;
  });
}
