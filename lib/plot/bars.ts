import { checkFilled, checkNumber } from "./checks.ts";
import { checkError, errorBars } from "./errors.ts";
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
import { textWidth, wrapText } from "./text_width.ts";

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
  /** What is written at its end in place of the value, where values are written. */
  readonly text?: string;
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
  /**
   * Whether the axis of values is logarithmic, for amounts that differ by orders of magnitude: what
   * tells then is where bars end, not how long they are. All must be positive, and none stacked.
   */
  readonly log?: boolean;
  /**
   * The ends of the axis of values; when absent from zero, or on a logarithmic axis from the power of
   * ten below the least.
   */
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
 * @throws {RangeError} When there is no bar, a number is not finite (or not positive on a log axis), an
 * error is negative, a label comes twice in a group, or bars are stacked on a log axis.
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
  const { log = false } = options;
  checkFilled(task, "items", items);
  if (log && stacked) {
    throw new RangeError(`Cannot ${task}: bars on a log axis must not be stacked`);
  }
  const seen = new Set<string>();
  const spans = items.map((item, i): [number, number] => {
    const { value, group = "" } = item;
    checkNumber(task, `items[${i}].value`, value, { positive: log });
    const span = checkError(task, `items[${i}]`, item.error);
    checkNumber(task, `items[${i}].value less its error`, value - span[0], { positive: log });
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
    return span;
  });
  if (range) {
    range.forEach((end, i) => checkNumber(task, `range[${i}]`, end, { positive: log }));
  }
  if (baseline) checkNumber(task, "baseline.value", baseline.value, { positive: log });

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
    const errorBar = errorBars(members.map((i) => items[i]!.error), INK);
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
  const ends = whole.flatMap(({ value }, i) => [value - spans[i]![0], value + spans[i]![1]]);
  if (baseline) ends.push(baseline.value);
  const size = options.width ?? 720;
  const written = whole.map((item) => writtenAt(item, options));
  const share = !annotate
    ? 0.04
    : horizontal
    ? Math.max(70, ...written.map((text) => textWidth(text, 12) + 20)) / (size - 300)
    : 0.08;
  const extent = range ??
    (log ? logRange(ends, share) : annotate ? roomyRange(ends, share) : undefined);
  const valueAxis = axisOf(options.yLabel, { values: ends, log, range: extent });
  if (annotate) data.push(valuesTrace(whole, { spans, placeOf, written, extent, options }));
  const room = horizontal ? 220 : Math.max(40, (size - 120) / labels.length - 8);
  const labelAxis = {
    ...axisOf(options.xLabel ?? "", { grid: false }),
    ...nameTicks(labels.map((text) => wrapText(text, room, 12).join("\n"))),
    range: horizontal ? [labels.length - 0.5, -0.5] : [-0.5, labels.length - 0.5],
    showline: !ends.some((end) => end < 0),
  };
  const baselineAt = baselineParts(baseline, horizontal ? "x" : "y", log);
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

/** From the power of ten below the ends of the bars to beyond them, by a share of that in the logarithm. */
function logRange(ends: readonly number[], share: number): [number, number] {
  const logs = ends.map(Math.log10);
  const low = Math.ceil(logs.reduce((a, b) => Math.min(a, b))) - 1;
  const high = logs.reduce((a, b) => Math.max(a, b));
  return [10 ** low, 10 ** (high + share * (high - low))];
}

/** Between a bar's end and its value, in parts of the axis. */
const GAP = 0.008;

/** What stands at the end of a bar. */
function writtenAt({ value, text }: Bar, { digits, horizontal = false }: BarsOptions): string {
  const plain = text ?? (digits === undefined ? shortNumber(value) : formatNumber(value, digits));
  return horizontal ? `\u00a0${plain}\u00a0` : plain;
}

/** The values as text beyond the ends of the bars and their errors. */
function valuesTrace(
  items: readonly Bar[],
  { spans, placeOf, written, extent, options: { horizontal = false, log = false } }: {
    readonly spans: readonly [number, number][];
    readonly placeOf: (item: Bar) => number;
    readonly written: readonly string[];
    readonly extent: readonly [number, number] | undefined;
    readonly options: BarsOptions;
  },
): Trace {
  const places = items.map(placeOf);
  const [low, high] = extent!;
  const beyond = log
    ? (end: number) => end * (high / low) ** GAP
    : (end: number, side: number) => end + side * GAP * (high - low);
  const ends = items.map(({ value }, i) =>
    value < 0 ? beyond(value - spans[i]![0], -1) : beyond(value + spans[i]![1], 1)
  );
  return {
    type: "scatter",
    mode: "text",
    x: horizontal ? ends : places,
    y: horizontal ? places : ends,
    text: written.map(label),
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
