import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { wrapText } from "./text_width.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  type FigureOptions,
  label,
  layoutOf,
  legendName,
  nameTicks,
} from "./theme.ts";

/** One dot of {@linkcode dotPlot}. */
export interface Dot {
  /** What it stands for; dots of one label lie in one row. */
  readonly label: string;
  /** Where it lies; `NaN` where that is not defined, which is written in its row. */
  readonly value: number;
  /** From where to where the value may be, such as a bootstrap interval; none where both are `NaN`. */
  readonly interval?: readonly [low: number, high: number];
  /** What it belongs to; dots of one group share a colour and a mark. */
  readonly group?: string;
}

/** Options of {@linkcode dotPlot}. */
export interface DotPlotOptions extends FigureOptions {
  /** What the values are, with their unit. */
  readonly xLabel: string;
  /** The ends of the axis of values; all there is, with a little room, when absent. */
  readonly range?: readonly [low: number, high: number];
  /** A value to compare with. */
  readonly baseline?: Baseline;
  /** The groups in the order of their colours, so that several figures agree; as they come when absent. */
  readonly groups?: readonly string[];
  /** Labels that stand out. */
  readonly highlight?: readonly string[];
  /** What is written, once in a row, where values are `NaN`; `"not defined"` when absent. */
  readonly missing?: string;
}

const MARKS = ["circle", "diamond", "square", "triangle-up"];
const ROW = 24;
/** How far apart the dots of two groups lie in a row, in rows; it takes more room for them. */
const STEP = 0.24;
const NAME_WIDTH = 220;
const NAME_SIZE = 12;

/**
 * Draws numbers as dots (Cleveland 1984), a row for each label, each with the interval that it may lie in.
 * Unlike bars they need no zero, and what tells is whether intervals keep apart.
 *
 * @param dots The dots; rows come from the top in the order of the labels, groups in theirs.
 * @param options Title, label, range.
 * @throws {RangeError} When there is no dot, a number is infinite, the ends of an interval or a range are
 * the wrong way round, a label comes twice in a group, `groups` lacks one, or
 * `highlight` names no label.
 *
 * @example A scoreboard
 * ```ts
 * import { dotPlot, scoreboardOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const board = scoreboardOf(
 *   { size: [10, 30, 20, 40, 50], noise: [3, 1, 4, 1, 5] },
 *   [0.7, 0.8, 0.75, 0.9, 0.85],
 * );
 * const figure = dotPlot(
 *   board.rows.map(({ proxy, spearman, low, high }) => (
 *     { label: proxy, value: spearman, interval: [low, high] }
 *   )),
 *   { title: "Size ranks better", xLabel: "Spearman's ρ" },
 * );
 * assertEquals(figure.data.at(-1)!.x, board.rows.map(({ spearman }) => spearman));
 * ```
 */
export function dotPlot(dots: readonly Dot[], options: DotPlotOptions): Figure {
  const task = "draw dots";
  const { range, baseline, highlight = [], missing = "not defined" } = options;
  checkDots(task, dots);
  if (range) checkEnds(task, "range", range);
  if (baseline) checkNumber(task, "baseline.value", baseline.value);
  const labels = [...new Set(dots.map(({ label }) => label))];
  const strange = highlight.find((name) => !labels.includes(name));
  if (strange !== undefined) {
    throw new RangeError(`Cannot ${task}: highlight must name labels, got ${strange}`);
  }

  const found = new Set(dots.map(({ group = "" }) => group));
  const { groups = [...found] } = options;
  const missed = [...found].find((name) => !groups.includes(name));
  if (missed !== undefined) {
    throw new RangeError(
      `Cannot ${task}: groups must name all groups of dots, but not "${missed}"`,
    );
  }
  const rows = Map.groupBy(dots, ({ label }) => label);
  /** Beside each other lie only those that share a row. */
  const placeOf = (dot: Dot): number => {
    const row = rows.get(dot.label) as Dot[];
    const order = groups.filter((name) => row.some(({ group = "" }) => group === name));
    const middle = (order.length - 1) / 2;
    return labels.indexOf(dot.label) + STEP * (order.indexOf(dot.group ?? "") - middle);
  };
  const crowd = Math.max(...[...rows.values()].map(({ length }) => length));
  const extent = range ?? roomy(
    dots.flatMap(({ value, interval = [] }) => [
      value,
      ...interval,
      ...(baseline ? [baseline.value] : []),
    ]).filter((end) => !Number.isNaN(end)),
  );
  const { room, ...lines } = baselineParts(baseline, "x");
  const members = groups.map((name) => dots.filter(({ group = "" }) => group === name));
  const names = labels.map((text) => {
    const lines = label(wrapText(text, NAME_WIDTH, NAME_SIZE).join("\n"));
    return highlight.includes(text) ? `<b>${lines}</b>` : lines;
  });
  return {
    data: [
      ...members.map((some, g) => intervalsTrace(some, placeOf, colorOf(g))),
      ...members.map((some, g) => dotsTrace(some, placeOf, { group: groups[g]!, index: g })),
    ],
    layout: {
      ...layoutOf(options, {
        legend: groups.filter((name) => name !== "" && found.has(name)),
        height: Math.max(240, 120 + Math.round(labels.length * (ROW + 8 * (crowd - 1)))),
        above: room,
      }),
      xaxis: axisOf(options.xLabel, { values: extent, range: extent }),
      yaxis: {
        ...axisOf(""),
        ...nameTicks([]),
        tickvals: labels.map((_, i) => i),
        ticktext: names,
        range: [labels.length - 0.5, -0.5],
      },
      shapes: lines.shapes,
      annotations: [
        ...lines.annotations,
        ...[...rows.values()].map((row) => row.filter(({ value }) => Number.isNaN(value)))
          .filter(({ length }) => length > 0).map((gaps) => ({
            xref: "paper",
            x: 0,
            xanchor: "left",
            xshift: 6,
            // Once in a row, however many are missing: two would lie on each other.
            y: gaps.reduce((sum, dot) => sum + placeOf(dot), 0) / gaps.length,
            text: label(missing),
            showarrow: false,
            font: { size: 11, color: "#767676" },
            bgcolor: "#FFFFFF",
          })),
      ],
    },
  };
}

function checkDots(task: string, dots: readonly Dot[]): void {
  checkFilled(task, "dots", dots);
  const seen = new Set<string>();
  dots.forEach(({ label, value, interval, group = "" }, i) => {
    if (!Number.isNaN(value)) checkNumber(task, `dots[${i}].value`, value);
    if (interval && !interval.every(Number.isNaN)) checkEnds(task, `dots[${i}].interval`, interval);
    const key = JSON.stringify([group, label]);
    if (seen.has(key)) {
      throw new RangeError(`Cannot ${task}: dots[${i}] has the label "${label}" again`);
    }
    seen.add(key);
  });
}

function checkEnds(task: string, name: string, ends: readonly [number, number]): void {
  ends.forEach((end, i) => checkNumber(task, `${name}[${i}]`, end));
  if (ends[0] > ends[1]) {
    throw new RangeError(`Cannot ${task}: ${name} must rise, got ${ends[0]} to ${ends[1]}`);
  }
}

/** From the least to the largest, with a little room; 0 to 1 where there is nothing. */
function roomy(ends: readonly number[]): [number, number] {
  if (ends.length === 0) return [0, 1];
  const low = ends.reduce((a, b) => Math.min(a, b));
  const high = ends.reduce((a, b) => Math.max(a, b));
  const room = 0.04 * (high - low) || 0.5 * Math.abs(high) || 1;
  return [low - room, high + room];
}

function intervalsTrace(
  dots: readonly Dot[],
  placeOf: (dot: Dot) => number,
  color: string,
): Trace {
  const known = dots.flatMap((dot) => {
    const { interval } = dot;
    return interval && !Number.isNaN(interval[0]) ? [{ dot, interval }] : [];
  });
  return {
    type: "scatter",
    mode: "lines",
    x: known.flatMap(({ interval }) => [...interval, null]),
    y: known.flatMap(({ dot }) => [placeOf(dot), placeOf(dot), null]),
    line: { color, width: 2 },
    opacity: 0.55,
    hoverinfo: "skip",
    showlegend: false,
  };
}

function dotsTrace(
  dots: readonly Dot[],
  placeOf: (dot: Dot) => number,
  { group, index }: { readonly group: string; readonly index: number },
): Trace {
  const known = dots.filter(({ value }) => !Number.isNaN(value));
  return {
    type: "scatter",
    mode: "markers",
    name: legendName(group),
    x: known.map(({ value }) => value),
    y: known.map(placeOf),
    text: known.map((dot) => label(dot.label)),
    marker: { color: colorOf(index), symbol: MARKS[index % MARKS.length], size: 9 },
    hovertemplate: `%{text}: %{x}<extra>${label(group)}</extra>`,
    showlegend: group !== "" && dots.length > 0,
  };
}
