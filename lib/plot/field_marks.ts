import type { Trace } from "./figure.ts";
import { legendId } from "./legend_rows.ts";
import { colorOf, INK, label } from "./theme.ts";

/** A way through the plane of a {@linkcode vectorField}. */
export interface FieldPath {
  /** What it is; shown in the legend. Paths of one name have one colour in all fields. */
  readonly name: string;
  /** Where its points lie, from the start on. */
  readonly x: readonly number[];
  /** Where its points lie. */
  readonly y: readonly number[];
  /**
   * Whether it is a curve to compare with, e.g. where a derivative is zero, and nothing that went from one
   * end to the other: dashed, and without marks at its ends.
   */
  readonly curve?: boolean;
}

/** A place in the plane of a {@linkcode vectorField}, e.g. an optimum. */
export interface FieldPoint {
  /** What it is; shown in the legend. Points of one name look alike in all fields. */
  readonly name: string;
  /** Where it lies. */
  readonly x: number;
  /** Where it lies. */
  readonly y: number;
}

/**
 * A number at each point of the plane of a {@linkcode vectorField}, e.g. the loss. A grid of its own can be
 * finer than that of the arrows, and reach as far as these do.
 */
export interface FieldBackground {
  /** The numbers, `z[row][column]`. */
  readonly z: readonly (readonly number[])[];
  /** The x of the columns, rising; those of the arrows when absent. */
  readonly x?: readonly number[];
  /** The y of the rows, rising; those of the arrows when absent. */
  readonly y?: readonly number[];
}

/** The names of what the legend shows; a place among them is a colour or a symbol. */
export interface FieldKeys {
  readonly paths: readonly string[];
  readonly ends: readonly string[];
  readonly points: readonly string[];
}

const LEVELS = 12;
const ENDS = ["start", "end"];
const MARK = 9;
const SYMBOLS = ["star", "diamond", "x", "triangle-up", "cross", "pentagon"];
const GREYS: readonly [number, string][] = [[0, "#FAFAFA"], [1, "#BEBEBE"]];

/** What the legend of these paths and points shows, each name once. */
export function fieldKeys(
  paths: readonly FieldPath[],
  points: readonly FieldPoint[],
): FieldKeys {
  const namesOf = (list: readonly { readonly name: string }[]) => [
    ...new Set(list.map(({ name }) => name)),
  ];
  return {
    paths: namesOf(paths),
    ends: paths.some(({ curve }) => !curve) ? ENDS : [],
    points: namesOf(points),
  };
}

/**
 * The scalar behind the arrows of a grid; all fields have the same levels, and one has the scale for all.
 */
export function backgroundTrace(
  { z, x, y }: Required<FieldBackground>,
  { shades, colorLabel, hasBar }: {
    readonly shades: readonly number[];
    readonly colorLabel: string;
    readonly hasBar: boolean;
  },
): Trace {
  const low = shades.reduce((a, b) => Math.min(a, b));
  const high = shades.reduce((a, b) => Math.max(a, b));
  const step = roundStep((high - low || 1) / LEVELS);
  return {
    type: "contour",
    z: z.map((row) => row.map(rounded)),
    x: [...x],
    y: [...y],
    autocontour: false,
    contours: {
      start: Math.ceil(low / step) * step,
      end: high,
      size: step,
      coloring: "fill",
      showlines: false,
    },
    colorscale: GREYS,
    line: { width: 0, smoothing: 0 },
    hovertemplate: "%{z}<extra></extra>",
    showscale: hasBar,
    colorbar: {
      title: { text: label(colorLabel), side: "right", font: { size: 13 } },
      x: 1,
      xpad: 8,
      thickness: 14,
      outlinewidth: 0,
      tickfont: { size: 12 },
    },
  };
}

/** The next of 1, 2, 5, 10, 20 and so on, for numbers that are easy to read. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((digit) => digit * power >= least) ?? 10) * power;
}

/** A path, and the marks at its ends. */
export function pathTraces(
  { name, x, y, curve = false }: FieldPath,
  { paths }: FieldKeys,
): Trace[] {
  const common = { type: "scatter", legendgroup: name, showlegend: false };
  const line: Trace = {
    ...common,
    mode: "lines",
    name: label(name),
    x: x.map(rounded),
    y: y.map(rounded),
    line: lineOf(name, { paths, curve }),
  };
  if (curve) return [line];
  return [
    line,
    ...[0, x.length - 1].map((at, end) => ({
      ...common,
      mode: "markers",
      name: label(`${name}, ${ENDS[end]}`),
      x: [x[at]],
      y: [y[at]],
      marker: endMark(end, colorOf(paths.indexOf(name))),
    })),
  ];
}

/** A marked place. */
export function pointTrace({ name, x, y }: FieldPoint, { points }: FieldKeys): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name: label(name),
    legendgroup: name,
    showlegend: false,
    x: [x],
    y: [y],
    marker: pointMark(points.indexOf(name)),
  };
}

function lineOf(
  name: string,
  { paths, curve }: { readonly paths: readonly string[]; readonly curve: boolean },
): object {
  return {
    color: colorOf(paths.indexOf(name)),
    width: curve ? 2 : 2.5,
    dash: curve ? "dash" : "solid",
  };
}

/** The mark where a path begins, which is open, or ends. */
function endMark(end: number, color: string): object {
  const fill = end === 0 ? "#FFFFFF" : color;
  return { symbol: "circle", size: MARK, color: fill, line: { width: 2, color } };
}

function pointMark(index: number): object {
  return {
    symbol: SYMBOLS[index % SYMBOLS.length],
    size: 12,
    color: INK,
    line: { width: 1, color: "#FFFFFF" },
  };
}

/** What the legend shows, which has these rows; the traces have no points. */
export function keyTraces(
  { paths, ends, points }: FieldKeys,
  { drawn, rows }: {
    readonly drawn: readonly FieldPath[];
    readonly rows: readonly (readonly string[])[];
  },
): Trace[] {
  const looks = [
    ...paths.map((name) => {
      const curve = drawn.every((path) => path.name !== name || path.curve === true);
      return { legendgroup: name, mode: "lines", line: lineOf(name, { paths, curve }) };
    }),
    ...ends.map((_, end) => ({ mode: "markers", marker: endMark(end, INK) })),
    ...points.map((name, i) => ({ legendgroup: name, mode: "markers", marker: pointMark(i) })),
  ];
  const places = rows.flatMap((row, i) => row.map((name) => ({ name, legend: legendId(i) })));
  return looks.map((look, i) => ({
    type: "scatter",
    name: label(places[i]!.name),
    legend: places[i]!.legend,
    x: [null],
    y: [null],
    showlegend: true,
    ...look,
  }));
}

/** Six digits: more than the eye can tell. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
