import { assertEquals, assertThrows } from "@std/assert";
import { heatMap } from "naskit/plot/heat_map.ts";

const labels = { title: "Weights", colorLabel: "α" };

Deno.test("heatMap() puts the first row at the top and names rows and columns", () => {
  const { data, layout } = heatMap([[1, 2], [3, null]], {
    ...labels,
    xLabels: ["skip", "conv"],
    yLabels: ["0→1", "0→2"],
  });
  assertEquals(data[0]!.z, [[1, 2], [3, null]]);
  const axis = layout.yaxis as { range: number[]; ticktext: string[] };
  assertEquals(axis.range, [1.5, -0.5]);
  assertEquals(axis.ticktext, ["0→1", "0→2"]);
  assertEquals([data[0]!.zmin, data[0]!.zmax], [1, 3]);
});

Deno.test("heatMap() centres a diverging scale at zero", () => {
  const { data } = heatMap([[-1, 4]], { ...labels, scale: "diverging" });
  assertEquals([data[0]!.zmin, data[0]!.zmax], [-4, 4]);
});

Deno.test("heatMap() writes numbers with the digits asked for", () => {
  const { data } = heatMap([[0.5]], { ...labels, annotate: true, digits: 3 });
  assertEquals(data[0]!.texttemplate, "%{z:,.3f}");
});

Deno.test("heatMap() names what is wrong", () => {
  assertThrows(() => heatMap([], labels), RangeError, "z is empty");
  assertThrows(() => heatMap([[]], labels), RangeError, "z[0] is empty");
  assertThrows(
    () => heatMap([[1, 2], [1]], labels),
    RangeError,
    "z[1] must have 2 values like the first row, got 1",
  );
  assertThrows(
    () => heatMap([[1, NaN]], labels),
    RangeError,
    "z[0][1] must be a finite number, got NaN",
  );
  assertThrows(() => heatMap([[null]], labels), RangeError, "z has no numbers");
  assertThrows(
    () => heatMap([[1]], { ...labels, xLabels: ["a", "b"] }),
    RangeError,
    "xLabels must have 1 names, got 2",
  );
});
