import { type FigureOptions, label, layoutOf } from "./theme.ts";

/** A point of a drawing: pixels from its top left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The area under a figure's title as a drawing surface. */
export interface Canvas {
  /** The layout; its axes count pixels from the top left corner and are not seen. */
  readonly layout: Record<string, unknown>;
  /** Width of the surface in pixels. */
  readonly width: number;
  /** Height of the surface in pixels. */
  readonly height: number;
}

/** A surface to draw on, `height` pixels high unless the options set the height of the figure. */
export function canvasLayout(options: FigureOptions, height: number): Canvas {
  const top = (layoutOf(options).margin as { t: number }).t;
  const layout = layoutOf(options, { height: Math.max(120, Math.ceil(top + height + 16)) });
  const margin = { l: 16, r: 16, t: top, b: 16, pad: 0 };
  const size = {
    width: Number(layout.width) - margin.l - margin.r,
    height: Number(layout.height) - margin.t - margin.b,
  };
  const axis = { visible: false, fixedrange: true };
  return {
    ...size,
    layout: {
      ...layout,
      margin,
      xaxis: { ...axis, range: [0, size.width] },
      yaxis: { ...axis, range: [size.height, 0] },
      dragmode: false,
    },
  };
}

/** Text with its middle at a point. */
export function noteAt(
  place: Place,
  text: string,
  look: { readonly size: number; readonly color: string; readonly background?: string },
): object {
  return {
    x: place.x,
    y: place.y,
    text: label(text),
    showarrow: false,
    font: { size: look.size, color: look.color },
    ...(look.background ? { bgcolor: look.background, borderpad: 1 } : {}),
  };
}

/** The path of a cubic curve. */
export function curvePath(start: Place, a: Place, b: Place, end: Place): string {
  return `M${at(start)}C${at(a)} ${at(b)} ${at(end)}`;
}

/** The path of straight lines from point to point. */
export function linePath(points: readonly Place[]): string {
  return `M${points.map(at).join("L")}`;
}

/** The path of a triangle whose tip is at `end` and which comes from `from`. */
export function arrowHead(from: Place, end: Place, size: number): string {
  const length = Math.hypot(end.x - from.x, end.y - from.y) || 1;
  const [x, y] = [(end.x - from.x) / length * size, (end.y - from.y) / length * size];
  const left = { x: end.x - x - y * 0.45, y: end.y - y + x * 0.45 };
  const right = { x: end.x - x + y * 0.45, y: end.y - y - x * 0.45 };
  return `M${at(end)}L${at(left)}L${at(right)}Z`;
}

/** The path of a box with round corners around its middle. */
export function roundedBox(middle: Place, width: number, height: number, radius: number): string {
  const [left, right] = [middle.x - width / 2, middle.x + width / 2];
  const [top, bottom] = [middle.y - height / 2, middle.y + height / 2];
  const corner = (x: number, y: number, toX: number, toY: number) =>
    `Q${at({ x, y })} ${at({ x: toX, y: toY })}`;
  return `M${at({ x: left + radius, y: top })}L${at({ x: right - radius, y: top })}` +
    corner(right, top, right, top + radius) + `L${at({ x: right, y: bottom - radius })}` +
    corner(right, bottom, right - radius, bottom) + `L${at({ x: left + radius, y: bottom })}` +
    corner(left, bottom, left, bottom - radius) + `L${at({ x: left, y: top + radius })}` +
    corner(left, top, left + radius, top) + "Z";
}

function at({ x, y }: Place): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}
