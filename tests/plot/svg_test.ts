import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { JSDOM } from "jsdom";
import { still } from "naskit/plot/animation.ts";
import { bars } from "naskit/plot/bars.ts";
import type { Figure } from "naskit/plot/figure.ts";
import { scatter } from "naskit/plot/scatter.ts";
import { toSVG } from "naskit/plot/svg.ts";
import { plainText, textWidth, wrapText } from "naskit/plot/text_width.ts";
import { samples } from "./figures.ts";

/** What is used of an XML document and its elements. */
interface Xml {
  readonly textContent: string;
  readonly documentElement: Xml;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Xml | null;
  querySelectorAll(selector: string): ArrayLike<Xml> & Iterable<Xml>;
}

function parse(svg: string): Xml {
  const { window } = new JSDOM("");
  const document: Xml = new window.DOMParser().parseFromString(svg, "image/svg+xml");
  assertEquals(document.querySelector("parsererror")?.textContent, undefined);
  return document;
}

for (const [name, { figure, texts, points }] of Object.entries(samples)) {
  Deno.test(`toSVG() shows the texts and marks of ${name}`, async () => {
    const svg = await toSVG(figure);
    const document = parse(svg);
    const root = document.documentElement;
    const { width, height } = still(figure).layout;
    assertEquals(root.getAttribute("width"), String(width));
    assertEquals(root.getAttribute("height"), String(height));
    const shown = [...document.querySelectorAll("text")].map((text) =>
      [...text.querySelectorAll("tspan")].map((line) => line.textContent).join(" ") ||
      text.textContent
    ).join("\n");
    for (const text of texts) assertStringIncludes(shown, plainText(text));
    // Besides the data's, the front and the legend have points.
    if (points > 0) assert(document.querySelectorAll(".point").length >= points);
    assertLess(svg.length, 60_000);
  });
}

Deno.test("toSVG() draws every trial as a dot, and none for a gap", async () => {
  const document = parse(await toSVG(samples.incumbentCurve!.figure));
  assertEquals(document.querySelectorAll(".point").length, samples.incumbentCurve!.points);
});

Deno.test("toSVG() gives equal figures equal text, also when they are drawn at once", async () => {
  const { figure } = samples.scatter!;
  const copy: Figure = structuredClone(figure);
  const other = samples.bars!.figure;
  const [first, between, second] = await Promise.all([figure, other, copy].map(toSVG));
  assertEquals(first, second);
  assertEquals(between, await toSVG(other));
  assertEquals(first, await toSVG(figure));
});

Deno.test("toSVG() names nothing alike in two figures, which may stand in one page", async () => {
  const names = async (figure: Figure) =>
    [...(await toSVG(figure)).matchAll(/ id="([^"]*)"/g)].map((match) => match[1]!);
  const labels = { title: "Alike", yLabel: "y" };
  const [a, b] = [
    await names(bars([{ label: "a", value: 1 }], labels)),
    await names(bars([{ label: "a", value: 2 }], labels)),
  ] as [string[], string[]];
  assert(a.length > 0 && b.length > 0);
  assertEquals(a.filter((name) => b.includes(name)), []);
});

Deno.test("toSVG() draws thousands of points in little room", async () => {
  const points = Array.from({ length: 15_625 }, (_, i) => ({ x: Math.sin(i), y: Math.cos(7 * i) }));
  const svg = await toSVG(scatter(points, { title: "All", xLabel: "x", yLabel: "y" }));
  assertLess(svg.length, 300_000);
  const cloud = parse(svg).querySelector(".points")!.getAttribute("d")!;
  assertEquals(cloud.match(/h0/g)!.length, points.length);
});

Deno.test("toSVG() keeps numbers in texts as they are", async () => {
  const svg = await toSVG({
    data: [{ type: "scatter", x: [1], y: [1], mode: "text", text: ["0.123456789"] }],
    layout: { title: { text: "1.23456789" } },
  });
  assertStringIncludes(svg, "0.123456789");
  assertStringIncludes(svg, "1.23456789</text>");
});

Deno.test("toSVG() goes on after a figure that fails", async () => {
  const { figure } = samples.bars!;
  const bad = toSVG({ data: [{ x: [1n] }], layout: {} });
  const good = toSVG(figure);
  await assertRejects(() => bad, TypeError);
  assertStringIncludes(await good, "<svg");
  assertThrows(
    () => toSVG({ data: 1, layout: {} } as unknown as Figure),
    TypeError,
    "figure must be",
  );
});

Deno.test("toSVG() takes other figures of plotly: sub-plots, violins, contours", async () => {
  const z = [[1, 2, 3], [2, 3, 4], [3, 4, 5]];
  const svg = await toSVG({
    data: [
      { type: "violin", y: [1, 2, 2, 3] },
      { type: "contour", z, contours: { showlabels: true }, xaxis: "x2", yaxis: "y2" },
    ],
    layout: { grid: { rows: 1, columns: 2, pattern: "independent" } },
  });
  assertNotEquals(parse(svg).querySelectorAll("path").length, 0);
});

Deno.test({
  name: "textWidth() is the width in the font that all figures ask for",
  ignore: !GlobalFonts.has("Liberation Sans"),
  fn: () => {
    const context = createCanvas(1, 1).getContext("2d");
    context.font = '100px "Liberation Sans"';
    const words = [
      "Spearman ρ = 0.93 ± 0.02",
      "nor_conv_3x3~0|",
      "10k 100k 1M",
      "0→1 × …",
      "Müller",
    ];
    for (const word of words) {
      const width = context.measureText(word).width;
      assertLess(Math.abs(textWidth(word, 100) - width), 0.01 * width, word);
    }
  },
});

Deno.test("wrapText() breaks at spaces where lines grow too wide", () => {
  assertEquals(wrapText("aaa bbb ccc", textWidth("aaa bbb", 10) + 0.1, 10), ["aaa bbb", "ccc"]);
  assertEquals(wrapText("unbreakable a", 5, 10), ["unbreakable", "a"]);
  assertEquals(wrapText("one\ntwo", 500, 10), ["one", "two"]);
});
