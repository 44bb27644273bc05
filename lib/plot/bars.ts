import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { formatNumber, shortNumber } from "./format_number.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  type FigureOptions,
  INK,
  label,
  layoutOf,
  legendName,
  nameTicks,
} from "./theme.ts";
import { wrapText } from "./text_width.ts";

/** One bar of {@linkcode bars}. */
export interface Bar {
  /** What it stands for; bars of one label stand side by side. */
  readonly label: string;
  /** Its length. */
  readonly value: number;
  /** How far the value may be off: one number for both sides, or how far below and how far above. */
  readonly error?: number | readonly [below: number, above: number];
  /** What it belongs to; bars of one group share a colour. */
  readonly group?: string;
}

/** Options of {@linkcode bars}. */
export interface BarsOptions extends FigureOptions {
  /** What the values are, with their unit. */
  readonly yLabel: string;
  /** What the labels are; nothing when absent. */
  readonly xLabel?: string;
  /** Whether the bars lie, which leaves room for long labels. */
  readonly horizontal?: boolean;
  /** Whether the bars of a label stand on each other, as parts of a whole; none may be negative then. */
  readonly stacked?: boolean;
  /** Whether the values are written at the bars' ends; of stacked ones, what they come to together. */
  readonly annotate?: boolean;
  /** Digits of the written values; 3 significant when absent. */
  readonly digits?: number;
  /** The ends of the axis of values; from zero when absent. */
  readonly range?: readonly [low: number, high: number];
  /** A value to compare with. */
  readonly baseline?: Baseline;
}

/**
 * Draws numbers as bars, side by side where several groups have the same label, with error bars
 * where a spread is given.
 *
 * @param items The bars; labels and groups keep the order in which they come.
 * @param options Title, labels, direction.
 * @throws {RangeError} When there is no bar, a number is not finite, an error is negative, or a label
 * comes twice in a group.
 *
 * @example Two strategies with their standard deviations
 * ```ts
 * import { bars } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = bars([
 *   { label: "random", value: 91.2, error: 0.8 },
 *   { label: "evolution", value: 93.4, error: 0.3 },
 * ], { title: "Evolution wins", yLabel: "accuracy (%)", range: [85, 95] });
 * assertEquals(figure.data[0]!.y, [91.2, 93.4]);
 * ```
 */
export function bars(items: readonly Bar[], options: BarsOptions): Figure {
  const task = "draw bars";
  const { horizontal = false, stacked = false, annotate = false, range, baseline } = options;
  checkFilled(task, "items", items);
  const seen = new Set<string>();
  const spans = items.map((item, i): [number, number] => {
    const { value, error = 0, group = "" } = item;
    checkNumber(task, `items[${i}].value`, value);
    const [below, above] = typeof error === "number" ? [error, error] : error;
    for (const side of [below, above]) {
      checkNumber(task, `items[${i}].error`, side);
      if (side < 0) {
        throw new RangeError(`Cannot ${task}: items[${i}].error must not be negative, got ${side}`);
      }
    }
    if (stacked && (value < 0 || item.error !== undefined)) {
      throw new RangeError(
        `Cannot ${task}: items[${i}] must have no error and not be negative where bars are stacked`,
      );
    }
    const key = JSON.stringify([group, item.label]);
    if (seen.has(key)) {
      throw new RangeError(`Cannot ${task}: items[${i}] has the label "${item.label}" again`);
    }
    seen.add(key);
    return [below, above];
  });
  if (range) range.forEach((end, i) => checkNumber(task, `range[${i}]`, end));
  if (baseline) checkNumber(task, "baseline.value", baseline.value);

  const labels = [...new Set(items.map((item) => item.label))];
  const groups = [...new Set(items.map((item) => item.group ?? ""))];
  // Bars stand at numbers, so that the written values can stand exactly over them.
  const width = stacked ? 0.8 : 0.8 / groups.length;
  const placeOf = (item: Bar): number =>
    labels.indexOf(item.label) +
    (stacked ? 0 : width * (groups.indexOf(item.group ?? "") + 0.5) - 0.4);
  const orient = (places: unknown, values: unknown): { x: unknown; y: unknown } =>
    horizontal ? { x: values, y: places } : { x: places, y: values };

  const data: Trace[] = groups.map((group, g) => {
    const members = items.flatMap((item, i) => (item.group ?? "") === group ? [i] : []);
    const color = colorOf(g);
    const hasError = members.some((i) => items[i]!.error !== undefined);
    const errorBar = {
      type: "data",
      symmetric: false,
      array: members.map((i) => spans[i]![1]),
      arrayminus: members.map((i) => spans[i]![0]),
      color: INK,
      thickness: 1.5,
      width: 5,
    };
    return {
      type: "bar",
      orientation: horizontal ? "h" : "v",
      name: legendName(group),
      ...orient(members.map((i) => placeOf(items[i]!)), members.map((i) => items[i]!.value)),
      width: width * (groups.length > 1 && !stacked ? 0.94 : 0.85),
      marker: { color },
      text: members.map((i) => label(items[i]!.label)),
      textposition: "none",
      hovertemplate: `%{text}: %{${horizontal ? "x" : "y"}}<extra>${label(group)}</extra>`,
      ...(hasError ? { [horizontal ? "error_x" : "error_y"]: errorBar } : {}),
    };
  });
  const whole = stacked ? labels.map((name) => totalOf(items, name)) : items;
  if (annotate) data.push(valuesTrace(whole, spans, placeOf, options));

  const ends = whole.flatMap(({ value }, i) => [value - spans[i]![0], value + spans[i]![1]]);
  if (baseline) ends.push(baseline.value);
  const size = options.width ?? 720;
  const valueAxis = axisOf(options.yLabel, {
    values: ends,
    range: range ??
      (annotate ? roomyRange(ends, horizontal ? 70 / (size - 300) : 0.08) : undefined),
  });
  const room = horizontal ? 220 : Math.max(40, (size - 120) / labels.length - 8);
  const labelAxis = {
    ...axisOf(options.xLabel ?? "", { grid: false }),
    ...nameTicks(labels.map((text) => wrapText(text, room, 12).join("\n"))),
    range: horizontal ? [labels.length - 0.5, -0.5] : [-0.5, labels.length - 0.5],
    showline: !ends.some((end) => end < 0),
  };
  const baselineAt = baselineParts(baseline, horizontal ? "x" : "y");
  const { shapes, annotations } = baselineAt;
  return {
    data,
    layout: {
      ...layoutOf(options, {
        legend: groups.filter((group) => group !== ""),
        ...(horizontal
          ? {
            height: Math.max(
              240,
              Math.round(130 + labels.length * (16 + 16 * (stacked ? 1 : groups.length))),
            ),
            above: baselineAt.room,
          }
          : { right: baselineAt.room }),
      }),
      ...(stacked ? { barmode: "stack" } : {}),
      xaxis: horizontal ? valueAxis : labelAxis,
      yaxis: horizontal ? labelAxis : valueAxis,
      shapes,
      annotations,
    },
  };
}

/** All bars of a label as one. */
function totalOf(items: readonly Bar[], label: string): Bar {
  const parts = items.filter((item) => item.label === label);
  return { label, value: parts.reduce((sum, { value }) => sum + value, 0) };
}

/** From zero to the ends of the bars, and further by a share of that where numbers are written. */
function roomyRange(ends: readonly number[], share: number): [number, number] {
  const low = ends.reduce((a, b) => Math.min(a, b), 0);
  const high = ends.reduce((a, b) => Math.max(a, b), 0);
  const room = (high - low || 1) * share;
  return [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
}

/** Between a bar's end and its value, in parts of the axis. */
const GAP = 0.008;

/** The values as text beyond the ends of the bars and their errors. */
function valuesTrace(
  items: readonly Bar[],
  spans: readonly [number, number][],
  placeOf: (item: Bar) => number,
  { horizontal = false, digits, range }: BarsOptions,
): Trace {
  const places = items.map(placeOf);
  const [low, high] = range ?? roomyRange(items.map((item) => item.value), 0);
  const gap = GAP * (high - low);
  const ends = items.map(({ value }, i) =>
    value < 0 ? value - spans[i]![0] - gap : value + spans[i]![1] + gap
  );
  return {
    type: "scatter",
    mode: "text",
    x: horizontal ? ends : places,
    y: horizontal ? places : ends,
    text: items.map(({ value }) => {
      const text = digits === undefined ? shortNumber(value) : formatNumber(value, digits);
      return horizontal ? `\u00a0${text}\u00a0` : text;
    }),
    textposition: items.map((item) =>
      horizontal
        ? `middle ${item.value < 0 ? "left" : "right"}`
        : `${item.value < 0 ? "bottom" : "top"} center`
    ),
    textfont: { size: 12, color: INK },
    cliponaxis: false,
    hoverinfo: "skip",
    showlegend: false,
  };
}
