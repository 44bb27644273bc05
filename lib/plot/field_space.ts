import type { FieldPath, FieldPoint } from "./field_marks.ts";
import { legendLayout, legendRows } from "./legend_rows.ts";
import { headNote, headOf, headRoom } from "./panel_head.ts";
import { type FigureOptions, layoutOf, LEGEND_ROW } from "./theme.ts";

/** Around and between the fields, in pixels. */
const LEFT = 68;
const BESIDE = 22;
const UNDER = 48;
const RIGHT = 16;
const COLOR_BAR = 88;
const HIGHEST = 360;
const LEAST = 100;
/** Around marks, in parts of the axis. */
const ROOM = 0.04;

/** Where fields lie. */
export interface FieldSpace {
  /** The width of a field's axes, in pixels. */
  readonly across: number;
  /** Their height. */
  readonly up: number;
  /** The part of the figure's axes that each field takes, from left to right. */
  readonly places: readonly (readonly [number, number])[];
  /** The names in the rows of the legend. */
  readonly rows: readonly (readonly string[])[];
  /** All of the layout but the axes. */
  readonly layout: Record<string, unknown>;
}

/**
 * The places of fields beside each other, with all that is around them. They are known to the pixel, so that
 * arrows can be drawn that look right.
 *
 * @param list The fields.
 * @param options What all figures take.
 * @param parts The names that the legend shows, and whether a scale of colours stands at the right.
 */
export function spaceOf(
  list: readonly { readonly title?: string; readonly note?: string }[],
  options: FigureOptions,
  { names, hasBar }: { readonly names: readonly string[]; readonly hasBar: boolean },
): FieldSpace {
  const width = options.width ?? (list.length === 1 ? 720 : 850);
  const right = RIGHT + (hasBar ? COLOR_BAR : 0);
  const all = width - LEFT - right;
  const across = (all - BESIDE * (list.length - 1)) / list.length;
  checkSide("width", width, { side: across, least: width + (LEAST - across) * list.length });
  const rows = legendRows(names, all);
  const heads = list.map((field) => headOf(field, across + BESIDE - 8));
  const head = headRoom(heads);
  const around = { above: head + LEGEND_ROW * rows.length };
  const { t: top } = layoutOf({ ...options, width }, around).margin as { t: number };
  const height = options.height ?? Math.ceil(top + UNDER + Math.min(HIGHEST, across));
  const up = height - top - UNDER;
  checkSide("height", height, { side: up, least: top + UNDER + LEAST });
  const layout = layoutOf({ ...options, width, height }, around);
  const places = list.map((_, i): [number, number] => {
    const left = i * (across + BESIDE) / all;
    return [left, left + across / all];
  });
  return {
    across,
    up,
    places,
    rows,
    layout: {
      ...layout,
      margin: { ...layout.margin as object, l: LEFT, r: right, b: UNDER },
      ...legendLayout(rows.length, { above: head, height: up }),
      annotations: head === 0
        ? []
        : heads.map((head, i) => headNote(head, { x: places[i]!, y: [0, 1] })),
    },
  };
}

function checkSide(
  name: string,
  pixels: number,
  { side, least }: { readonly side: number; readonly least: number },
): void {
  if (side >= LEAST) return;
  throw new RangeError(
    `Cannot draw a vector field: ${name} must be at least ${
      Math.ceil(least)
    } pixels, got ${pixels}`,
  );
}

/** What {@linkcode rangeOf} reads of a field. */
interface Extent {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly paths?: readonly FieldPath[];
  readonly points?: readonly FieldPoint[];
  readonly background?: { readonly x?: readonly number[]; readonly y?: readonly number[] };
}

/** The ends of an axis: half a step around all grids, and a little beyond what lies outside them. */
export function rangeOf(list: readonly Extent[], axis: "x" | "y"): [low: number, high: number] {
  const grids = list.flatMap((field) => {
    const [values, half] = [field[axis], leastStep(field[axis]) / 2];
    return [values[0]! - half, values.at(-1)! + half, ...field.background?.[axis] ?? []];
  });
  const marks = list.flatMap(({ paths = [], points = [] }) => [
    ...paths.flatMap((path) => path[axis]),
    ...points.map((point) => point[axis]),
  ]);
  const [low, high] = endsOf(grids);
  const [least, most] = endsOf([...grids, ...marks]);
  const room = ROOM * (most - least);
  return [least < low ? least - room : low, most > high ? most + room : high];
}

/** How far apart the closest neighbours are. */
export function leastStep(values: readonly number[]): number {
  return values.slice(1).reduce((step, value, i) => Math.min(step, value - values[i]!), Infinity);
}

function endsOf(values: readonly number[]): [low: number, high: number] {
  return [
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  ];
}
