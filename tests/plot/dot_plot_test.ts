import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { type Dot, dotPlot } from "naskit/plot/dot_plot.ts";

const labels = { title: "Proxies", xLabel: "Spearman's ρ" };

Deno.test("rows come in the order of the labels, the first at the top", () => {
  const { data, layout } = dotPlot([{ label: "b", value: 2 }, { label: "a", value: 1 }], labels);
  const dots = data.at(-1)!;
  assertEquals([dots.x, dots.y], [[2, 1], [0, 1]]);
  const { ticktext, range } = layout.yaxis as { ticktext: string[]; range: number[] };
  assertEquals([ticktext, range], [["b", "a"], [1.5, -0.5]]);
  assertEquals(layout.showlegend, false);
});

Deno.test("an interval is drawn from end to end, wherever its dot lies", () => {
  const { data, layout } = dotPlot([
    { label: "a", value: 0.5, interval: [0.1, 0.6] },
    { label: "b", value: 0.9, interval: [0.2, 0.8] },
    { label: "c", value: 0.3 },
  ], labels);
  assertEquals(data[0]!.x, [0.1, 0.6, null, 0.2, 0.8, null]);
  assertEquals(data[0]!.y, [0, 0, null, 1, 1, null]);
  const [low, high] = (layout.xaxis as { range: [number, number] }).range;
  assert(low < 0.1 && high > 0.9);
});

Deno.test("only dots that share a row make room for each other", () => {
  const { data } = dotPlot([
    { label: "a", group: "all", value: 1 },
    { label: "b", group: "all", value: 2 },
    { label: "a", group: "top", value: 3 },
  ], labels);
  const [all, top] = data.slice(2) as unknown as { name: string; y: number[] }[];
  assertEquals([all!.name, top!.name], ["all", "top"]);
  assertEquals(all!.y[1], 1);
  assertLess(all!.y[0]!, top!.y[0]!);
  assert(Math.abs(all!.y[0]!) < 0.5 && Math.abs(top!.y[0]!) < 0.5);
});

Deno.test("groups have the colours of the order that they are told", () => {
  const dots = [{ label: "a", group: "new", value: 1 }, { label: "b", group: "old", value: 2 }];
  const colors = (groups?: string[]) =>
    dotPlot(dots, { ...labels, ...(groups && { groups }) }).data.flatMap((trace) =>
      trace.mode === "markers" && trace.showlegend
        ? [[trace.name, (trace.marker as { color: string }).color]]
        : []
    );
  const [first, second] = colors();
  assertEquals([first![0], second![0]], ["new", "old"]);
  assertEquals(colors(["old", "new"]), [["old", first![1]], ["new", second![1]]]);
  assertEquals(colors(["old", "older", "new"]).length, 2);
});

Deno.test("a number that there is not is written in its row", () => {
  const { data, layout } = dotPlot([{ label: "a", value: NaN, interval: [NaN, NaN] }, {
    label: "b",
    value: 1,
  }], labels);
  assertEquals([data[0]!.x, data.at(-1)!.x], [[], [1]]);
  const [note] = layout.annotations as { text: string; y: number }[];
  assertEquals([note!.text, note!.y], ["not defined", 0]);
  const none = dotPlot([{ label: "a", value: NaN }], { ...labels, missing: "a tie" });
  assertEquals((none.layout.xaxis as { range: number[] }).range, [0, 1]);
  assertEquals((none.layout.annotations as { text: string }[])[0]!.text, "a tie");
});

Deno.test("a row says once what is not defined, beside what is", () => {
  const row = (group: string, value: number) => ({ label: "a", group, value });
  const notes = (...dots: ReturnType<typeof row>[]) =>
    (dotPlot(dots, labels).layout.annotations as { y: number }[]).map(({ y }) => y);
  assertEquals(notes(row("1", NaN), row("2", NaN)), [0]);
  const [y, ...rest] = notes(row("1", NaN), row("2", 0.5));
  assert(y! < 0 && rest.length === 0);
});

Deno.test("names that stand out are bold, and texts are plain", () => {
  const dots = [{ label: "a<b", value: 1 }, { label: "c", value: 2 }];
  const { layout } = dotPlot(dots, { ...labels, highlight: ["a<b"] });
  assertEquals((layout.yaxis as { ticktext: string[] }).ticktext, ["<b>a&lt;b</b>", "c"]);
});

Deno.test("the axis has the ends that it is told, or reaches the baseline", () => {
  const rangeOf = (options: object) =>
    (dotPlot([{ label: "a", value: 0.5 }], { ...labels, ...options }).layout.xaxis as {
      range: [number, number];
    }).range;
  assertEquals(rangeOf({ range: [-1, 1] }), [-1, 1]);
  const [low] = rangeOf({ baseline: { value: 0, label: "none" } });
  assertLess(low, 0);
});

Deno.test("dotPlot() names what is wrong", () => {
  const fails = (dots: readonly Dot[], message: string, options = {}) =>
    assertThrows(() => dotPlot(dots, { ...labels, ...options }), RangeError, message);
  const dot = { label: "a", value: 1 };
  fails([], "dots is empty");
  fails([{ label: "a", value: Infinity }], "dots[0].value must be a finite number, got Infinity");
  fails([{ ...dot, interval: [0, Infinity] }], "dots[0].interval[1] must be a finite number");
  fails([{ ...dot, interval: [0, NaN] }], "dots[0].interval[1] must be a finite number, got NaN");
  fails([{ ...dot, interval: [2, 1] }], "dots[0].interval must rise, got 2 to 1");
  fails([dot, dot], 'dots[1] has the label "a" again');
  fails([dot], "range must rise, got 1 to 0", { range: [1, 0] });
  fails([dot], 'groups must name all groups of dots, but not ""', { groups: ["b"] });
  fails([dot], "highlight must name labels, got b", { highlight: ["b"] });
});
