import type { Figure, FigureFrame } from "./figure.ts";
import { FAINT, GRID, INK, label } from "./theme.ts";

/** What the controls take above the axes, in pixels: a row with buttons, the slider, its numbers. */
const ROOM = 98;
const BUTTONS = 66;

/** How long a whole run takes, and a frame at least and at most, in milliseconds. */
const RUN = 10_000;
const BRIEF = 100;
const LONG = 500;

/**
 * A figure with a slider and buttons above its axes that lead through frames.
 *
 * @param figure The figure as it looks at the frame that is shown first.
 * @param frames The frames, under names that differ.
 * @param shown The index of the frame that is shown first.
 */
export function animated(figure: Figure, frames: readonly FigureFrame[], shown: number): Figure {
  const duration = Math.min(LONG, Math.max(BRIEF, Math.round(RUN / frames.length)));
  const atOnce = { mode: "immediate", transition: { duration: 0 } };
  const { layout } = withRoom(figure, ROOM);
  return {
    data: figure.data,
    layout: {
      ...layout,
      // Says to the picture how much of the figure goes with the controls.
      meta: { controls: ROOM },
      updatemenus: [{
        type: "buttons",
        direction: "right",
        showactive: false,
        x: 0,
        xanchor: "left",
        y: 1,
        yanchor: "bottom",
        pad: { b: BUTTONS, t: 0, l: 0, r: 0 },
        font: { size: 12, color: INK },
        bgcolor: "#FFFFFF",
        bordercolor: FAINT,
        buttons: [
          button("Play", [null, {
            ...atOnce,
            fromcurrent: true,
            frame: { duration, redraw: true },
          }]),
          button("Pause", [[null], { ...atOnce, frame: { duration: 0, redraw: false } }]),
        ],
      }],
      sliders: [{
        active: shown,
        x: 0,
        xanchor: "left",
        len: 1,
        y: 1,
        yanchor: "bottom",
        pad: { b: 14, t: 0, l: 0, r: 0 },
        font: { size: 11, color: FAINT },
        currentvalue: { xanchor: "right", offset: 8, font: { size: 14, color: INK } },
        bgcolor: GRID,
        bordercolor: FAINT,
        activebgcolor: FAINT,
        ticklen: 4,
        minorticklen: 0,
        tickcolor: FAINT,
        steps: frames.map(({ name }) => ({
          label: label(name),
          method: "animate",
          args: [[name], { ...atOnce, frame: { duration: 0, redraw: true } }],
        })),
      }],
    },
    frames,
  };
}

/** A figure as a picture shows it: what can be pressed and pulled is gone, and so is its room. */
export function still(figure: Figure): Figure {
  const { sliders, updatemenus, ...layout } = figure.layout;
  if (sliders === undefined && updatemenus === undefined) return figure;
  const { meta, ...others } = layout;
  const { controls } = (meta ?? {}) as { readonly controls?: unknown };
  return typeof controls === "number"
    ? withRoom({ data: figure.data, layout: others }, -controls)
    : { data: figure.data, layout };
}

/** The figure with so many pixels more between its title and its axes. */
function withRoom({ data, layout }: Figure, room: number): Figure {
  const [before, margin, title] = [
    layout.height as number,
    layout.margin as { readonly t: number },
    layout.title as { readonly y: number },
  ];
  const height = before + room;
  return {
    data,
    layout: {
      ...layout,
      height,
      margin: { ...margin, t: margin.t + room },
      // As far from the top as it was.
      title: { ...title, y: 1 - (1 - title.y) * before / height },
    },
  };
}

function button(text: string, args: readonly unknown[]): object {
  return { label: text, method: "animate", args };
}
