import { createRng } from "../engine/rng.ts";
import { still } from "./animation.ts";
import { type Figure, isFigure } from "./figure.ts";
import { drawnBox, localBox, pathLength, pointAt, textLength } from "./svg_geometry.ts";
import type { SvgElement } from "./svg_geometry.ts";
import { plainText } from "./text_width.ts";
import { tightenSVG } from "./tighten_svg.ts";

/** What is used of plotly.js. */
interface Plotly {
  toImage(
    figure: unknown,
    options: { format: "svg"; imageDataOnly: true; width: number; height: number },
  ): Promise<string>;
}

/** What is used of a window. */
interface Window {
  readonly Plotly: Plotly;
  readonly Math: { random: () => number };
  readonly JSON: { parse(text: string): unknown };
  readonly SVGElement: { readonly prototype: object };
  eval(code: string): void;
}

let browser: Promise<Window> | undefined;
let queue: Promise<unknown> = Promise.resolve();

/**
 * Draws a figure as SVG text, with plotly.js and without a browser.
 *
 * Equal figures give equal text, on any machine: text is measured from a table, not with the fonts
 * that happen to be installed. A figure that moves is drawn as it begins, without what sets it going, and
 * lower by the room that this took. The first call loads plotly.js (about a second); nothing of it is
 * loaded before. Calls made at the same time are drawn one after another.
 *
 * @param figure A figure of the two-dimensional trace types, e.g. one that a function of this module
 * made. Its `layout.width` and `layout.height`, in pixels, are the size of the drawing.
 * @returns The text of an `<svg>` element.
 * @throws {TypeError} When the figure is no object with `data` and `layout`.
 *
 * @example A figure as SVG
 * ```ts
 * import { bars, toSVG } from "naskit";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const figure = bars([{ label: "random", value: 91.2 }, { label: "evolution", value: 93.4 }], {
 *   title: "Evolution finds better cells",
 *   yLabel: "accuracy (%)",
 * });
 * assertStringIncludes(await toSVG(figure), "Evolution finds better cells");
 * ```
 */
export function toSVG(figure: Figure): Promise<string> {
  if (!isFigure(figure)) {
    throw new TypeError(
      "Cannot draw an SVG: figure must be an object with data, layout and, if it moves, frames",
    );
  }
  const drawn = queue.then(() => draw(still(figure)));
  queue = drawn.catch(() => {});
  return drawn;
}

async function draw(figure: Figure): Promise<string> {
  // A failed load, e.g. without a network, is tried again.
  browser ??= openBrowser().catch((error) => {
    browser = undefined;
    throw error;
  });
  const window = await browser;
  const json = JSON.stringify(figure);
  // plotly names its clip paths at random. Seeded by the figure, the names are the same for the same
  // figure, and differ between figures, which may stand in one page.
  window.Math.random = createRng(json);
  const { width, height } = figure.layout;
  const image = await window.Plotly.toImage(window.JSON.parse(json), {
    format: "svg",
    imageDataOnly: true,
    width: typeof width === "number" ? width : 720,
    height: typeof height === "number" ? height : 420,
  });
  return tightenSVG(image, titleOf(figure));
}

async function openBrowser(): Promise<Window> {
  const [{ JSDOM }, source] = await Promise.all([
    import("jsdom"),
    import("plotly.js-cartesian-dist-min/plotly-cartesian.min.js", { with: { type: "text" } }),
    // jsdom draws its canvases, which heat maps are painted on, with this package when it is there.
    import("@napi-rs/canvas"),
  ]);
  const dom = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only" });
  const window: Window = dom.window;
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: SvgElement) {
      return localBox(this);
    },
    getBoundingClientRect(this: SvgElement) {
      return drawnBox(this);
    },
    getComputedTextLength(this: SvgElement) {
      return textLength(this);
    },
    getTotalLength(this: SvgElement) {
      return pathLength(this);
    },
    getPointAtLength(this: SvgElement, along: number) {
      return pointAt(this, along);
    },
  });
  window.eval(source.default);
  return window;
}

function titleOf({ layout }: Figure): string {
  const text = (layout.title as { text?: unknown } | undefined)?.text;
  return typeof text === "string" ? plainText(text).replaceAll("\n", " ") : "";
}
