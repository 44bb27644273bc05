import { powerOfTen, shortNumber } from "./format_number.ts";
import { escapeText, FONT_FAMILY, textWidth, wrapText } from "./text_width.ts";

/**
 * Colours that people with any colour vision tell apart (Okabe & Ito 2008), its yellow, which is
 * hard to see on white, left out for a grey.
 */
export const COLORS: readonly string[] = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#222222",
  "#8A8A8A",
];

/** The colour of text. */
export const INK = "#222222";

/** The colour of what stands behind: notes, baselines, edges without an op. */
export const FAINT = "#8A8A8A";

/** The colour of what hardly shows: lines across a figure. */
export const GRID = "#E8E8E8";
const DASHES = ["solid", "dash", "dot", "dashdot"];
const TITLE_SIZE = 17;
const SUBTITLE_SIZE = 13;
const LEGEND_SIZE = 12;
const LEGEND_WIDTH = 160;
const NOTE_SIZE = 12;
const EDGE = 16;

/** The height of a row of the legend, in pixels. */
export const LEGEND_ROW = 26;

/** How the legend looks, wherever it stands. */
export const LEGEND: Readonly<Record<string, unknown>> = {
  font: { size: LEGEND_SIZE },
  bgcolor: "rgba(0,0,0,0)",
  tracegroupgap: 2,
  xanchor: "left",
};

/** What every figure takes. Texts are plain: `<` and `&` show as they are, `\n` breaks the line. */
export interface FigureOptions {
  /** What the figure shows; best the finding itself. Stands at the top left. */
  readonly title: string;
  /** A second, smaller line: conditions, numbers of runs. */
  readonly subtitle?: string;
  /** Width in pixels; 720 when absent. */
  readonly width?: number;
  /** Height in pixels. */
  readonly height?: number;
}

/** A straight line across a figure at a value to compare with. */
export interface Baseline {
  /** Where it lies, in the units of the axis. */
  readonly value: number;
  /** What it is; written at the line. */
  readonly label: string;
}

/** The colour of the series with this index; the colours come round again after eight. */
export function colorOf(index: number): string {
  return COLORS[index % COLORS.length]!;
}

/** The dash of the series with this index: solid for the first eight, dashed for the next. */
export function dashOf(index: number): string {
  return DASHES[Math.floor(index / COLORS.length) % DASHES.length]!;
}

/** A hexadecimal colour made translucent. */
export function translucent(color: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
  return `rgba(${r},${g},${b},${opacity})`;
}

/** A hexadecimal colour mixed into white. */
export function tint(color: string, share: number): string {
  const parts = [1, 3, 5].map((i) => {
    const part = Math.round(255 + share * (parseInt(color.slice(i, i + 2), 16) - 255));
    return part.toString(16).padStart(2, "0");
  });
  return `#${parts.join("")}`;
}

/** Text for plotly: escaped, with line breaks. */
export function label(text: string): string {
  return escapeText(text).replaceAll("\n", "<br>");
}

/** What {@linkcode layoutOf} puts around the axes. */
export interface LayoutParts {
  /** The names that the legend shows; none, no legend. */
  readonly legend?: readonly string[];
  /** Height where the options give none; 420 when absent. */
  readonly height?: number;
  /** Extra space on the right of the axes, in pixels. */
  readonly right?: number;
  /** Extra space right above the axes, in pixels. */
  readonly above?: number;
}

/** The layout that all figures share: size, font, title, legend, margins. */
export function layoutOf(options: FigureOptions, parts: LayoutParts = {}): Record<string, unknown> {
  const width = options.width ?? 720;
  for (const [name, value] of [["width", width], ["height", options.height]] as const) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 100)) {
      throw new RangeError(
        `Cannot draw a figure: ${name} must be at least 100 pixels, got ${value}`,
      );
    }
  }
  if (typeof options.title !== "string" || options.title.trim() === "") {
    throw new TypeError("Cannot draw a figure: title must be a text that is not empty");
  }
  const room = width - 2 * EDGE;
  const titleLines = wrapText(options.title, room, TITLE_SIZE);
  const subtitleLines = options.subtitle ? wrapText(options.subtitle, room, SUBTITLE_SIZE) : [];
  const title = [
    ...titleLines.map(escapeText),
    ...subtitleLines.map((line) =>
      `<span style="font-size:${SUBTITLE_SIZE}px;color:#5A5A5A">${escapeText(line)}</span>`
    ),
  ].join("<br>");
  // plotly sets every line of a title 1.3 title sizes apart, smaller ones too.
  const titleHeight = 1.3 * TITLE_SIZE * (titleLines.length + subtitleLines.length);
  const above = parts.above ?? 0;
  const right = parts.right ?? 0;
  const legend = legendOf(parts.legend ?? [], width - 100);
  const top = Math.round(EDGE + titleHeight + 8 + above + (legend.column ? 0 : legend.height));
  // A column of names that is higher than the axes would be cut.
  const height = options.height ??
    Math.max(parts.height ?? 420, legend.column ? top + legend.height + 60 : 0);
  return {
    width,
    height,
    font: { family: FONT_FAMILY, size: 13, color: INK },
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    colorway: COLORS,
    title: {
      text: title,
      font: { size: TITLE_SIZE },
      x: EDGE / width,
      xref: "container",
      xanchor: "left",
      // The baseline of the first line; plotly places the top of several lines otherwise than of one.
      y: 1 - (EDGE + 0.72 * TITLE_SIZE) / height,
      yref: "container",
      yanchor: "bottom",
    },
    margin: { l: EDGE, r: EDGE + 8 + right, t: top, b: EDGE, pad: 0 },
    showlegend: legend.height > 0,
    ...(legend.height > 0
      ? {
        legend: {
          ...LEGEND,
          ...(legend.column
            ? { orientation: "v", x: 1 + (14 + right) / (width - 250), y: 1, yanchor: "top" }
            : { orientation: "h", x: 0, y: 1 + above / (height - top - 50), yanchor: "bottom" }),
        },
      }
      : {}),
    hovermode: "closest",
    hoverlabel: { bgcolor: "#FFFFFF", bordercolor: FAINT, font: { family: FONT_FAMILY, size: 12 } },
  };
}

/** One row above the axes if the names fit in it, else a column at the right; never on the data. */
function legendOf(names: readonly string[], room: number): { column: boolean; height: number } {
  if (names.length === 0) return { column: false, height: 0 };
  const row = names.reduce((sum, name) => sum + keyWidth(name), 0);
  if (row <= room) return { column: false, height: LEGEND_ROW };
  const height = names.reduce((sum, name) => {
    const lines = wrapText(name, LEGEND_WIDTH, LEGEND_SIZE).length;
    return sum + 1.3 * LEGEND_SIZE * lines + 6;
  }, 10);
  return { column: true, height: Math.ceil(height) };
}

/** The width of a name in a row of the legend, with its mark, in pixels. */
export function keyWidth(name: string): number {
  return 45 + textWidth(name, LEGEND_SIZE);
}

/** A name as the legend shows it, long ones on several lines. */
export function legendName(name: string): string {
  return wrapText(name, LEGEND_WIDTH, LEGEND_SIZE).map(escapeText).join("<br>");
}

/** What {@linkcode axisOf} can be told. */
export interface AxisParts {
  /** The numbers along it, from which the way of writing them follows. */
  readonly values?: readonly number[];
  /** Whether it is logarithmic. */
  readonly log?: boolean;
  /** Its ends, in the units of the values. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** Whether it has lines across the figure; `true` when absent. */
  readonly grid?: boolean;
}

/** An axis with its label, as all figures draw it. */
export function axisOf(text: string, parts: AxisParts = {}): Record<string, unknown> {
  const { values = [], log = false, range, grid = true } = parts;
  return {
    ...(text === "" ? {} : { title: { text: label(text), standoff: 10, font: { size: 13 } } }),
    tickfont: { size: 12 },
    automargin: true,
    showgrid: grid,
    gridcolor: GRID,
    zeroline: false,
    showline: true,
    linecolor: "#9A9A9A",
    ticks: "outside",
    ticklen: 4,
    tickcolor: "#9A9A9A",
    ...(range ? { range: log ? range.map(Math.log10) : [...range] } : {}),
    ...(log
      ? { type: "log", ...logTicks(range ?? values) }
      : { exponentformat: exponents(values) }),
  };
}

/** Names in place of numbers along an axis of categories at 0, 1, 2 ... */
export function nameTicks(names: readonly string[]): Record<string, unknown> {
  return {
    tickmode: "array",
    tickvals: names.map((_, i) => i),
    ticktext: names.map(label),
    // Ticks that are not seen keep the names off the axis.
    tickcolor: "rgba(0,0,0,0)",
    showline: false,
  };
}

/** Thousands and millions as 10k and 1M; small numbers as powers, since few read "µ" as 1e-6. */
function exponents(values: readonly number[]): string {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  return sizes.length > 0 && sizes.reduce((a, b) => Math.min(a, b)) < 1e-3 ? "power" : "SI";
}

/** Ticks of a logarithmic axis, with numbers at as many of them as there is room for. */
function logTicks(values: readonly number[]): Record<string, unknown> {
  const low = Math.log10(values.reduce((a, b) => Math.min(a, b)));
  const high = Math.log10(values.reduce((a, b) => Math.max(a, b)));
  const decades = high - low;
  const written = decades < 1 ? [1, 2, 3, 4, 5, 6, 8] : decades < 3 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / 8));
  const major: number[] = [];
  const minor: number[] = [];
  for (let power = Math.floor(low) - 1; power <= high + 1; power++) {
    for (let digit = 1; digit <= 9; digit++) {
      const isMajor = written.includes(digit) && power % every === 0;
      // Where not every power has a number, nine ticks between two of them would run together.
      if (every > 1 && digit > 1) continue;
      (isMajor ? major : minor).push(Number(`${digit}e${power}`));
    }
  }
  // Where one of the numbers has no letter for its size, all are powers: 10^18 beside 1T is a riddle.
  const inPowers = major.some((value) =>
    Math.log10(value) >= low && Math.log10(value) <= high && shortNumber(value).includes("e")
  );
  return {
    tickmode: "array",
    tickvals: major,
    ticktext: major.map(inPowers ? powerOfTen : shortNumber),
    minor: { tickmode: "array", tickvals: minor, ticks: "outside", ticklen: 2, showgrid: false },
  };
}

/** What a baseline adds to a figure. */
export interface BaselineParts {
  /** The line. */
  readonly shapes: readonly object[];
  /** Its label. */
  readonly annotations: readonly object[];
  /** The room that the label takes beside the axes, in pixels. */
  readonly room: number;
}

/** A line across the figure at a baseline, with its label outside the axes at the line's end. */
export function baselineParts(
  baseline: Baseline | undefined,
  axis: "x" | "y",
  log = false,
): BaselineParts {
  if (!baseline) return { shapes: [], annotations: [], room: 0 };
  const { value } = baseline;
  const lines = wrapText(baseline.label, axis === "y" ? 110 : 300, NOTE_SIZE);
  const line = { type: "line", line: { color: FAINT, width: 1.5, dash: "dash" }, layer: "below" };
  const note = {
    text: lines.map(escapeText).join("<br>"),
    showarrow: false,
    align: "left",
    font: { size: NOTE_SIZE, color: "#5A5A5A" },
  };
  const place = log ? Math.log10(value) : value;
  if (axis === "x") {
    return {
      shapes: [{ ...line, yref: "paper", y0: 0, y1: 1, xref: "x", x0: value, x1: value }],
      annotations: [
        { ...note, yref: "paper", y: 1, yanchor: "bottom", xref: "x", x: place, xanchor: "center" },
      ],
      room: 20 * lines.length,
    };
  }
  const width = Math.max(...lines.map((text) => textWidth(text, NOTE_SIZE)));
  return {
    shapes: [{ ...line, xref: "paper", x0: 0, x1: 1, yref: "y", y0: value, y1: value }],
    annotations: [
      {
        ...note,
        xref: "paper",
        x: 1,
        xanchor: "left",
        xshift: 3,
        yref: "y",
        y: place,
        yanchor: "middle",
      },
    ],
    room: Math.ceil(width) + 3,
  };
}
