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

/** One line of {@linkcode lines}. */
export interface Line {
  /** What it is; shown in the legend. */
  readonly name: string;
  /** Where its points lie, from left to right. */
  readonly x: readonly number[];
  /** Their values. */
  readonly y: readonly number[];
  /** The lower end of a band around the line, e.g. a quartile over repeats. Needs `upper`. */
  readonly lower?: readonly number[];
  /** The upper end of the band. */
  readonly upper?: readonly number[];
}

/** Options of {@linkcode lines}. */
export interface LinesOptions extends FigureOptions {
  /** What is on the x axis, with its unit. */
  readonly xLabel: string;
  /** What is on the y axis, with its unit. */
  readonly yLabel: string;
  /** Whether the x axis is logarithmic. */
  readonly logX?: boolean;
  /** Whether the y axis is logarithmic; all numbers must then be positive. */
  readonly logY?: boolean;
  /** Whether the y axis begins at 0, as amounts ask; not where it is logarithmic. */
  readonly fromZero?: boolean;
  /** Whether a line keeps each value until the next point, as what is reached by steps does. */
  readonly steps?: boolean;
  /** A value on the y axis to compare with. */
  readonly baseline?: Baseline;
}

/**
 * Draws how something depends on a number: points joined by lines, with bands where a spread is given.
 *
 * @param series The lines.
 * @param options Title, labels, scales.
 * @throws {RangeError} When there is nothing to draw, a number is not finite (or not positive on a
 * logarithmic axis), lengths differ, or the x of a line do not rise.
 *
 * @example Time against the size of the batch
 * ```ts
 * import { lines } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = lines([
 *   { name: "tape", x: [1, 8, 64], y: [9, 11, 30] },
 *   { name: "plan", x: [1, 8, 64], y: [0.3, 2, 13] },
 * ], { title: "The tape costs a constant", xLabel: "images", yLabel: "time (ms)", logX: true });
 * assertEquals(figure.data.map(({ name }) => name), ["tape", "plan"]);
 * ```
 */
export function lines(series: readonly Line[], options: LinesOptions): Figure {
  const task = "draw lines";
  const { xLabel, yLabel, logX = false, logY = false, fromZero = false, baseline } = options;
  const { steps = false } = options;
  checkLines(task, "series", { series, logX, logY });
  if (baseline) checkNumber(task, "baseline.value", baseline.value, { positive: logY });

  const all = series.flatMap(({ y, lower = [], upper = [] }) => [...y, ...lower, ...upper]);
  if (baseline) all.push(baseline.value);
  const high = all.reduce((a, b) => Math.max(a, b));
  const { room, ...marks } = baselineParts(baseline, "y", logY);
  return {
    data: [
      ...series.flatMap(({ name, x, lower, upper }, i) =>
        lower && upper ? bandTraces(x, lower, upper, colorOf(i), name) : []
      ),
      ...series.map((line, i) => lineTrace(line, i, steps)),
    ],
    layout: {
      ...layoutOf(options, {
        legend: series.length > 1 ? series.map(({ name }) => name) : [],
        right: room,
      }),
      xaxis: axisOf(xLabel, { values: series.flatMap(({ x }) => x), log: logX }),
      yaxis: axisOf(yLabel, {
        values: all,
        log: logY,
        ...(fromZero && !logY ? { range: [0, 1.05 * high] } : {}),
      }),
      ...marks,
    },
  };
}

/** What {@linkcode checkLines} looks at. */
interface Checked {
  readonly series: readonly Line[];
  readonly logX: boolean;
  readonly logY: boolean;
}

/** Throws a `RangeError` unless lines can be drawn; it names the place of what is wrong. */
export function checkLines(task: string, place: string, { series, logX, logY }: Checked): void {
  checkFilled(task, place, series);
  series.forEach(({ x, y, lower, upper }, i) => {
    const line = `${place}[${i}]`;
    checkNumbers(task, `${line}.x`, x, { positive: logX });
    if (x.some((value, k) => k > 0 && value <= x[k - 1]!)) {
      throw new RangeError(`Cannot ${task}: ${line}.x must rise`);
    }
    if ((lower === undefined) !== (upper === undefined)) {
      throw new RangeError(`Cannot ${task}: ${line} must have both lower and upper, or neither`);
    }
    for (const [name, values] of Object.entries({ y, lower, upper })) {
      const rules = { positive: logY, length: x.length };
      if (values) checkNumbers(task, `${line}.${name}`, values, rules);
    }
  });
}

/** The trace of a line, in the colour of its place among the names. */
export function lineTrace({ name, x, y }: Line, index: number, steps = false): Trace {
  const color = colorOf(index);
  return {
    type: "scatter",
    mode: "lines+markers",
    name: legendName(name),
    legendgroup: name,
    x: [...x],
    y: [...y],
    line: { color, width: 2, dash: dashOf(index), ...(steps ? { shape: "hv" } : {}) },
    marker: { color, size: 7 },
  };
}
