import { checkFilled, checkNumber } from "./checks.ts";
import type { Figure, Trace } from "./figure.ts";
import { shortNumber } from "./format_number.ts";
import { areaOf, labelNotes } from "./label_notes.ts";
import { textWidth } from "./text_width.ts";
import {
  axisOf,
  colorOf,
  FAINT,
  type FigureOptions,
  label,
  layoutOf,
  legendName,
} from "./theme.ts";

/** A kernel, or whatever else computes, in a {@linkcode roofline}. */
export interface RooflinePoint {
  /** Floating-point operations for each byte that it reads or writes. */
  readonly intensity: number;
  /** What it reaches, in GFLOP/s. */
  readonly gflops: number;
  /** Its weight, e.g. its share of the time, as the area of its mark; all alike when absent. */
  readonly weight?: number;
  /** What it is; shown when the pointer is on it, and beside it when it is highlighted. */
  readonly label?: string;
  /** What it belongs to; points of one group share a colour. */
  readonly group?: string;
}

/** Somewhere numbers come from. */
export interface RooflineMemory {
  /** What it is, e.g. `"memory"`; written at its roof. */
  readonly name: string;
  /** How many GB/s come from and go to it at best. */
  readonly bandwidth: number;
}

/** Options of {@linkcode roofline}. */
export interface RooflineOptions extends FigureOptions {
  /** What the machine can compute at best, in GFLOP/s. */
  readonly peak: number;
  /** Where numbers may come from, each of which has a roof of its own. */
  readonly memories: readonly RooflineMemory[];
  /** Indices of points whose label is written beside them. */
  readonly highlight?: readonly number[];
}

/** Diameters of marks. */
const LEAST_SIZE = 6, LARGEST_SIZE = 30;
/** Of the texts at roofs: the size of their font, and how high their middle is above the roof. */
const NOTE_SIZE = 12, NOTE_RISE = 11;

/**
 * Draws the roofline model (Williams, Waterman & Patterson 2009): how fast kernels compute against how
 * much they compute for each byte, both logarithmic, under what the machine allows: its peak, and to
 * the left of the ridge as many operations as the memory feeds it.
 *
 * @param points The kernels.
 * @param options Title, peak, memories, highlights.
 * @throws {RangeError} When there is no point or no memory, a number is not positive and finite, or
 * `highlight` names no point.
 *
 * @example A convolution that is computed, and a sum that waits for its numbers
 * ```ts
 * import { roofline } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const figure = roofline([
 *   { intensity: 36, gflops: 48, label: "conv 3x3" },
 *   { intensity: 1 / 12, gflops: 1.2, label: "add" },
 * ], {
 *   title: "The sum waits for memory",
 *   peak: 60,
 *   memories: [{ name: "memory", bandwidth: 20 }],
 *   highlight: [0, 1],
 * });
 * assertEquals((figure.data[0]!.x as number[])[1], 60 / 20); // the ridge
 * ```
 */
export function roofline(points: readonly RooflinePoint[], options: RooflineOptions): Figure {
  const task = "draw a roofline";
  const { peak, memories, highlight = [] } = options;
  checkFilled(task, "points", points);
  checkFilled(task, "memories", memories);
  const positive = { positive: true };
  points.forEach(({ intensity, gflops, weight }, i) => {
    checkNumber(task, `points[${i}].intensity`, intensity, positive);
    checkNumber(task, `points[${i}].gflops`, gflops, positive);
    if (weight !== undefined) checkNumber(task, `points[${i}].weight`, weight, positive);
  });
  checkNumber(task, "peak", peak, positive);
  memories.forEach(({ bandwidth }, i) =>
    checkNumber(task, `memories[${i}].bandwidth`, bandwidth, positive)
  );
  for (const index of highlight) {
    if (points[index] === undefined) {
      throw new RangeError(
        `Cannot ${task}: highlight must name points 0 to ${points.length - 1}, got ${index}`,
      );
    }
  }

  const ridges = memories.map(({ bandwidth }) => peak / bandwidth);
  const least = Math.min(...points.map(({ intensity }) => intensity), ...ridges);
  const xRange = [
    least / 2,
    2.5 * Math.max(...points.map(({ intensity }) => intensity), ...ridges),
  ] as const;
  const yRange = [
    0.6 * Math.min(
      ...points.map(({ gflops }) => gflops),
      ...memories.map(({ bandwidth }) => bandwidth * 1.5 * least),
    ),
    3 * Math.max(peak, ...points.map(({ gflops }) => gflops)),
  ] as const;
  const groups = [...new Set(points.map(({ group }) => group ?? ""))];
  const named = groups.filter((name) => name !== "");
  const layout = layoutOf(options, { legend: named, height: 460 });
  const logs = ([low, high]: readonly [number, number]): [number, number] => [
    Math.log10(low),
    Math.log10(high),
  ];
  const noted = points.map(({ intensity, gflops, label }, i) => ({
    x: Math.log10(intensity),
    y: Math.log10(gflops),
    label: label ?? `${i}`,
  }));
  const area = { layout, x: logs(xRange), y: logs(yRange) };
  const pixels = pixelsOf(area);
  const heaviest = points.reduce((most, { weight = 0 }) => Math.max(most, weight), 0);
  const notes = [
    peakNote(peak, Math.min(...ridges)),
    ...memories.map((memory) => memoryNote(memory, area)),
  ];
  const obstacles = [
    ...memories.flatMap(({ bandwidth }) => roofPlaces(bandwidth, { peak, x: area.x })),
    ...notes.flatMap((note) => textPlaces(note, pixels)),
    ...points.flatMap((point, i) => edgePlaces(noted[i]!, sizeOf(point, heaviest) / 2, pixels)),
  ];
  return {
    data: [
      ...memories.map((_, i) => roofTrace(ridges[i]!, xRange, peak)),
      ...groups.map((name, index) =>
        pointsTrace(points.filter(({ group = "" }) => group === name), { name, index, heaviest })
      ),
    ],
    layout: {
      ...layout,
      xaxis: axisOf("arithmetic intensity (FLOP/byte)", { log: true, range: xRange }),
      yaxis: axisOf("speed (GFLOP/s)", { log: true, range: yRange }),
      annotations: [
        ...notes.map(annotation),
        ...labelNotes(noted, highlight, { ...area, obstacles }),
      ],
    },
  };
}

/** From the right end to the ridge, level, and down from there. */
function roofTrace(ridge: number, [low, high]: readonly [number, number], peak: number): Trace {
  return {
    type: "scatter",
    mode: "lines",
    x: [high, ridge, low],
    y: [peak, peak, peak * low / ridge],
    line: { color: FAINT, width: 2 },
    hoverinfo: "skip",
    showlegend: false,
  };
}

function pointsTrace(
  members: readonly RooflinePoint[],
  { name, index, heaviest }: {
    readonly name: string;
    readonly index: number;
    readonly heaviest: number;
  },
): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name: legendName(name),
    x: members.map(({ intensity }) => intensity),
    y: members.map(({ gflops }) => gflops),
    text: members.map((point) => label(point.label ?? "")),
    marker: {
      color: colorOf(index),
      size: members.map((point) => sizeOf(point, heaviest)),
      opacity: 0.7,
      line: { color: "#FFFFFF", width: 1 },
    },
    hovertemplate: "%{text}<br>%{x:.3g} FLOP/byte: %{y:.3g} GFLOP/s<extra>" + label(name) +
      "</extra>",
    showlegend: name !== "",
  };
}

/** The diameter of a mark in pixels. */
function sizeOf({ weight }: RooflinePoint, heaviest: number): number {
  if (weight === undefined) return 9;
  return Math.max(LEAST_SIZE, LARGEST_SIZE * Math.sqrt(weight / heaviest));
}

/** Where something is, in the coordinates of the axes: logarithms. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** The drawing: its layout, and the ends of its axes. */
interface Area {
  readonly layout: Readonly<Record<string, unknown>>;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** A text that follows a roof, a little above it. */
interface Note extends Place {
  /** What it says. */
  readonly text: string;
  /** The angle of the roof on the drawing, upwards. */
  readonly slope: number;
  /** Where along the roof it begins, in pixels from its place. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
}

/** Pixels of a unit of each axis. */
function pixelsOf({ layout, x, y }: Area): Place {
  const { width, height } = areaOf(layout);
  return { x: width / (x[1] - x[0]), y: height / (y[1] - y[0]) };
}

/** From where the level part begins. */
function peakNote(peak: number, ridge: number): Note {
  const text = `peak: ${shortNumber(Number(peak.toPrecision(2)))} GFLOP/s`;
  const to = textWidth(text, NOTE_SIZE);
  return { text, x: Math.log10(ridge), y: Math.log10(peak), slope: 0, from: 0, to };
}

/** Near the left end of a memory's roof or, if that is below the figure, from where it comes in. */
function memoryNote({ name, bandwidth }: RooflineMemory, area: Area): Note {
  const pixels = pixelsOf(area);
  const slope = Math.atan2(pixels.y, pixels.x);
  const text = `${name}: ${shortNumber(Number(bandwidth.toPrecision(2)))} GB/s`;
  const half = textWidth(text, NOTE_SIZE) / 2;
  const start = Math.max(area.x[0], area.y[0] - Math.log10(bandwidth));
  const x = start + Math.cos(slope) * (half + 35) / pixels.x;
  return { text, x, y: x + Math.log10(bandwidth), slope, from: -half, to: half };
}

/** How far a note's place is from so many pixels along its roof and up to its middle line. */
function offsetOf({ slope }: Note, along: number): Place {
  return {
    x: Math.cos(slope) * along - Math.sin(slope) * NOTE_RISE,
    y: Math.sin(slope) * along + Math.cos(slope) * NOTE_RISE,
  };
}

/** A note for plotly, which turns a text about its middle. */
function annotation(note: Note): object {
  const { x, y } = offsetOf(note, (note.from + note.to) / 2);
  return {
    x: note.x,
    y: note.y,
    xshift: x,
    yshift: y,
    text: label(note.text),
    showarrow: false,
    font: { size: NOTE_SIZE, color: "#5A5A5A" },
    xanchor: "center",
    yanchor: "middle",
    textangle: -note.slope * 180 / Math.PI,
  };
}

/** Places along a roof. */
function roofPlaces(
  bandwidth: number,
  { peak, x }: { readonly peak: number } & Pick<Area, "x">,
): Place[] {
  return Array.from({ length: 101 }, (_, i) => {
    const at = x[0] + (x[1] - x[0]) * i / 100;
    return { x: at, y: Math.min(Math.log10(peak), at + Math.log10(bandwidth)) };
  });
}

/** Places along a text. */
function textPlaces(note: Note, pixels: Place): Place[] {
  return Array.from({ length: 15 }, (_, i) => {
    const { x, y } = offsetOf(note, note.from + (note.to - note.from) * i / 14);
    return { x: note.x + x / pixels.x, y: note.y + y / pixels.y };
  });
}

/** Places around the edge of a mark. */
function edgePlaces({ x, y }: Place, radius: number, pixels: Place): Place[] {
  return Array.from({ length: 8 }, (_, i) => ({
    x: x + radius * Math.cos(i * Math.PI / 4) / pixels.x,
    y: y + radius * Math.sin(i * Math.PI / 4) / pixels.y,
  }));
}
