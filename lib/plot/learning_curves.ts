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

/** One line of {@linkcode learningCurves}. */
export interface LearningCurve {
  /** What it is; shown in the legend. */
  readonly name: string;
  /** One number an epoch; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
  /** The lower end of a band around the line, e.g. a quartile over seeds. Needs `upper`. */
  readonly lower?: readonly (number | null)[];
  /** The upper end of the band. */
  readonly upper?: readonly (number | null)[];
}

/** Options of {@linkcode learningCurves}. */
export interface LearningCurvesOptions extends FigureOptions {
  /** What is on the y axis, with its unit, e.g. `"accuracy (%)"`. */
  readonly yLabel: string;
  /** What is on the x axis; `"epoch"` when absent. */
  readonly xLabel?: string;
  /** The x of the first value; 1 when absent. */
  readonly start?: number;
  /** Whether the y axis is logarithmic; all numbers must then be positive. */
  readonly logY?: boolean;
  /** A value to compare with. */
  readonly baseline?: Baseline;
}

/**
 * Draws numbers per epoch as lines, with bands where a spread is given.
 *
 * @param curves The lines; they may differ in length.
 * @param options Title, labels, scale.
 * @throws {RangeError} When there is nothing to draw, a number is not finite, or a band has another
 * length than its line.
 *
 * @example Two runs of four epochs
 * ```ts
 * import { learningCurves } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = learningCurves([
 *   { name: "train", values: [0.61, 0.74, 0.82, 0.86] },
 *   { name: "validation", values: [0.6, 0.7, 0.76, 0.75] },
 * ], { title: "The net starts to overfit after three epochs", yLabel: "accuracy" });
 * assertEquals(figure.data[1]!.y, [0.6, 0.7, 0.76, 0.75]);
 * ```
 */
export function learningCurves(
  curves: readonly LearningCurve[],
  options: LearningCurvesOptions,
): Figure {
  const task = "draw learning curves";
  const { xLabel = "epoch", yLabel, start = 1, logY = false, baseline } = options;
  checkFilled(task, "curves", curves);
  checkNumber(task, "start", start);
  const rules = { gaps: true, positive: logY };
  const all: number[] = [];
  const bands: Trace[] = [];
  const lines: Trace[] = [];
  curves.forEach(({ name, values, lower, upper }, i) => {
    checkNumbers(task, `curves[${i}].values`, values, rules);
    const x = values.map((_, k) => start + k);
    const color = colorOf(i);
    if ((lower === undefined) !== (upper === undefined)) {
      throw new RangeError(
        `Cannot ${task}: curves[${i}] must have both lower and upper, or neither`,
      );
    }
    if (lower && upper) {
      const length = values.length;
      checkNumbers(task, `curves[${i}].lower`, lower, { ...rules, length });
      checkNumbers(task, `curves[${i}].upper`, upper, { ...rules, length });
      bands.push(...bandTraces(x, lower, upper, color, name));
    }
    for (const list of [values, lower ?? [], upper ?? []]) {
      for (const value of list) if (value !== null) all.push(value);
    }
    lines.push({
      type: "scatter",
      mode: values.filter((value) => value !== null).length === 1 ? "markers" : "lines",
      name: legendName(name),
      legendgroup: name,
      x,
      y: [...values],
      line: { color, width: 2, dash: dashOf(i) },
      marker: { color, size: 8 },
      connectgaps: false,
    });
  });
  if (baseline) {
    checkNumber(task, "baseline.value", baseline.value, { positive: logY });
    all.push(baseline.value);
  }
  const legend = curves.length > 1 ? curves.map((curve) => curve.name) : [];
  const { room, ...marks } = baselineParts(baseline, "y", logY);
  return {
    data: [...bands, ...lines],
    layout: {
      ...layoutOf(options, { legend, right: room }),
      xaxis: {
        ...axisOf(xLabel),
        // Between a few epochs plotly would write halves.
        ...(curves.every(({ values }) => values.length <= 12) ? { dtick: 1 } : {}),
      },
      yaxis: axisOf(yLabel, { values: all, log: logY }),
      ...marks,
    },
  };
}
