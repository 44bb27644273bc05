import { checkFilled, checkNumber, checkNumbers } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { textWidth } from "./text_width.ts";
import { colorOf, FAINT, type FigureOptions, INK, label, layoutOf } from "./theme.ts";

/** What {@linkcode criticalDifference} draws, e.g. what `friedman` or a comparison's `ranking` gives. */
export interface RankedMethods {
  /** The names of the methods. */
  readonly names: readonly string[];
  /** Their mean ranks, of which 1 is the best. */
  readonly ranks: readonly number[];
  /** From which difference on two mean ranks differ by more than chance. */
  readonly criticalDifference: number;
}

/** Options of {@linkcode criticalDifference}. */
export interface CriticalDifferenceOptions extends FigureOptions {
  /** What is written below the axis; `"mean rank (1 is the best)"` when absent. */
  readonly xLabel?: string;
}

const NAME_SIZE = 13;
/** Heights in units of a row of names. */
const ABOVE = 1.7;
const BAR_STEP = 0.42;

/**
 * Draws mean ranks along a line, the best at the left, and joins by a bar those that lie so close
 * together that the data cannot tell them apart: the diagram of Demšar 2006, "Statistical
 * Comparisons of Classifiers over Multiple Data Sets".
 *
 * @param methods Names, mean ranks and the critical difference.
 * @param options Title and size.
 * @throws {RangeError} When there are less than two methods, lengths differ, a rank is not from 1 to
 * the number of methods, or the difference is not positive.
 *
 * @example
 * ```ts
 * import { criticalDifference } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = criticalDifference({
 *   names: ["random", "evolution", "local search"],
 *   ranks: [2.9, 1.4, 1.7],
 *   criticalDifference: 0.8,
 * }, { title: "Evolution and local search share the first place" });
 * assertEquals(figure.data.filter(({ name }) => name === "not told apart").length, 1);
 * ```
 */
export function criticalDifference(
  methods: RankedMethods,
  options: CriticalDifferenceOptions,
): Figure {
  const task = "draw a critical difference";
  const { names, ranks, criticalDifference: difference } = methods;
  checkFilled(task, "names", names);
  const count = names.length;
  if (count < 2) throw new RangeError(`Cannot ${task}: names must be two or more, got ${count}`);
  checkNumbers(task, "ranks", ranks, { length: count });
  const outside = ranks.findIndex((rank) => rank < 1 || rank > count);
  if (outside >= 0) {
    throw new RangeError(
      `Cannot ${task}: ranks[${outside}] must be from 1 to ${count}, got ${ranks[outside]}`,
    );
  }
  checkNumber(task, "criticalDifference", difference);
  if (difference <= 0) {
    throw new RangeError(`Cannot ${task}: criticalDifference must be positive, got ${difference}`);
  }

  const order = [...names.keys()].sort((a, b) => ranks[a]! - ranks[b]!);
  const sorted = order.map((i) => ranks[i] as number);
  const bars = groupsWithin(sorted, difference);
  const [low, high] = [1, Math.max(count, 1 + difference)];
  const left = Math.ceil(count / 2);
  // Names hang below the bars: the best half at the left, its best on top, the rest at the right.
  const below = 0.5 + BAR_STEP * bars.length + 0.5;
  const rowOf = (place: number) => below + (place < left ? place : count - 1 - place);
  const bottom = below + left - 0.4;
  const leaders: Trace[] = order.map((index, place) => ({
    type: "scatter",
    mode: "lines+markers",
    name: label(names[index] as string),
    x: [sorted[place], sorted[place], place < left ? low : high],
    y: [0, -rowOf(place), -rowOf(place)],
    line: { color: FAINT, width: 1.2 },
    marker: { color: colorOf(0), size: [9, 0, 0], opacity: [1, 0, 0] },
    hovertemplate: `${label(names[index] as string)}: %{x:.2f}<extra></extra>`,
    showlegend: false,
  }));
  const groups: Trace[] = bars.map(([first, last], i) => ({
    type: "scatter",
    mode: "lines",
    name: "not told apart",
    x: [sorted[first]! - 0.02 * (high - low), sorted[last]! + 0.02 * (high - low)],
    y: [-(0.5 + BAR_STEP * i), -(0.5 + BAR_STEP * i)],
    line: { color: colorOf(1), width: 5 },
    hoverinfo: "name",
    showlegend: false,
  }));
  const ruler: Trace = {
    type: "scatter",
    mode: "lines+markers",
    name: "critical difference",
    x: [low, low + difference],
    y: [1, 1],
    line: { color: INK, width: 1.5 },
    marker: { color: INK, size: 9, symbol: "line-ns-open" },
    hoverinfo: "skip",
    showlegend: false,
  };
  const texts = order.map((index, place) => `${names[index]}: ${sorted[place]!.toFixed(2)}`);
  const widest = (some: readonly string[]) =>
    Math.ceil(some.reduce((most, text) => Math.max(most, textWidth(text, NAME_SIZE)), 0)) + 14;
  const layout = layoutOf(options, {
    height: Math.round(120 + 26 * (ABOVE + bottom)),
    right: widest(texts.slice(left)),
  });
  const margin = layout.margin as { readonly l: number };
  return {
    data: [...leaders, ...groups, ruler],
    layout: {
      ...layout,
      margin: { ...margin, l: margin.l + widest(texts.slice(0, left)) },
      xaxis: {
        range: [low, high],
        // Marks of the ends would be cut in half.
        fixedrange: true,
        tick0: 1,
        dtick: 1,
        anchor: "free",
        position: 0,
        title: {
          text: label(options.xLabel ?? "mean rank (1 is the best)"),
          standoff: 10,
          font: { size: 13 },
        },
        tickfont: { size: 12 },
        automargin: true,
        showgrid: true,
        gridcolor: "#E8E8E8",
        zeroline: false,
        ticks: "outside",
        ticklen: 4,
        tickcolor: "#9A9A9A",
      },
      yaxis: { range: [-bottom, ABOVE], visible: false, fixedrange: true },
      shapes: [{
        type: "line",
        xref: "x",
        yref: "y",
        x0: low,
        x1: high,
        y0: 0,
        y1: 0,
        line: { color: INK, width: 1.5 },
        layer: "below",
      }],
      annotations: [
        {
          x: low + difference / 2,
          y: 1,
          yshift: 4,
          text: `critical difference ${difference.toFixed(2)}`,
          showarrow: false,
          xanchor: low + difference / 2 > low + 0.25 * (high - low) ? "center" : "left",
          yanchor: "bottom",
          font: { size: 12 },
        },
        ...order.map((_, place) => ({
          x: place < left ? low : high,
          y: -rowOf(place),
          xshift: place < left ? -8 : 8,
          text: label(texts[place] as string),
          showarrow: false,
          xanchor: place < left ? "right" : "left",
          yanchor: "middle",
          font: { size: NAME_SIZE },
        })),
      ],
    },
  };
}

/** The longest runs of rising numbers that lie closer together than `difference`, as first and last. */
function groupsWithin(sorted: readonly number[], difference: number): [number, number][] {
  const groups: [number, number][] = [];
  for (let first = 0; first < sorted.length; first++) {
    let last = first;
    while (last + 1 < sorted.length && sorted[last + 1]! - sorted[first]! < difference) last++;
    if (last > first && last > (groups.at(-1)?.[1] ?? -1)) groups.push([first, last]);
  }
  return groups;
}
