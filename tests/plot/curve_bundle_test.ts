import { assert, assertEquals, assertThrows } from "@std/assert";
import { curveBundle } from "naskit/plot/curve_bundle.ts";

const labels = { title: "Curves", yLabel: "accuracy (%)" };

Deno.test("curves of a group are one trace with gaps between them", () => {
  const { data } = curveBundle([{ values: [1, 2] }, { values: [3, 4] }], labels);
  assertEquals(data[0]!.x, [1, 2, null, 1, 2, null]);
  assertEquals(data[0]!.y, [1, 2, null, 3, 4, null]);
  assertEquals(data[0]!.connectgaps, false);
});

Deno.test("a curve that ends before the longest one has a cross at its end", () => {
  const { data } = curveBundle([
    { values: [1, 2, 3], group: "whole" },
    { values: [5, 4], group: "cut" },
    { values: [6], group: "cut" },
  ], labels);
  const crosses = data.filter(({ mode }) => mode === "markers");
  assertEquals(crosses.map(({ x, y }) => [x, y]), [[[2, 1], [4, 6]]]);
  assertEquals(crosses.map(({ showlegend }) => showlegend), [false]);
});

Deno.test("groups have the colours of the order that they are told, and absent ones no legend", () => {
  const curves = [{ values: [1, 2], group: "new" }, { values: [2, 3], group: "old" }];
  const colors = (groups?: string[]) =>
    new Map(
      curveBundle(curves, { ...labels, ...(groups && { groups }) }).data
        .map(({ name, line }) => [name, (line as { color: string }).color]),
    );
  assertEquals([...colors().keys()], ["new", "old"]);
  const told = colors(["old", "older", "new"]);
  assertEquals([...told.keys()], ["old", "new"]);
  assertEquals(told.get("old"), colors().get("new"));
});

Deno.test("the legend has the full colour of a group, however faint its curves are", () => {
  const { data } = curveBundle(
    Array.from({ length: 100 }, () => ({ values: [1, 2], group: "many" })),
    labels,
  );
  const inLegend = data.filter(({ showlegend }) => showlegend === true);
  assertEquals(inLegend.map(({ name, opacity, y }) => [name, opacity, y]), [["many", undefined, [
    null,
  ]]]);
  assertEquals(inLegend[0]!.legendgroup, data[0]!.legendgroup);
});

Deno.test("the more curves there are, the fainter is each of them", () => {
  const opacity = (count: number) =>
    curveBundle(Array.from({ length: count }, () => ({ values: [1, 2] })), labels).data[0]!
      .opacity as number;
  assertEquals(opacity(1), 1);
  assert(opacity(40) < opacity(20) && opacity(1000) > 0.2);
});

Deno.test("a baseline lies across the figure", () => {
  const baseline = { value: 50, label: "by chance" };
  const { layout } = curveBundle([{ values: [1, 2] }], { ...labels, baseline });
  const [line] = layout.shapes as { y0: number; y1: number }[];
  assertEquals([line!.y0, line!.y1], [50, 50]);
});

Deno.test("what cannot be drawn is named", () => {
  assertThrows(() => curveBundle([], labels), RangeError, "Cannot draw curves: curves is empty");
  assertThrows(
    () => curveBundle([{ values: [1] }, { values: [] }], labels),
    RangeError,
    "Cannot draw curves: curves[1].values is empty",
  );
  assertThrows(
    () => curveBundle([{ values: [1, NaN] }], labels),
    RangeError,
    "Cannot draw curves: curves[0].values[1] must be a finite number, got NaN",
  );
  assertThrows(
    () => curveBundle([{ values: [1], group: "a" }], { ...labels, groups: ["b"] }),
    RangeError,
    'Cannot draw curves: groups must name all groups of curves, but not "a"',
  );
});
