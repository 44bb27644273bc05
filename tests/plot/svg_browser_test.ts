import { assert, assertEquals } from "@std/assert";
import { GlobalFonts } from "@napi-rs/canvas";
import { still } from "naskit/plot/animation.ts";
import type { Figure } from "naskit/plot/figure.ts";
import { toSVG } from "naskit/plot/svg.ts";
import { chromium } from "playwright-core";
import { findChromium } from "../../tools/support/chromium.ts";
import { samples } from "./figures.ts";

const executablePath = findChromium();
// A user's machine may lack the browser or a font of these widths, and the test then says so. In CI
// it may not.
const lacks = executablePath === undefined
  ? "Chromium on the PATH"
  : ["Liberation Sans", "Arial", "Helvetica"].some((family) => GlobalFonts.has(family))
  ? undefined
  : "font as wide as Arial";
const ignore = lacks !== undefined && Deno.env.get("CI") !== "true";
const note = ignore ? ` (skipped: no ${lacks})` : "";

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where a page shows texts, seen from the top left of its first drawing. Runs in the page. */
const measure = `(() => {
  const home = document.querySelector("svg").getBoundingClientRect();
  return [...document.querySelectorAll("svg text")].flatMap((text) => {
    const lines = [...text.querySelectorAll("tspan.line, tspan[dy]")];
    return (lines.length > 0 ? lines : [text]).map((line) => {
      const box = line.getBoundingClientRect();
      return {
        text: line.textContent,
        left: box.left - home.left,
        right: box.right - home.left,
        // The letters themselves; the box has room above and below them.
        top: box.top - home.top + 0.2 * box.height,
        bottom: box.bottom - home.top - 0.2 * box.height,
      };
    });
  }).filter((box) => box.text.trim() !== "" && box.right > box.left);
})()`;

/** Texts that are cut at the edge or cover each other. */
function faults(boxes: readonly Box[], width: number, height: number): string[] {
  const cut = boxes.filter(({ left, right, top, bottom }) =>
    left < 0 || right > width || top < 0 || bottom > height
  ).map(({ text }) => `"${text}" is cut`);
  const covered = boxes.flatMap((a, i) =>
    boxes.slice(i + 1).filter((b) =>
      a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom && b.top < a.bottom
    ).map((b) => `"${a.text}" and "${b.text}" overlap`)
  );
  return [...cut, ...covered];
}

Deno.test({
  name:
    `Figures in a browser have no text that is cut or covered, as pictures and interactive${note}`,
  ignore,
  fn: async () => {
    const plotly = await import("plotly.js-cartesian-dist-min/plotly-cartesian.min.js", {
      with: { type: "text" },
    });
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1200, height: 1200 } });
      for (const [name, { figure }] of Object.entries(samples)) {
        const picture = still(figure);
        const faultsOf = (boxes: readonly Box[], { layout }: Figure) =>
          faults(boxes, Number(layout.width), Number(layout.height));
        await page.setContent(`<!doctype html><body>${await toSVG(figure)}</body>`);
        const drawn = await page.evaluate(measure) as Box[];
        assert(drawn.length > 2);
        assertEquals(faultsOf(drawn, picture), [], `${name} as a picture`);

        let live: Box[] = [];
        // Where controls are left out of the picture, both ways.
        for (const shown of new Set([figure, picture])) {
          await page.setContent(`<!doctype html><body><div id="plot"></div></body>`);
          await page.addScriptTag({ content: plotly.default });
          const code = `Plotly.newPlot("plot", ${JSON.stringify(shown)}).then(() => {})`;
          await page.evaluate(code);
          live = await page.evaluate(measure) as Box[];
          assertEquals(faultsOf(live, shown), [], `${name}, interactive`);
        }
        // The picture is what plotly draws with real fonts, to a pixel or two.
        const places = (boxes: Box[], text: string) => boxes.filter((box) => box.text === text);
        for (const { text } of drawn) {
          const [a, b] = [places(drawn, text)[0]!, places(live, text)[0]!];
          assert(b !== undefined, `${name}: the browser does not show "${text}"`);
          const off = Math.max(Math.abs(a.left - b.left), Math.abs(a.top - b.top));
          assert(off < 4, `${name}: "${text}" is ${off} pixels off`);
        }
      }
    } finally {
      await browser.close();
    }
  },
});
