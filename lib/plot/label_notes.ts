import { placeLabels } from "./place_labels.ts";
import { INK, label } from "./theme.ts";

/** A point in the coordinates of its axes: the logarithm, where they are logarithmic. */
export interface NotedPoint {
  /** Where it lies. */
  readonly x: number;
  /** Where it lies. */
  readonly y: number;
  /** What stands beside it. */
  readonly label: string;
}

/** Where the points are drawn. */
export interface NotedArea {
  /** The figure's layout, of which the sizes count. */
  readonly layout: Readonly<Record<string, unknown>>;
  /** The ends of the x axis, in its coordinates. */
  readonly x: readonly [low: number, high: number];
  /** The ends of the y axis. */
  readonly y: readonly [low: number, high: number];
  /** What else is drawn there, which labels had better not cover. */
  readonly obstacles?: readonly { readonly x: number; readonly y: number }[];
}

/** How much of a figure its axes have, in pixels; the axes' own labels take about the rest. */
export function areaOf(
  layout: Readonly<Record<string, unknown>>,
): { readonly width: number; readonly height: number } {
  const { t: top, r: right } = layout.margin as { t: number; r: number };
  return { width: Number(layout.width) - 76 - right, height: Number(layout.height) - top - 70 };
}

/** Labels of some of the points with a line to each, placed where they fit on the drawing. */
export function labelNotes(
  points: readonly NotedPoint[],
  which: readonly number[],
  { layout, x, y, obstacles = [] }: NotedArea,
): object[] {
  if (which.length === 0) return [];
  const area = areaOf(layout);
  const along = (value: number, [low, high]: readonly [number, number]) =>
    (value - low) / (high - low || 1);
  const placeOf = (point: { readonly x: number; readonly y: number }) => ({
    x: along(point.x, x) * area.width,
    y: (1 - along(point.y, y)) * area.height,
  });
  const places = points.map(placeOf);
  const offsets = placeLabels(
    which.map((i) => ({ ...places[i]!, text: points[i]!.label })),
    [...places, ...obstacles.map(placeOf)],
    area,
    12,
  );
  return which.map((i, k) => ({
    x: points[i]!.x,
    y: points[i]!.y,
    text: label(points[i]!.label),
    ax: offsets[k]!.dx,
    ay: offsets[k]!.dy,
    showarrow: true,
    arrowhead: 0,
    arrowwidth: 1,
    arrowcolor: INK,
    standoff: 5,
    font: { size: 12 },
    bgcolor: "rgba(255,255,255,0.8)",
    borderpad: 1,
  }));
}
