/** One series of a figure: a plain plotly.js trace. */
export type Trace = { readonly [key: string]: unknown };

/** A figure as plotly.js reads it: plain data, so that a test can read it too. */
export interface Figure {
  /** The series. */
  readonly data: readonly Trace[];
  /** Axes, title, size. */
  readonly layout: { readonly [key: string]: unknown };
}
