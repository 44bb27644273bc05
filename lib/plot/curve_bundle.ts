import { checkFilled, checkNumber, checkNumbers } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  type FigureOptions,
  layoutOf,
  legendName,
} from "./theme.ts";

/** One of the curves of {@linkcode curveBundle}. */
export interface BundledCurve {
  /** One number an epoch. */
  readonly values: readonly number[];
  /** What it belongs to; curves of one group share a colour. */
  readonly group?: string;
}

/** Options of {@linkcode curveBundle}. */
export interface CurveBundleOptions extends FigureOptions {
  /** What is on the y axis, with its unit, e.g. `"accuracy (%)"`. */
  readonly yLabel: string;
  /** What is on the x axis; `"epoch"` when absent. */
  readonly xLabel?: string;
  /**
   * The groups in the order of their colours; those further back are drawn over those before. As they come
   * when absent.
   */
  readonly groups?: readonly string[];
  /** A value on the y axis to compare with. */
  readonly baseline?: Baseline;
}

/**
 * Draws many learning curves as thin lines, to be seen as a crowd rather than told apart. A curve that ends
 * before the longest one has a cross at its end: it was cut.
 *
 * @param curves The curves, each from the first epoch on.
 * @param options Title, labels, groups.
 * @throws {RangeError} When there is no curve, one is empty or has a number that is not finite, or `groups`
 * lacks one.
 *
 * @example Two of three are cut
 * ```ts
 * import { curveBundle } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = curveBundle([
 *   { values: [0.3], group: "cut" },
 *   { values: [0.4, 0.5], group: "cut" },
 *   { values: [0.5, 0.6, 0.7], group: "whole" },
 * ], { title: "One of three is trained to the end", yLabel: "accuracy" });
 * const [cut, ends, , whole] = figure.data;
 * assertEquals(cut!.y, [0.3, null, 0.4, 0.5, null]);
 * assertEquals([ends!.x, ends!.y], [[1, 2], [0.3, 0.5]]);
 * assertEquals(whole!.x, [1, 2, 3, null]);
 * ```
 */
export function curveBundle(
  curves: readonly BundledCurve[],
  options: CurveBundleOptions,
): Figure {
  const task = "draw curves";
  const { xLabel = "epoch", yLabel, baseline } = options;
  checkFilled(task, "curves", curves);
  curves.forEach(({ values }, i) => checkNumbers(task, `curves[${i}].values`, values));
  if (baseline) checkNumber(task, "baseline.value", baseline.value);
  const found = Map.groupBy(curves, ({ group = "" }) => group);
  const { groups = [...found.keys()] } = options;
  const missed = [...found.keys()].find((name) => !groups.includes(name));
  if (missed !== undefined) {
    throw new RangeError(
      `Cannot ${task}: groups must name all groups of curves, but not "${missed}"`,
    );
  }
  const longest = curves.reduce((most, { values }) => Math.max(most, values.length), 0);
  const all = curves.flatMap(({ values }) => values);
  if (baseline) all.push(baseline.value);
  const { room, ...marks } = baselineParts(baseline, "y");
  return {
    data: groups.flatMap((name, index) => {
      const members = found.get(name);
      return members === undefined ? [] : groupTraces(members, { name, index, longest });
    }),
    layout: {
      ...layoutOf(options, {
        legend: groups.filter((name) => name !== "" && found.has(name)),
        right: room,
      }),
      xaxis: {
        ...axisOf(xLabel),
        // Between a few epochs plotly would write halves.
        ...(longest <= 12 ? { dtick: 1 } : {}),
      },
      yaxis: axisOf(yLabel, { values: all }),
      ...marks,
    },
  };
}

/** The lines of a group as one trace, and the crosses where they are cut. */
function groupTraces(
  curves: readonly BundledCurve[],
  { name, index, longest }: {
    readonly name: string;
    readonly index: number;
    readonly longest: number;
  },
): Trace[] {
  const color = colorOf(index);
  const cut = curves.filter(({ values }) => values.length < longest);
  const base = { type: "scatter", name: legendName(name), legendgroup: name, hoverinfo: "skip" };
  return [
    {
      ...base,
      mode: "lines",
      x: curves.flatMap(({ values }) => [...values.map((_, i) => i + 1), null]),
      y: curves.flatMap(({ values }) => [...values, null]),
      line: { color, width: 1.2 },
      // The more there are, the fainter is each of them.
      opacity: Math.max(0.25, Math.min(1, 12 / curves.length)),
      connectgaps: false,
      showlegend: false,
    },
    ...(cut.length === 0 ? [] : [{
      ...base,
      mode: "markers",
      x: cut.map(({ values }) => values.length),
      y: cut.map(({ values }) => values.at(-1) as number),
      marker: { color, symbol: "x", size: 6 },
      showlegend: false,
    }]),
    // No line at all: the legend would be as faint as the others.
    {
      ...base,
      mode: "lines",
      x: [null],
      y: [null],
      line: { color, width: 2 },
      showlegend: name !== "",
    },
  ];
}
