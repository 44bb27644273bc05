import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { roofline, type RooflinePoint } from "naskit/plot/roofline.ts";

const options = {
  title: "Roofs",
  peak: 60,
  memories: [{ name: "cache", bandwidth: 100 }, { name: "memory", bandwidth: 20 }],
};
const points: RooflinePoint[] = [
  { intensity: 30, gflops: 50, weight: 4, group: "conv", label: "3x3" },
  { intensity: 0.1, gflops: 1, weight: 1, group: "sum", label: "add" },
];

Deno.test("roofline() draws as many operations as each memory feeds, up to the peak", () => {
  const { data } = roofline(points, options);
  for (const [i, { bandwidth }] of options.memories.entries()) {
    const [x, y] = [data[i]!.x as number[], data[i]!.y as number[]];
    assertEquals([x[1], y[0], y[1]], [60 / bandwidth, 60, 60]);
    assertAlmostEquals(y[2]! / x[2]!, bandwidth, 1e-9);
    assert(x[2]! < 0.1 && x[0]! > 30, "the roof is over all points");
  }
});

Deno.test("roofline() shows weights as the areas of the marks", () => {
  const { data } = roofline(points, options);
  const [large] = (data[2]!.marker as { size: number[] }).size;
  const [small] = (data[3]!.marker as { size: number[] }).size;
  assertAlmostEquals((large! / small!) ** 2, 4, 1e-9);
  const tiny = roofline([...points, { intensity: 1, gflops: 1, weight: 1e-9 }], options);
  assert((tiny.data[4]!.marker as { size: number[] }).size[0]! > 4, "a mark that none can see");
});

Deno.test("roofline() keeps all that it shows within its axes", () => {
  const all = [...points, { intensity: 300, gflops: 200 }, { intensity: 0.01, gflops: 0.02 }];
  const { data, layout } = roofline(all, { ...options, highlight: [0, 2] });
  const [x, y] = [layout.xaxis, layout.yaxis].map((axis) => (axis as { range: number[] }).range);
  for (const { intensity, gflops } of all) {
    assert(Math.log10(intensity) > x![0]! && Math.log10(intensity) < x![1]!);
    assert(Math.log10(gflops) > y![0]! && Math.log10(gflops) < y![1]!);
  }
  assertEquals(data.length, 2 + 3);
  const notes = layout.annotations as { text: string; x: number; y: number }[];
  assertEquals(notes.map(({ text }) => text), [
    "peak: 60 GFLOP/s",
    "cache: 100 GB/s",
    "memory: 20 GB/s",
    "3x3",
    "2",
  ]);
  for (const note of notes.slice(1, 3)) {
    assert(note.x > x![0]! && note.x < x![1]! && note.y > y![0]! && note.y < y![1]!);
  }
});

Deno.test("roofline() names what is wrong", () => {
  const fails = (points: RooflinePoint[], message: string, more = {}) =>
    assertThrows(() => roofline(points, { ...options, ...more }), RangeError, message);
  fails([], "points is empty");
  fails([{ intensity: 0, gflops: 1 }], "points[0].intensity must be positive");
  fails([{ intensity: 1, gflops: NaN }], "points[0].gflops must be a finite number, got NaN");
  fails([{ intensity: 1, gflops: 1, weight: 0 }], "points[0].weight must be positive");
  fails(points, "peak must be positive", { peak: 0 });
  fails(points, "memories is empty", { memories: [] });
  fails(points, "highlight must name points 0 to 1, got 2", { highlight: [2] });
});
