import { type Arrow, arrowTrace, type PixelScale } from "./arrows.ts";
import { checkFilled, checkNumber, checkNumbers } from "./checks.ts";
import {
  backgroundTrace,
  type FieldBackground,
  fieldKeys,
  type FieldPath,
  type FieldPoint,
  keyTraces,
  pathTraces,
  pointTrace,
} from "./field_marks.ts";
import { leastStep, rangeOf, spaceOf } from "./field_space.ts";
import type { Figure } from "./figure.ts";
import { suffixOf } from "./panel_head.ts";
import { axisOf, type FigureOptions } from "./theme.ts";

/** A vector at each point of a grid. */
export interface VectorField {
  /** What it is; stands above it. */
  readonly title?: string;
  /** A second, smaller line below the title. */
  readonly note?: string;
  /** The x of the grid's columns, rising. */
  readonly x: readonly number[];
  /** The y of the grid's rows, rising. */
  readonly y: readonly number[];
  /** How far the vectors go along x, `u[row][column]`. */
  readonly u: readonly (readonly number[])[];
  /** How far the vectors go along y, `v[row][column]`. */
  readonly v: readonly (readonly number[])[];
  /** Ways through the plane. */
  readonly paths?: readonly FieldPath[];
  /** Marked places. */
  readonly points?: readonly FieldPoint[];
  /** A number at each point, drawn behind the arrows: the darker the larger. */
  readonly background?: FieldBackground;
}

/** Options of {@linkcode vectorField}. */
export interface VectorFieldOptions extends FigureOptions {
  /** What is on the x axis. */
  readonly xLabel: string;
  /** What is on the y axis. */
  readonly yLabel: string;
  /** What the numbers of the backgrounds are; must be there when one is. */
  readonly colorLabel?: string;
  /**
   * How long arrows are: `proportional` to the vectors, by one factor in all fields, or all `equal` to the
   * eye, for directions alone. The longest nearly reaches from one point of the grid to the next.
   * `proportional` when absent.
   */
  readonly lengths?: "proportional" | "equal";
}

/** The longest arrow, in steps of the grid. */
const REACH = 0.88;
/** A vector that is shorter than that share of the longest is zero but for rounding. */
const NOTHING = 1e-12;

/**
 * Draws the vectors of one field or of several side by side, e.g. two kinds of gradient, as arrows with their
 * middles on a grid, and on them the ways that something went. All fields have the same axes.
 *
 * Arrows point where the vectors do in the plane, so that a path that follows the vectors runs along them,
 * whatever the scales of the axes are. A vector of zero has no arrow, nor what rounding leaves of one. A path
 * begins at an open circle and ends at a filled one.
 *
 * @param fields The field, or those that stand side by side.
 * @param options Title, labels, lengths of the arrows.
 * @throws {RangeError} When there is no field, a grid has fewer than two rows or columns, its coordinates do
 * not rise, numbers are not as many as the grid has points or not finite, or a path's coordinates differ in
 * number.
 * @throws {TypeError} When there is a background and no `colorLabel`.
 *
 * @example Down the slope of x² + y²
 * ```ts
 * import { vectorField } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const x = [-1, 0, 1], y = [-1, 1];
 * const figure = vectorField({
 *   x,
 *   y,
 *   u: y.map(() => x.map((x) => -2 * x)),
 *   v: y.map((y) => x.map(() => -2 * y)),
 *   background: { z: y.map((y) => x.map((x) => x * x + y * y)) },
 *   paths: [{ name: "descent", x: [1, 0.5, 0.25], y: [-1, -0.5, -0.25] }],
 *   points: [{ name: "minimum", x: 0, y: 0 }],
 * }, { title: "All goes to the middle", xLabel: "x", yLabel: "y", colorLabel: "x² + y²" });
 * const names = figure.data.filter(({ showlegend }) => showlegend).map(({ name }) => name);
 * assertEquals(names, ["descent", "start", "end", "minimum"]);
 * ```
 */
export function vectorField(
  fields: VectorField | readonly VectorField[],
  options: VectorFieldOptions,
): Figure {
  const task = "draw a vector field";
  const list = "u" in fields ? [fields] : fields;
  checkFilled(task, "fields", list);
  const { xLabel, yLabel, colorLabel = "", lengths = "proportional" } = options;
  list.forEach((field, i) => checkField(task, "u" in fields ? "" : `fields[${i}].`, field));
  const shades = list.flatMap(({ background }) => background?.z.flat() ?? []);
  if (shades.length > 0 && colorLabel === "") {
    throw new TypeError(`Cannot ${task}: colorLabel must say what the background is`);
  }

  const paths = list.flatMap(({ paths = [] }) => paths);
  const keys = fieldKeys(paths, list.flatMap(({ points = [] }) => points));
  const space = spaceOf(list, options, {
    names: [...keys.paths, ...keys.ends, ...keys.points],
    hasBar: shades.length > 0,
  });
  const ranges = { x: rangeOf(list, "x"), y: rangeOf(list, "y") };
  const scale = {
    x: space.across / (ranges.x[1] - ranges.x[0]),
    y: space.up / (ranges.y[1] - ranges.y[0]),
  };
  const arrows = arrowsOf(list, { scale, lengths });
  const first = list.findIndex(({ background }) => background !== undefined);
  return {
    data: [
      ...list.flatMap(({ x, y, background, paths = [], points = [] }, i) =>
        [
          ...(background
            ? [
              backgroundTrace({ x, y, ...background }, { shades, colorLabel, hasBar: i === first }),
            ]
            : []),
          arrowTrace(arrows[i]!, scale),
          ...paths.flatMap((path) => pathTraces(path, keys)),
          ...points.map((point) => pointTrace(point, keys)),
        ].map((trace) => ({ ...trace, xaxis: `x${suffixOf(i)}`, yaxis: `y${suffixOf(i)}` }))
      ),
      ...keyTraces(keys, { drawn: paths, rows: space.rows }),
    ],
    layout: {
      ...space.layout,
      ...Object.fromEntries(list.flatMap((_, i) => {
        const suffix = suffixOf(i);
        return [
          [`xaxis${suffix}`, {
            ...axisOf(xLabel, { values: ranges.x, range: ranges.x }),
            automargin: false,
            domain: space.places[i],
            anchor: `y${suffix}`,
            ...(i > 0 ? { matches: "x" } : {}),
          }],
          [`yaxis${suffix}`, {
            ...axisOf(i === 0 ? yLabel : "", { values: ranges.y, range: ranges.y }),
            automargin: false,
            anchor: `x${suffix}`,
            ...(i > 0 ? { matches: "y", showticklabels: false } : {}),
          }],
        ];
      })),
    },
  };
}

/** The arrows of all fields. */
function arrowsOf(
  list: readonly VectorField[],
  { scale, lengths }: {
    readonly scale: PixelScale;
    readonly lengths: "proportional" | "equal";
  },
): Arrow[][] {
  const vectors = list.map(({ x, y, u, v }) =>
    y.flatMap((y, i) =>
      x.map((x, k) => {
        const [dx, dy] = [u[i]![k]!, v[i]![k]!];
        return { x, y, dx, dy, size: Math.hypot(dx * scale.x, dy * scale.y) };
      })
    )
  );
  const step = Math.min(
    ...list.map(({ x, y }) => Math.min(scale.x * leastStep(x), scale.y * leastStep(y))),
  );
  const most = vectors.flat().reduce((most, { size }) => Math.max(most, size), 0);
  return vectors.map((field) =>
    field.map(({ x, y, dx, dy, size }) => {
      if (size <= NOTHING * most) return { x, y, dx: 0, dy: 0 };
      const whole = lengths === "equal" ? size : most;
      return { x, y, dx: REACH * step * (dx / whole), dy: REACH * step * (dy / whole) };
    })
  );
}

function checkField(task: string, place: string, field: VectorField): void {
  const { x, y, u, v, paths = [], points = [], background } = field;
  checkGrid(task, place, { x, y, numbers: { u, v } });
  paths.forEach(({ x, y }, i) => {
    const path = `${place}paths[${i}]`;
    checkNumbers(task, `${path}.x`, x);
    checkNumbers(task, `${path}.y`, y, { length: x.length });
  });
  points.forEach(({ x, y }, i) => {
    checkNumber(task, `${place}points[${i}].x`, x);
    checkNumber(task, `${place}points[${i}].y`, y);
  });
  if (background === undefined) return;
  const { z, x: columns = x, y: rows = y } = background;
  checkGrid(task, `${place}background.`, { x: columns, y: rows, numbers: { z } });
}

/** Throws a `RangeError` unless the coordinates rise and there is a number at each point of the grid. */
function checkGrid(
  task: string,
  place: string,
  { x, y, numbers }: {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly numbers: Readonly<Record<string, readonly (readonly number[])[]>>;
  },
): void {
  for (const [name, values] of [["x", x], ["y", y]] as const) {
    checkNumbers(task, place + name, values);
    if (values.length < 2 || values.some((value, i) => i > 0 && value <= values[i - 1]!)) {
      throw new RangeError(
        `Cannot ${task}: ${place}${name} must be at least two numbers that rise`,
      );
    }
  }
  for (const [name, rows] of Object.entries(numbers)) {
    checkFilled(task, place + name, rows);
    if (rows.length !== y.length) {
      throw new RangeError(
        `Cannot ${task}: ${place}${name} must have ${y.length} rows, got ${rows.length}`,
      );
    }
    rows.forEach((row, i) =>
      checkNumbers(task, `${place}${name}[${i}]`, row, { length: x.length })
    );
  }
}
