/** One series of a figure: a plain plotly.js trace. */
export type Trace = { readonly [key: string]: unknown };

/** A figure as plotly.js reads it: plain data, so that a test can read it too. */
export interface Figure {
  /** The series. */
  readonly data: readonly Trace[];
  /** Axes, title, size. */
  readonly layout: { readonly [key: string]: unknown };
  /** What a slider or a button of the layout can turn the figure into; none, it stands still. */
  readonly frames?: readonly FigureFrame[];
}

/** One state of a figure that moves: what differs from the others. */
export interface FigureFrame {
  /** What the layout's controls call it. */
  readonly name: string;
  /** The parts of series that it sets. */
  readonly data: readonly Trace[];
  /** The places of these series among the figure's. */
  readonly traces: readonly number[];
}

/** Whether a value has the form of a figure. */
export function isFigure(value: unknown): value is Figure {
  if (typeof value !== "object" || value === null) return false;
  const { data, layout, frames } = value as Partial<Figure>;
  return Array.isArray(data) && typeof layout === "object" && layout !== null &&
    (frames === undefined || Array.isArray(frames));
}
