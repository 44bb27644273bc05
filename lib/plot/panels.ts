import { bandTraces } from "./bands.ts";
import { checkFilled } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { checkLines, type Line, lineTrace } from "./lines.ts";
import { headNote, headOf, headRoom, suffixOf } from "./panel_head.ts";
import { textWidth } from "./text_width.ts";
import { axisOf, colorOf, FAINT, type FigureOptions, layoutOf } from "./theme.ts";

/** One of the small figures of {@linkcode panels}. */
export interface Panel {
  /** What its values are, with their unit; stands above it. */
  readonly title: string;
  /** A second, smaller line below the title, e.g. how much the values change. */
  readonly note?: string;
  /** Its lines; those of one name have one colour in all panels. */
  readonly series: readonly Line[];
  /** Whether its axis begins at 0, as amounts ask; not where it is logarithmic. */
  readonly fromZero?: boolean;
  /** Whether its y axis is logarithmic; all numbers must then be positive. */
  readonly logY?: boolean;
}

/** Options of {@linkcode panels}. */
export interface PanelsOptions extends FigureOptions {
  /** What is on the x axis of all panels, with its unit. */
  readonly xLabel: string;
  /** Whether the x axes are logarithmic. */
  readonly logX?: boolean;
  /** A value on the x axis to compare with, e.g. the setting that is used elsewhere: a line in all panels. */
  readonly mark?: number;
  /** How many panels stand side by side; all of them when absent. */
  readonly columns?: number;
}

/** Between panels, with the numbers of the axis and the room above for titles, in pixels. */
const BESIDE = 48;
const UNDER = 44;
const SIDES = 46;
const PANEL = 190;
const LEAST = 40;
const BELOW = 20;
/** Of more points not each has a tick. */
const MOST_TICKS = 12;
const TICK = 12;

/**
 * Draws small figures side by side that share their x axis: how several things depend on one number, each to
 * its own scale.
 *
 * @param list The panels.
 * @param options Title, the label that all have in common, how many stand in a row.
 * @throws {RangeError} When there is no panel or line, a number is not finite (or not positive on a
 * logarithmic axis), lengths differ, the x of a line do not rise, or `columns` is not a positive whole number.
 *
 * @example What a resolution costs, and what it gives
 * ```ts
 * import { panels } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const x = [14, 20, 28];
 * const figure = panels([
 *   { title: "MACs (M)", series: [{ name: "network", x, y: [0.5, 1, 2] }], fromZero: true },
 *   { title: "accuracy (%)", series: [{ name: "network", x, y: [84, 86, 87] }] },
 * ], { title: "Twice the work for a point", xLabel: "resolution (pixels)" });
 * assertEquals(figure.data.map(({ xaxis }) => xaxis), ["x", "x2"]);
 * ```
 */
export function panels(list: readonly Panel[], options: PanelsOptions): Figure {
  const task = "draw panels";
  checkFilled(task, "panels", list);
  const { xLabel, logX = false, mark, columns = list.length } = options;
  if (!Number.isSafeInteger(columns) || columns < 1) {
    throw new RangeError(`Cannot ${task}: columns must be a positive whole number, got ${columns}`);
  }
  list.forEach(({ series, logY = false }, i) =>
    checkLines(task, `panels[${i}].series`, { series, logX, logY })
  );
  if (mark !== undefined && !(Number.isFinite(mark) && (mark > 0 || !logX))) {
    throw new RangeError(
      `Cannot ${task}: mark must be a ${logX ? "positive" : "finite"} number, got ${mark}`,
    );
  }

  const across = Math.min(columns, list.length);
  const down = Math.ceil(list.length / across);
  const width = options.width ?? Math.max(720, Math.min(850, 170 * across));
  const size = (width - 2 * SIDES - BESIDE * (across - 1)) / across;
  const heads = list.map((panel) => headOf(panel, size + SIDES));
  const head = headRoom(heads);
  const names = [...new Set(list.flatMap(({ series }) => series.map(({ name }) => name)))];
  const around = { legend: names.length > 1 ? names : [], above: head };
  const { t: top } = layoutOf({ ...options, width }, around).margin as { t: number };
  const step = PANEL + UNDER + head;
  const height = options.height ?? top + down * step - head + BELOW;
  const base = layoutOf({ ...options, width, height }, around);
  // The height of a panel follows from that of the figure, where it is given.
  const area = height - top - UNDER - BELOW;
  const panel = (area - (down - 1) * (UNDER + head)) / down;
  if (panel < LEAST) {
    throw new RangeError(
      `Cannot ${task}: height must be at least ${Math.ceil(height + down * (LEAST - panel))} ` +
        `pixels for ${down} rows, got ${height}`,
    );
  }
  const places = list.map((_, i) => {
    const left = (i % across) * (size + BESIDE) / (across * (size + BESIDE) - BESIDE);
    const above = Math.floor(i / across) * (panel + UNDER + head) / area;
    return {
      x: [left, left + size / (across * (size + BESIDE) - BESIDE)],
      y: [1 - above - panel / area, 1 - above],
    };
  });

  const xs = [...new Set(list.flatMap(({ series }) => series.flatMap(({ x }) => x)))]
    .sort((a, b) => a - b);
  const axes = list.map(({ series, fromZero = false, logY = false }, i) => {
    const values = series.flatMap(({ y, lower = [], upper = [] }) => [...y, ...lower, ...upper]);
    const high = values.reduce((a, b) => Math.max(a, b));
    const isLast = i + across >= list.length;
    const suffix = suffixOf(i);
    const place = places[i] as typeof places[0];
    return {
      [`xaxis${suffix}`]: {
        ...axisOf(isLast ? xLabel : "", { values: xs, log: logX }),
        ...ticksAt(xs, size, logX),
        automargin: false,
        domain: place.x,
        anchor: `y${suffix}`,
      },
      [`yaxis${suffix}`]: {
        ...axisOf("", {
          values,
          log: logY,
          ...(fromZero && !logY ? { range: [0, 1.08 * (high || 1)] as const } : {}),
        }),
        nticks: 5,
        automargin: false,
        domain: place.y,
        anchor: `x${suffix}`,
      },
    };
  });
  return {
    data: list.flatMap(({ series }, i) => tracesOf(series, { names, panel: i, list })),
    layout: {
      ...base,
      margin: { ...base.margin as object, l: SIDES, r: SIDES, b: UNDER + BELOW },
      ...("legend" in base ? { legend: { ...base.legend as object, y: 1 + head / area } } : {}),
      ...Object.assign({}, ...axes),
      shapes: mark === undefined ? [] : list.map((_, i) => markLine(mark, i)),
      annotations: heads.map((head, i) => headNote(head, places[i] as typeof places[0])),
    },
  };
}

function tracesOf(
  series: readonly Line[],
  { names, panel, list }: {
    readonly names: readonly string[];
    readonly panel: number;
    readonly list: readonly Panel[];
  },
): Trace[] {
  const axes = { xaxis: `x${suffixOf(panel)}`, yaxis: `y${suffixOf(panel)}` };
  const color = (name: string) => names.indexOf(name);
  const isKnown = (name: string) =>
    list.slice(0, panel).some(({ series }) => series.some((line) => line.name === name));
  return [
    ...series.flatMap(({ name, x, lower, upper }) =>
      lower && upper ? bandTraces(x, lower, upper, colorOf(color(name)), name) : []
    ),
    ...series.map((line) => ({
      ...lineTrace(line, color(line.name)),
      showlegend: names.length > 1 && !isKnown(line.name),
    })),
  ].map((trace) => ({ ...trace, ...axes }));
}

/** Ticks where the points are, as long as they are few, and numbers at those of them that have room. */
function ticksAt(xs: readonly number[], size: number, log: boolean): Record<string, unknown> {
  if (xs.length > MOST_TICKS) return {};
  const scale = (x: number) => log ? Math.log(x) : x;
  const [low, high] = [scale(xs[0] as number), scale(xs.at(-1) as number)];
  const placeOf = (x: number) => 0.88 * size * (scale(x) - low) / (high - low || 1);
  const texts = new Map<number, string>();
  let free = Infinity;
  for (const x of xs.toReversed()) {
    const text = String(Number(x.toPrecision(6)));
    const half = textWidth(text, TICK) / 2;
    if (placeOf(x) + half + 5 > free) continue;
    texts.set(x, text);
    free = placeOf(x) - half;
  }
  const ticktext = xs.map((x) => texts.get(x) ?? "");
  return { tickmode: "array", tickvals: [...xs], ticktext, minor: {} };
}

function markLine(mark: number, panel: number): object {
  const suffix = suffixOf(panel);
  return {
    type: "line",
    xref: `x${suffix}`,
    x0: mark,
    x1: mark,
    yref: `y${suffix} domain`,
    y0: 0,
    y1: 1,
    line: { color: FAINT, width: 1, dash: "dot" },
    layer: "below",
  };
}
