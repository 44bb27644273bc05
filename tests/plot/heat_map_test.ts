import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
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

Deno.test("heatMap() frames the cells that are marked, and names the frames", () => {
  const { data, layout } = heatMap([[1, 2], [3, 4]], {
    ...labels,
    frames: [
      { name: "large", marks: (row, column) => 2 * row + column >= 1 },
      { name: "largest", marks: (row, column) => row === 1 && column === 1 },
    ],
  });
  type Rect = { x0: number; x1: number; y0: number; y1: number; line: { color: string } };
  const shapes = layout.shapes as Rect[];
  const cellOf = ({ x0, x1, y0, y1 }: Rect) => [(y0 + y1) / 2, (x0 + x1) / 2];
  assertEquals(shapes.map(cellOf), [[0, 1], [1, 0], [1, 1], [1, 1]]);
  const [outer, inner] = shapes.slice(2);
  assert(outer!.x0 < inner!.x0 && inner!.x1 < outer!.x1 && outer!.y0 < inner!.y0);
  assertNotEquals(outer!.line.color, inner!.line.color);
  assertEquals(data.slice(1).map(({ name }) => name), ["large", "largest"]);
  assertEquals(layout.showlegend, true);
});

Deno.test("heatMap() without frames has neither shapes nor a legend", () => {
  const { data, layout } = heatMap([[1]], labels);
  assertEquals([data.length, layout.shapes, layout.showlegend], [1, undefined, false]);
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
