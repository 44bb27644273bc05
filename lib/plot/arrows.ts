import type { Trace } from "./figure.ts";

/** In pixels: how wide a shaft is, how long a head at most. */
const WIDTH = 1.3;
const HEAD = 8;
/** The head's length, at most that share of the arrow, and its width for a length of one. */
const SHARE = 0.5;
const SLIM = 0.8;
const COLOR = "#4A4A4A";

/** An arrow in the units of the axes, with its middle at a point. */
export interface Arrow {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

/** How many pixels a unit of each axis has. */
export interface PixelScale {
  readonly x: number;
  readonly y: number;
}

/** How many points the outline of an arrow has, with the gap after it; the tip is the fourth. */
export const OUTLINE = 8;

/**
 * The trace that draws arrows, as one shape with a part for each. Their forms are right to the eye, whatever
 * the scales of the axes are. One of no length is not drawn.
 */
export function arrowTrace(arrows: readonly Arrow[], scale: PixelScale): Trace {
  const outline: (readonly [number, number] | undefined)[] = [];
  for (const { x, y, dx, dy } of arrows) {
    const [right, up] = [dx * scale.x, dy * scale.y];
    const length = Math.hypot(right, up);
    if (length === 0) continue;
    const head = Math.min(HEAD, SHARE * length);
    /** The point so many pixels along the arrow, from its middle, and so many to its left. */
    const at = (along: number, aside: number): [number, number] => [
      x + (along * right - aside * up) / length / scale.x,
      y + (along * up + aside * right) / length / scale.y,
    ];
    const [end, neck] = [length / 2, length / 2 - head];
    const [thin, wide] = [Math.min(WIDTH, SLIM * head) / 2, SLIM * head / 2];
    outline.push(
      at(-end, thin),
      at(neck, thin),
      at(neck, wide),
      at(end, 0),
      at(neck, -wide),
      at(neck, -thin),
      at(-end, -thin),
      undefined,
    );
  }
  const column = (axis: 0 | 1, pixels: number) =>
    outline.map((point) => point === undefined ? null : toTwentieth(point[axis], pixels));
  return {
    type: "scatter",
    mode: "none",
    x: column(0, scale.x),
    y: column(1, scale.y),
    fill: "toself",
    fillcolor: COLOR,
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** A coordinate to about a twentieth of a pixel; more digits would only take room. */
function toTwentieth(value: number, pixels: number): number {
  const digits = Math.min(100, Math.max(0, Math.ceil(Math.log10(20 * pixels))));
  return Number(value.toFixed(digits));
}
