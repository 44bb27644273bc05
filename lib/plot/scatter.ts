import { type Direction, paretoFront } from "../stats/pareto.ts";
import { checkFilled, checkNumber } from "./checks.ts";
import { checkError, errorBars } from "./errors.ts";
import type { Figure, Trace } from "./figure.ts";
import { labelNotes } from "./label_notes.ts";
import {
  axisOf,
  type Baseline,
  baselineParts,
  colorOf,
  FAINT,
  type FigureOptions,
  INK,
  label,
  layoutOf,
  legendName,
} from "./theme.ts";

/** One point of {@linkcode scatter}. */
export interface ScatterPoint {
  /** Where it lies. */
  readonly x: number;
  /** Where it lies. */
  readonly y: number;
  /** What it is; shown when the pointer is on it, and beside it when it is highlighted. */
  readonly label?: string;
  /** What it belongs to; points of one group share a colour and a mark. */
  readonly group?: string;
  /** How far y may be off: one number for both sides, or how far below and how far above. */
  readonly error?: number | readonly [below: number, above: number];
}

/** Which points {@linkcode scatter} joins as the Pareto front. */
export interface ScatterFront {
  /** Whether less or more is better along x. */
  readonly x: Direction;
  /** Whether less or more is better along y. */
  readonly y: Direction;
  /** The groups whose points count; all when absent. */
  readonly groups?: readonly string[];
  /** What the legend calls it; `"Pareto front"` when absent. */
  readonly name?: string;
}

/** Options of {@linkcode scatter}. */
export interface ScatterOptions extends FigureOptions {
  /** What is on the x axis, with its unit. */
  readonly xLabel: string;
  /** What is on the y axis, with its unit. */
  readonly yLabel: string;
  /** Draws the Pareto front. */
  readonly front?: ScatterFront;
  /** Indices of points whose label is written beside them. */
  readonly highlight?: readonly number[];
  /** Whether the x axis is logarithmic. */
  readonly logX?: boolean;
  /** Whether the y axis is logarithmic. */
  readonly logY?: boolean;
  /** Draws the line on which x equals y, e.g. predicted against true. */
  readonly identity?: boolean;
  /**
   * The ends of the y axis, where a few points far from the others would leave these no room; points
   * beyond are not seen, and the figure had better say so. All points when absent.
   */
  readonly yRange?: readonly [low: number, high: number];
  /** A value on the y axis to compare with. */
  readonly baseline?: Baseline;
}

const MARKS = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "x", "star"];

/**
 * Draws points, with error bars where a spread is given, and on request the Pareto front of two
 * objectives as a line of steps: what it encloses is dominated.
 *
 * @param points The points.
 * @param options Title, labels, front, highlights, scales.
 * @throws {RangeError} When there is no point, a number is not finite (or not positive on a log
 * axis), an error is negative, `highlight` names no point, or `front.groups` names no group.
 *
 * @example Accuracy against parameters
 * ```ts
 * import { scatter } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = scatter([{ x: 1e5, y: 90 }, { x: 2e5, y: 89 }, { x: 4e5, y: 93 }], {
 *   title: "Two of three nets are on the front",
 *   xLabel: "parameters",
 *   yLabel: "accuracy (%)",
 *   front: { x: "minimize", y: "maximize" },
 * });
 * assertEquals(figure.data.at(-1)!.x, [1e5, 4e5]);
 * ```
 */
export function scatter(points: readonly ScatterPoint[], options: ScatterOptions): Figure {
  const task = "draw a scatter plot";
  const { xLabel, yLabel, logX = false, logY = false, highlight = [], baseline, front } = options;
  const { yRange } = options;
  checkFilled(task, "points", points);
  points.forEach(({ x, y, error }, i) => {
    checkNumber(task, `points[${i}].x`, x, { positive: logX });
    checkNumber(task, `points[${i}].y`, y, { positive: logY });
    const [below] = checkError(task, `points[${i}]`, error);
    checkNumber(task, `points[${i}].y less its error`, y - below, { positive: logY });
  });
  yRange?.forEach((end, i) => checkNumber(task, `yRange[${i}]`, end, { positive: logY }));
  for (const index of highlight) {
    if (points[index] === undefined) {
      throw new RangeError(
        `Cannot ${task}: highlight must name points 0 to ${points.length - 1}, got ${index}`,
      );
    }
  }
  if (baseline) checkNumber(task, "baseline.value", baseline.value, { positive: logY });

  const groups = Map.groupBy(points, (point) => point.group ?? "");
  const strange = front?.groups?.find((name) => !groups.has(name));
  if (strange !== undefined || front?.groups?.length === 0) {
    throw new RangeError(
      `Cannot ${task}: front.groups must name groups of points, got ${strange ?? "none"}`,
    );
  }
  const named = [...groups.keys()].filter((name) => name !== "");
  const data: Trace[] = [];
  if (options.identity) data.push(identityTrace(points));
  let index = 0;
  for (const [name, members] of groups) {
    data.push(pointsTrace(name, members, index++, options, points.length));
  }
  if (front) {
    const counted = points.filter(({ group = "" }) => front.groups?.includes(group) ?? true);
    data.push(frontTrace(counted, front));
  }

  const { room, ...lines } = baselineParts(baseline, "y", logY);
  const base = layoutOf(options, {
    right: room,
    legend: named.length > 0 ? [...named, ...(front ? [frontName(front)] : [])] : [],
  });
  const notes = highlightNotes(points, highlight, base, { logX, logY });
  return {
    data,
    layout: {
      ...base,
      xaxis: axisOf(xLabel, { values: points.map((p) => p.x), log: logX }),
      yaxis: axisOf(yLabel, { values: points.map((p) => p.y), log: logY, range: yRange }),
      shapes: lines.shapes,
      annotations: [...lines.annotations, ...notes],
    },
  };
}

function pointsTrace(
  name: string,
  members: readonly ScatterPoint[],
  index: number,
  options: ScatterOptions,
  total: number,
): Trace {
  const text = members.map((point) => label(point.label ?? ""));
  const hasError = members.some(({ error }) => error !== undefined);
  return {
    type: "scatter",
    mode: "markers",
    name: legendName(name),
    x: members.map((point) => point.x),
    y: members.map((point) => point.y),
    text,
    marker: {
      color: colorOf(index),
      symbol: MARKS[index % MARKS.length],
      size: total > 1000 ? 4 : total > 200 ? 6 : 8,
      opacity: options.front || total > 200 ? 0.5 : 0.85,
    },
    ...(hasError ? { error_y: errorBars(members.map(({ error }) => error), colorOf(index)) } : {}),
    hovertemplate: `${text.some(Boolean) ? "%{text}<br>" : ""}${label(options.xLabel)}: %{x}<br>${
      label(options.yLabel)
    }: %{y}<extra>${label(name)}</extra>`,
    showlegend: name !== "",
  };
}

function frontName({ name = "Pareto front" }: ScatterFront): string {
  return name;
}

function frontTrace(points: readonly ScatterPoint[], front: ScatterFront): Trace {
  const members = paretoFront(points.map(({ x, y }) => [x, y]), [front.x, front.y])
    .map((i) => points[i]!)
    .sort((a, b) => a.x - b.x || a.y - b.y);
  return {
    type: "scatter",
    mode: "lines+markers",
    name: legendName(frontName(front)),
    x: members.map((point) => point.x),
    y: members.map((point) => point.y),
    text: members.map((point) => label(point.label ?? "")),
    // Between two points of the front, the better one in x is all that can be had.
    line: { color: INK, width: 1.5, shape: front.x === "minimize" ? "hv" : "vh" },
    marker: {
      color: "rgba(0,0,0,0)",
      size: 10,
      symbol: "circle",
      line: { color: INK, width: 1.5 },
    },
    hoverinfo: "skip",
  };
}

function identityTrace(points: readonly ScatterPoint[]): Trace {
  const all = points.flatMap(({ x, y }) => [x, y]);
  const ends = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  return {
    type: "scatter",
    mode: "lines",
    x: ends,
    y: ends,
    line: { color: FAINT, width: 1.5, dash: "dash" },
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** Labels of highlighted points; plotly leaves about so much room beyond the outermost of them. */
function highlightNotes(
  points: readonly ScatterPoint[],
  highlight: readonly number[],
  layout: Record<string, unknown>,
  { logX, logY }: { logX: boolean; logY: boolean },
): object[] {
  const noted = points.map(({ x, y, label }, i) => ({
    x: logX ? Math.log10(x) : x,
    y: logY ? Math.log10(y) : y,
    label: label ?? `${i}`,
  }));
  const range = (values: readonly number[]): [number, number] => {
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    const room = (high - low || 1) / 18;
    return [low - room, high + room];
  };
  const [x, y] = [range(noted.map(({ x }) => x)), range(noted.map(({ y }) => y))];
  return labelNotes(noted, highlight, { layout, x, y });
}
