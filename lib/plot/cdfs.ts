import { checkFilled, checkNumber, checkNumbers } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  dashOf,
  type FigureOptions,
  label,
  layoutOf,
  legendName,
} from "./theme.ts";

/** One curve of {@linkcode cdfs}. */
export interface Distribution {
  /** What it is; shown in the legend. */
  readonly name: string;
  /** The numbers, in any order. */
  readonly values: readonly number[];
}

/** Options of {@linkcode cdfs}. */
export interface CdfsOptions extends FigureOptions {
  /** What the numbers are, with their unit. */
  readonly xLabel: string;
  /** Of what the shares are; `"share of at most that"` when absent. */
  readonly yLabel?: string;
  /** Whether the x axis is logarithmic; all numbers must then be positive. */
  readonly logX?: boolean;
  /** Indices of the distributions that stand out, with colours and names; all when absent. */
  readonly highlight?: readonly number[];
  /** What the others are together, in the legend; `"others"` when absent. */
  readonly othersLabel?: string;
  /** A share to compare at, from 0 to 1. */
  readonly baseline?: Baseline;
}

/** Curves of more numbers are drawn through so many of them, evenly by rank. */
const MOST_POINTS = 200;
/** Grey that shows dark where many curves lie on each other. */
const BEHIND = "rgba(110,110,110,0.35)";

/**
 * Draws empirical distribution functions: over each number the share of the values that are at most as
 * large. Of two curves the one further to the right belongs to larger values.
 *
 * Curves step up at values; of very many values so many steps are drawn as can be told apart.
 *
 * @param distributions The curves.
 * @param options Title, labels, which curves stand out.
 * @throws {RangeError} When there is nothing to draw, a number is not finite (or not positive on a
 * logarithmic axis), or `highlight` names no distribution.
 *
 * @example
 * ```ts
 * import { cdfs } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = cdfs([
 *   { name: "w0.3 r48", values: [2, 3, 3, 4] },
 *   { name: "w0.5 r144", values: [45, 47, 50, 54] },
 * ], { title: "The wider space has more MACs", xLabel: "MACs (millions)" });
 * assertEquals(figure.data[0]!.x, [2, 2, 3, 4]);
 * assertEquals(figure.data[0]!.y, [0, 0.25, 0.75, 1]);
 * ```
 */
export function cdfs(distributions: readonly Distribution[], options: CdfsOptions): Figure {
  const task = "draw distributions";
  const { xLabel, yLabel = "share of at most that", logX = false, baseline } = options;
  checkFilled(task, "distributions", distributions);
  distributions.forEach(({ values }, i) =>
    checkNumbers(task, `distributions[${i}].values`, values, { positive: logX })
  );
  const { highlight = distributions.map((_, i) => i), othersLabel = "others" } = options;
  for (const index of highlight) {
    if (distributions[index] === undefined) {
      throw new RangeError(
        `Cannot ${task}: highlight must name distributions 0 to ${distributions.length - 1}, got ` +
          index,
      );
    }
  }
  if (baseline) {
    checkNumber(task, "baseline.value", baseline.value);
    if (!(baseline.value >= 0 && baseline.value <= 1)) {
      throw new RangeError(
        `Cannot ${task}: baseline.value must be from 0 to 1, got ${baseline.value}`,
      );
    }
  }

  const noted = [...new Set(highlight)];
  const others = distributions.filter((_, i) => !noted.includes(i));
  const all = distributions.flatMap(({ values }) => values);
  const { room, ...marks } = baselineParts(baseline, "y");
  const names = [
    ...noted.map((i) => distributions[i]!.name),
    ...(others.length > 0 && noted.length > 0 ? [othersLabel] : []),
  ];
  const behind = { color: BEHIND, width: 1, dash: "solid" };
  return {
    data: [
      ...others.map((each, i): Trace => ({
        ...curve(each, behind),
        legendgroup: "others",
        legendrank: 2000,
        showlegend: i === 0,
        ...(i === 0 ? { name: legendName(othersLabel) } : {}),
      })),
      ...noted.map((index, i) =>
        curve(distributions[index]!, { color: colorOf(i), width: 2.5, dash: dashOf(i) })
      ),
    ],
    layout: {
      ...layoutOf(options, { legend: names.length > 1 ? names : [], right: room }),
      xaxis: axisOf(xLabel, { values: all, log: logX, range: roomy(all, logX) }),
      yaxis: axisOf(yLabel, { range: [0, 1.03] }),
      ...marks,
    },
  };
}

/** From the least value to the largest, with a little room for the ends of the curves. */
function roomy(values: readonly number[], log: boolean): [low: number, high: number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (log) {
    const factor = high === low ? 2 : (high / low) ** 0.02;
    return [low / factor, high * factor];
  }
  const room = high === low ? Math.abs(high) || 1 : 0.02 * (high - low);
  return [low - room, high + room];
}

function curve({ name, values }: Distribution, line: Readonly<Record<string, unknown>>): Trace {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  // The last of equal values, where the share stands when all of them are counted.
  const ends = sorted.flatMap((value, i) => value === sorted[i + 1] ? [] : [i]);
  const drawn = ends.length <= MOST_POINTS ? ends : Array.from(
    { length: MOST_POINTS },
    (_, i) => ends[Math.round(i * (ends.length - 1) / (MOST_POINTS - 1))]!,
  );
  return {
    type: "scatter",
    mode: "lines",
    name: legendName(name),
    x: [sorted[0]!, ...drawn.map((i) => sorted[i]!)],
    y: [0, ...drawn.map((i) => (i + 1) / count)],
    line: { ...line, shape: "hv" },
    hovertemplate: `%{y:.0%} at most %{x}<extra>${label(name)}</extra>`,
  };
}
