import { assert, assertEquals, assertThrows } from "@std/assert";
import { learningCurves } from "naskit/plot/learning_curves.ts";

const labels = { title: "Loss falls", yLabel: "loss (nats)" };

Deno.test("learningCurves() numbers epochs from 1, or from start", () => {
  const curves = [{ name: "train", values: [3, 2, 1] }];
  assertEquals(learningCurves(curves, labels).data[0]!.x, [1, 2, 3]);
  assertEquals(learningCurves(curves, { ...labels, start: 0 }).data[0]!.x, [0, 1, 2]);
});

Deno.test("learningCurves() draws a band from upper forwards to lower backwards", () => {
  const { data } = learningCurves(
    [{ name: "a", values: [2, 3], lower: [1, 2], upper: [4, 5] }],
    labels,
  );
  assertEquals(data.length, 2);
  assertEquals(data[0]!.fill, "toself");
  assertEquals(data[0]!.x, [1, 2, 2, 1]);
  assertEquals(data[0]!.y, [4, 5, 2, 1]);
  assertEquals(data[1]!.y, [2, 3]);
});

Deno.test("learningCurves() leaves gaps in lines and splits bands at them", () => {
  const { data } = learningCurves(
    [{ name: "a", values: [1, null, 3], lower: [0, null, 2], upper: [2, null, 4] }],
    labels,
  );
  assertEquals(data.map((trace) => trace.x), [[1, 1], [3, 3], [1, 2, 3]]);
  assertEquals(data[2]!.y, [1, null, 3]);
  assertEquals(data[2]!.connectgaps, false);
});

Deno.test("learningCurves() names curves in a legend only when there are several", () => {
  const one = learningCurves([{ name: "a", values: [1] }], labels);
  const two = learningCurves([{ name: "a", values: [1] }, { name: "b", values: [2] }], labels);
  assertEquals(one.layout.showlegend, false);
  assertEquals(two.layout.showlegend, true);
  assertEquals(two.data.map((trace) => trace.name), ["a", "b"]);
});

Deno.test("learningCurves() gives each of 16 curves its own look", () => {
  const curves = Array.from({ length: 16 }, (_, i) => ({ name: `curve ${i}`, values: [i, i] }));
  const { data } = learningCurves(curves, labels);
  const looks = new Set(data.map((trace) => {
    const { color, dash } = trace.line as { color: string; dash: string };
    return `${color} ${dash}`;
  }));
  assertEquals(looks.size, 16);
});

Deno.test("learningCurves() grows so that a long legend is not cut", () => {
  const curves = Array.from(
    { length: 24 },
    (_, i) => ({ name: `learning rate ${i}`, values: [i] }),
  );
  assert(Number(learningCurves(curves, labels).layout.height) > 500);
  assertEquals(learningCurves(curves, { ...labels, height: 300 }).layout.height, 300);
});

Deno.test("learningCurves() shows texts as they are", () => {
  const figure = learningCurves(
    [{ name: "a < b & c", values: [1] }, { name: "d", values: [1] }],
    { title: "<b>\nx", yLabel: "y <i>" },
  );
  assertEquals(figure.data[0]!.name, "a &lt; b &amp; c");
  assertEquals((figure.layout.title as { text: string }).text, "&lt;b&gt;<br>x");
  assertEquals((figure.layout.yaxis as { title: { text: string } }).title.text, "y &lt;i&gt;");
});

Deno.test("learningCurves() puts its baseline across the figure, logarithmic or not", () => {
  const baseline = { value: 100, label: "chance" };
  for (const logY of [false, true]) {
    const { layout } = learningCurves([{ name: "a", values: [1] }], { ...labels, logY, baseline });
    const [line] = layout.shapes as { y0: number; y1: number }[];
    assertEquals([line!.y0, line!.y1], [100, 100]);
    // plotly wants annotations of logarithmic axes as exponents, but shapes as values.
    assertEquals((layout.annotations as { y: number; text: string }[])[0]!.y, logY ? 2 : 100);
  }
});

Deno.test("learningCurves() names what is wrong", () => {
  const cases: [Parameters<typeof learningCurves>[0], string][] = [
    [[], "curves is empty"],
    [[{ name: "a", values: [] }], "curves[0].values is empty"],
    [[{ name: "a", values: [1, NaN] }], "curves[0].values[1] must be a finite number, got NaN"],
    [[{ name: "a", values: [1], lower: [1] }], "curves[0] must have both lower and upper"],
    [
      [{ name: "a", values: [1, 2], lower: [1], upper: [1, 2] }],
      "curves[0].lower must have 2 values, got 1",
    ],
    [
      [{ name: "a", values: [1], lower: [1], upper: [Infinity] }],
      "curves[0].upper[0] must be a finite number, got Infinity",
    ],
  ];
  for (const [curves, message] of cases) {
    assertThrows(() => learningCurves(curves, labels), RangeError, message);
  }
  assertThrows(
    () => learningCurves([{ name: "a", values: [1, 0] }], { ...labels, logY: true }),
    RangeError,
    "curves[0].values[1] must be positive on a log axis, got 0",
  );
  assertThrows(
    () => learningCurves([{ name: "a", values: [1] }], { ...labels, title: " " }),
    TypeError,
    "title",
  );
  assertThrows(
    () => learningCurves([{ name: "a", values: [1] }], { ...labels, width: 10 }),
    RangeError,
    "width must be at least 100 pixels, got 10",
  );
});
