/**
 * How large SVG elements are, worked out from their attributes: what a browser's layout answers and
 * a bare DOM does not.
 *
 * @module
 */
import { ASCENT, DESCENT, textWidth } from "./text_width.ts";

/** The part of a DOM element that is read here. */
export interface SvgElement {
  readonly tagName: string;
  readonly parentElement: SvgElement | null;
  readonly childNodes: Iterable<SvgNode>;
  readonly style?: { getPropertyValue(name: string): string };
  getAttribute(name: string): string | null;
}

/** An element, or a text node, whose `nodeType` is 3. */
export type SvgNode = SvgElement & { readonly nodeType: number; readonly data?: string };

/** An upright rectangle as browsers describe it. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
}

type Point = readonly [x: number, y: number];
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** The rectangle around an element in its own coordinates (`getBBox`). */
export function localBox(element: SvgElement): Rect {
  return around(corners(element));
}

/** The rectangle around an element in the coordinates of its drawing (`getBoundingClientRect`). */
export function drawnBox(element: SvgElement): Rect {
  let matrix = IDENTITY;
  for (let e: SvgElement | null = element; e; e = e.parentElement) {
    matrix = multiply(transformOf(e), matrix);
  }
  return around(corners(element).map((p) => apply(matrix, p)));
}

/** The length of an element's text in its own coordinates (`getComputedTextLength`). */
export function textLength(element: SvgElement): number {
  let length = 0;
  for (const child of element.childNodes) {
    if (child.nodeType === 3) {
      length += textWidth(child.data ?? "", fontSize(element)) * (isBold(element) ? 1.046 : 1);
    } else {
      length += textLength(child);
    }
  }
  return length;
}

/** The length of a path, curves taken as chains of short lines (`getTotalLength`). */
export function pathLength(element: SvgElement): number {
  const points = pathPoints(element.getAttribute("d") ?? "");
  let length = 0;
  for (let i = 1; i < points.length; i++) length += distance(points[i - 1]!, points[i]!);
  return length;
}

/** The point `along` pixels from a path's start (`getPointAtLength`). */
export function pointAt(element: SvgElement, along: number): { x: number; y: number } {
  const points = pathPoints(element.getAttribute("d") ?? "");
  let [x, y] = points[0] ?? [0, 0];
  let left = Math.max(0, along);
  for (let i = 1; i < points.length && left > 0; i++) {
    const [from, to] = [points[i - 1]!, points[i]!];
    const step = distance(from, to);
    const share = step > left ? left / step : 1;
    x = from[0] + share * (to[0] - from[0]);
    y = from[1] + share * (to[1] - from[1]);
    left -= step;
  }
  return { x, y };
}

function corners(element: SvgElement): Point[] {
  const get = (name: string): number => parseFloat(element.getAttribute(name) ?? "") || 0;
  switch (element.tagName) {
    case "text":
      return textCorners(element);
    case "tspan":
      return lineCorners(element, anchorOf(element));
    case "rect":
    case "image":
      return rectangle(get("x"), get("y"), get("width"), get("height"));
    case "circle":
      return rectangle(get("cx") - get("r"), get("cy") - get("r"), 2 * get("r"), 2 * get("r"));
    case "line":
      return [[get("x1"), get("y1")], [get("x2"), get("y2")]];
    case "path":
      return pathPoints(element.getAttribute("d") ?? "");
    case "defs":
    case "clipPath":
    case "style":
    case "title":
      return [];
    default: {
      const all: Point[] = [];
      for (const child of element.childNodes) {
        if (child.nodeType !== 1) continue;
        const matrix = transformOf(child);
        for (const point of corners(child)) all.push(apply(matrix, point));
      }
      return all;
    }
  }
}

function textCorners(text: SvgElement): Point[] {
  const anchor = anchorOf(text);
  const lines = [...text.childNodes].filter((child) =>
    child.nodeType === 1 && child.tagName === "tspan" && child.getAttribute("class") === "line"
  );
  if (lines.length === 0) return lineCorners(text, anchor);
  return lines.flatMap((line) => lineCorners(line, anchor));
}

function lineCorners(line: SvgElement, anchor: string): Point[] {
  const width = textLength(line);
  if (width === 0) return [];
  const size = largestFont(line);
  const x = inherited(line, "x") - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
  const shift = line.getAttribute("dy") ?? "0";
  const y = inherited(line, "y") +
    parseFloat(shift) * (shift.endsWith("em") ? fontSize(line) : 1);
  // Browsers round both to whole pixels.
  const [up, down] = [Math.round(ASCENT * size), Math.round(DESCENT * size)];
  return rectangle(x, y - up, width, up + down);
}

function inherited(element: SvgElement, name: string): number {
  for (let e: SvgElement | null = element; e; e = e.parentElement) {
    const value = e.getAttribute(name);
    if (value !== null) return parseFloat(value) || 0;
    if (e.tagName === "text") break;
  }
  return 0;
}

function largestFont(element: SvgElement): number {
  let size = 0;
  for (const child of element.childNodes) {
    if (child.nodeType === 1) size = Math.max(size, largestFont(child));
    else if (child.nodeType === 3 && child.data !== "") size = Math.max(size, fontSize(element));
  }
  return size;
}

function fontSize(element: SvgElement): number {
  const value = property(element, "font-size") ?? "16";
  // A share of the parent's size, as plotly writes for raised and lowered text.
  if (value.endsWith("%") && element.parentElement) {
    return parseFloat(value) / 100 * fontSize(element.parentElement);
  }
  return parseFloat(value) || 16;
}

function isBold(element: SvgElement): boolean {
  const weight = property(element, "font-weight") ?? "normal";
  return weight === "bold" || parseInt(weight) >= 600;
}

function anchorOf(element: SvgElement): string {
  return property(element, "text-anchor") ?? "start";
}

function property(element: SvgElement, name: string): string | undefined {
  for (let e: SvgElement | null = element; e; e = e.parentElement) {
    const value = e.style?.getPropertyValue(name) || e.getAttribute(name);
    if (value) return value;
  }
  return undefined;
}

function transformOf(element: SvgElement): Matrix {
  let matrix = IDENTITY;
  const text = element.getAttribute("transform") ?? "";
  for (const [, name, list] of text.matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [a = 0, b, c = 0, d = 0, e = 0, f = 0] = list!.split(/[\s,]+/).map(Number);
    if (name === "translate") matrix = multiply(matrix, [1, 0, 0, 1, a, b ?? 0]);
    else if (name === "scale") matrix = multiply(matrix, [a, 0, 0, b ?? a, 0, 0]);
    else if (name === "matrix") matrix = multiply(matrix, [a, b ?? 0, c, d, e, f]);
    else if (name === "rotate") {
      const [cos, sin] = [Math.cos(a * Math.PI / 180), Math.sin(a * Math.PI / 180)];
      const [x, y] = [b ?? 0, c];
      matrix = multiply(matrix, [
        cos,
        sin,
        -sin,
        cos,
        x - x * cos + y * sin,
        y - x * sin - y * cos,
      ]);
    }
  }
  return matrix;
}

function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

function apply(m: Matrix, [x, y]: Point): Point {
  return [m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]];
}

function rectangle(x: number, y: number, width: number, height: number): Point[] {
  return [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
}

function around(points: readonly Point[]): Rect {
  if (points.length === 0) {
    return { x: 0, y: 0, left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 };
  }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

const ARGUMENTS: { readonly [command: string]: number } = {
  M: 2,
  L: 2,
  T: 2,
  H: 1,
  V: 1,
  C: 6,
  S: 4,
  Q: 4,
  A: 7,
  Z: 0,
};

/** The points that a path runs through, with points on its curves and the ends of its arcs. */
function pathPoints(d: string): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, letter, list] of d.matchAll(/([a-z])([^a-z]*)/gi)) {
    const command = letter!.toUpperCase();
    const numbers = (list!.match(/-?\d*\.?\d+(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    const count = ARGUMENTS[command] ?? 0;
    const [dx, dy] = letter === command ? [0, 0] : [1, 1];
    for (let i = 0; count > 0 && i + count <= numbers.length; i += count) {
      const [ox, oy] = [dx * x, dy * y];
      const n = numbers.slice(i, i + count);
      if (command === "H") x = ox + n[0]!;
      else if (command === "V") y = oy + n[0]!;
      else {
        const [ex, ey] = [ox + n[count - 2]!, oy + n[count - 1]!];
        if (command === "C" || command === "S" || command === "Q") {
          const control: Point = [ox + n[count - 4]!, oy + n[count - 3]!];
          const first: Point = command === "C" ? [ox + n[0]!, oy + n[1]!] : [x, y];
          points.push(
            ...(command === "Q"
              ? curve([x, y], between([x, y], control), between([ex, ey], control), [ex, ey])
              : curve([x, y], first, control, [ex, ey])),
          );
        }
        [x, y] = [ex, ey];
      }
      points.push([x, y]);
    }
  }
  return points;
}

/** The control of a cubic curve that equals a quadratic one: two thirds of the way to its control. */
function between(end: Point, control: Point): Point {
  return [(end[0] + 2 * control[0]) / 3, (end[1] + 2 * control[1]) / 3];
}

function curve(a: Point, b: Point, c: Point, d: Point): Point[] {
  return [1, 2, 3, 4, 5, 6, 7].map((step) => {
    const [t, u] = [step / 8, 1 - step / 8];
    const [p, q, r, s] = [u ** 3, 3 * u * u * t, 3 * u * t * t, t ** 3];
    return [p * a[0] + q * b[0] + r * c[0] + s * d[0], p * a[1] + q * b[1] + r * c[1] + s * d[1]];
  });
}
