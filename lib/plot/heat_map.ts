import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import {
  axisOf,
  colorOf,
  type FigureOptions,
  INK,
  label,
  layoutOf,
  legendName,
  nameTicks,
} from "./theme.ts";
import { textWidth } from "./text_width.ts";

/** Cells of a heat map that have something in common. */
export interface HeatMapFrame {
  /** What it is; shown in the legend. */
  readonly name: string;
  /** Which cells have it, by the indices of row and column. */
  readonly marks: (row: number, column: number) => boolean;
}

/** Options of {@linkcode heatMap}. */
export interface HeatMapOptions extends FigureOptions {
  /** The names of the columns; their indices when absent. */
  readonly xLabels?: readonly string[];
  /** The names of the rows, from the top; their indices when absent. */
  readonly yLabels?: readonly string[];
  /** What the columns are. */
  readonly xLabel?: string;
  /** What the rows are. */
  readonly yLabel?: string;
  /** What the colour means, with its unit. */
  readonly colorLabel: string;
  /** Whether the numbers stand in the cells. */
  readonly annotate?: boolean;
  /** Decimals of the numbers; 2 when absent. */
  readonly digits?: number;
  /** The numbers that the ends of the colour scale stand for; the extremes when absent. */
  readonly range?: readonly [low: number, high: number];
  /**
   * `sequential` from dark to light as numbers grow; `diverging` blue below and red above zero, both
   * sides alike, e.g. for correlations.
   */
  readonly scale?: "sequential" | "diverging";
  /** Draws frames into cells, those of the first in black, those of each other one within in a colour. */
  readonly frames?: readonly HeatMapFrame[];
}

/** Equal steps of lightness for every kind of colour vision (Nuñez, Anderton & Renslow 2018). */
const SEQUENTIAL = "Cividis";

// Light enough everywhere to write dark numbers on.
const SEQUENTIAL_LIGHT: readonly [number, string][] = [[0, "#F7FAFD"], [1, "#5AA0D6"]];
const DIVERGING: readonly [number, string][] = [[0, "#5AA0D6"], [0.5, "#F8F8F8"], [1, "#E8854A"]];

/**
 * Draws a matrix as coloured cells, the first row at the top.
 *
 * @param z The numbers, `z[row][column]`; `null` leaves a cell empty.
 * @param options Title, labels, colours.
 * @throws {RangeError} When there are no numbers, rows differ in length, a number is not finite, or
 * the labels are not as many as the rows and columns.
 *
 * @example How two proxies agree
 * ```ts
 * import { heatMap } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = heatMap([[1, 0.7], [0.7, 1]], {
 *   title: "Both proxies rank alike",
 *   xLabels: ["Zen", "GradSign"],
 *   yLabels: ["Zen", "GradSign"],
 *   colorLabel: "Spearman ρ",
 *   annotate: true,
 * });
 * assertEquals(figure.data[0]!.z, [[1, 0.7], [0.7, 1]]);
 * ```
 */
export function heatMap(
  z: readonly (readonly (number | null)[])[],
  options: HeatMapOptions,
): Figure {
  const task = "draw a heat map";
  const { annotate = false, digits = 2, scale = "sequential", frames = [] } = options;
  const numbers = numbersIn(task, "z", z);
  const columns = z[0]!.length;
  const xLabels = options.xLabels ?? Array.from({ length: columns }, (_, i) => String(i));
  const yLabels = options.yLabels ?? z.map((_, i) => String(i));
  for (
    const [name, names, count] of [["xLabels", xLabels, columns], [
      "yLabels",
      yLabels,
      z.length,
    ]] as const
  ) {
    if (names.length !== count) {
      throw new RangeError(`Cannot ${task}: ${name} must have ${count} names, got ${names.length}`);
    }
  }
  const [low, high] = options.range ?? extremesOf(numbers, scale);
  checkNumber(task, "range[0]", low);
  checkNumber(task, "range[1]", high);

  // Labels stand upright where they fit over their columns and lean where they do not.
  const room = ((options.width ?? 720) - 220) / columns;
  const leaning = xLabels.some((text) => textWidth(text, 12) > room - 6);
  const gap = room < 8 || z.length > 60 ? 0 : 1;
  const sequential = annotate ? SEQUENTIAL_LIGHT : SEQUENTIAL;
  return {
    data: [{
      type: "heatmap",
      z: z.map((row) => [...row]),
      x: xLabels.map((_, i) => i),
      y: yLabels.map((_, i) => i),
      text: z.map((row, i) => row.map((_, k) => `${label(yLabels[i]!)}, ${label(xLabels[k]!)}`)),
      colorscale: scale === "sequential" ? sequential : DIVERGING,
      zmin: low,
      zmax: high,
      xgap: gap,
      ygap: gap,
      ...(annotate
        ? { texttemplate: `%{z:,.${digits}f}`, textfont: { size: 12, color: INK } }
        : {}),
      hovertemplate: `%{text}: %{z}<extra></extra>`,
      colorbar: {
        title: { text: label(options.colorLabel), side: "right", font: { size: 13 } },
        thickness: 14,
        outlinewidth: 0,
        tickfont: { size: 12 },
      },
    }, ...frames.map(frameKey)],
    layout: {
      ...layoutOf(options, {
        height: Math.min(720, Math.max(300, 160 + 36 * z.length)),
        legend: frames.map(({ name }) => name),
      }),
      ...(frames.length > 0 ? { shapes: frameShapes(frames, z.length, columns) } : {}),
      xaxis: {
        ...axisOf(options.xLabel ?? "", { grid: false }),
        ...(isNamed(options.xLabels, columns)
          ? { ...nameTicks(xLabels), tickangle: leaning ? -45 : 0 }
          : {}),
        range: [-0.5, columns - 0.5],
      },
      yaxis: {
        ...axisOf(options.yLabel ?? "", { grid: false }),
        ...(isNamed(options.yLabels, z.length) ? nameTicks(yLabels) : {}),
        range: [z.length - 0.5, -0.5],
      },
    },
  };
}

/** The numbers of a matrix. Throws a `RangeError` unless it has some, all finite, and rows of one length. */
export function numbersIn(
  task: string,
  name: string,
  z: readonly (readonly (number | null)[])[],
): number[] {
  checkFilled(task, name, z);
  const columns = z[0]?.length;
  const numbers: number[] = [];
  z.forEach((row, i) => {
    checkFilled(task, `${name}[${i}]`, row);
    if (row.length !== columns) {
      throw new RangeError(
        `Cannot ${task}: ${name}[${i}] must have ${columns} values like the first row, ` +
          `got ${row.length}`,
      );
    }
    row.forEach((value, k) => {
      if (value === null) return;
      checkNumber(task, `${name}[${i}][${k}]`, value);
      numbers.push(value);
    });
  });
  if (numbers.length === 0) throw new RangeError(`Cannot ${task}: ${name} has no numbers`);
  return numbers;
}

/** The colour of the frames with this index: first that of text, as the cells have colours of their own. */
function frameColor(index: number): string {
  return index === 0 ? INK : colorOf(index);
}

/** What shows frames in the legend; it has no points. */
function frameKey({ name }: HeatMapFrame, index: number): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name: legendName(name),
    x: [null],
    y: [null],
    marker: { symbol: "square-open", size: 11, color: frameColor(index), line: { width: 2 } },
  };
}

/** Rectangles in the cells that have a frame, each within those that come before. */
function frameShapes(frames: readonly HeatMapFrame[], rows: number, columns: number): object[] {
  const shapes: object[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      frames.forEach(({ marks }, i) => {
        if (!marks(row, column)) return;
        const half = 0.46 - 0.06 * i;
        shapes.push({
          type: "rect",
          x0: column - half,
          x1: column + half,
          y0: row - half,
          y1: row + half,
          line: { color: frameColor(i), width: 2 },
        });
      });
    }
  }
  return shapes;
}

/** The ends of a colour scale on which all numbers have a place. */
export function extremesOf(
  numbers: readonly number[],
  scale: "sequential" | "diverging",
): [number, number] {
  const low = numbers.reduce((a, b) => Math.min(a, b));
  const high = numbers.reduce((a, b) => Math.max(a, b));
  if (scale === "sequential") return [low, high];
  const far = Math.max(-low, high) || 1;
  return [-far, far];
}

/** Whether each row or column has its name written; of many without names only some have a number. */
function isNamed(names: readonly string[] | undefined, count: number): boolean {
  return names !== undefined || count <= 20;
}
