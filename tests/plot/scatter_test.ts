import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { scatter } from "naskit/plot/scatter.ts";

const labels = { title: "Trade-off", xLabel: "MACs", yLabel: "accuracy (%)" };

Deno.test("scatter() draws exactly the points that nothing dominates as the front", () => {
  const coordinate = fc.integer({ min: 0, max: 9 });
  const direction = fc.constantFrom("minimize", "maximize");
  const cloud = fc.array(fc.record({ x: coordinate, y: coordinate }), {
    minLength: 1,
    maxLength: 25,
  });
  fc.assert(
    fc.property(cloud, direction, direction, (points, x, y) => {
      const { data } = scatter(points, { ...labels, front: { x, y } });
      const front = data.at(-1)!;
      const no = (a: number, b: number, d: string) => d === "maximize" ? a >= b : a <= b;
      const expected = points.filter((p) =>
        !points.some((q) => no(q.x, p.x, x) && no(q.y, p.y, y) && (q.x !== p.x || q.y !== p.y))
      ).map((p) => [p.x, p.y]);
      const drawn = (front.x as number[]).map((value, i) => [value, (front.y as number[])[i]!]);
      const sorted = (pairs: number[][]) => pairs.map(String).sort();
      assertEquals(sorted(drawn), sorted(expected));
      assertEquals(front.x, [...front.x as number[]].sort((a, b) => a - b));
      assertEquals((front.line as { shape: string }).shape, x === "minimize" ? "hv" : "vh");
    }),
    { seed: 1 },
  );
});

Deno.test("scatter() draws the front of the groups it is told, under the name it is given", () => {
  const points = [
    { x: 1, y: 5, group: "by hand" },
    { x: 2, y: 9, group: "random" },
    { x: 3, y: 4, group: "by hand" },
    { x: 4, y: 6, group: "by hand" },
  ];
  const front = { x: "minimize", y: "maximize" } as const;
  const all = scatter(points, { ...labels, front });
  const some = scatter(points, {
    ...labels,
    front: { ...front, groups: ["by hand"], name: "front by hand" },
  });
  assertEquals([all.data.at(-1)!.x, some.data.at(-1)!.x], [[1, 2], [1, 4]]);
  assertEquals([all, some].map(({ data }) => data.at(-1)!.name), ["Pareto front", "front by hand"]);
  for (const groups of [["nobody"], []]) {
    assertThrows(
      () => scatter(points, { ...labels, front: { ...front, groups } }),
      RangeError,
      `front.groups must name groups of points, got ${groups[0] ?? "none"}`,
    );
  }
});

Deno.test("scatter() draws errors at the points that have one, equal on both sides or not", () => {
  const { data } = scatter([
    { x: 1, y: 2, group: "a", error: 0.5 },
    { x: 3, y: 4, group: "a", error: [1, 2] },
    { x: 5, y: 6, group: "a" },
    { x: 7, y: 8, group: "b" },
  ], labels);
  const error = data[0]!.error_y as { array: number[]; arrayminus: number[] };
  assertEquals([error.arrayminus, error.array], [[0.5, 1, 0], [0.5, 2, 0]]);
  assertEquals("error_y" in data[1]!, false);
  assertThrows(
    () => scatter([{ x: 1, y: 1, error: [0, -1] }], labels),
    RangeError,
    "points[0].error must not be negative, got -1",
  );
  assertThrows(
    () => scatter([{ x: 1, y: 1, error: 2 }], { ...labels, logY: true }),
    RangeError,
    "points[0].y less its error must be positive on a log axis, got -1",
  );
});

Deno.test("scatter() makes one series of each group, told apart by mark and colour", () => {
  const { data } = scatter([
    { x: 1, y: 2, group: "a", label: "one" },
    { x: 3, y: 4, group: "b" },
    { x: 5, y: 6, group: "a" },
  ], labels);
  assertEquals(data.map((trace) => trace.name), ["a", "b"]);
  assertEquals(data[0]!.x, [1, 5]);
  assertEquals(data[0]!.text, ["one", ""]);
  const [a, b] = data.map((trace) => trace.marker as { color: string; symbol: string });
  assertEquals([a!.color === b!.color, a!.symbol === b!.symbol], [false, false]);
});

Deno.test("scatter() writes the labels of highlighted points at them", () => {
  const points = [{ x: 10, y: 1, label: "small" }, { x: 1000, y: 3, label: "large" }];
  const { layout } = scatter(points, { ...labels, highlight: [1], logX: true });
  const [note, ...others] = layout.annotations as { text: string; x: number; y: number }[];
  assertEquals([note!.text, note!.x, note!.y], ["large", 3, 3]);
  assertEquals(others.length, 0);
});

Deno.test("scatter() draws the line of equal values from the lowest to the highest number", () => {
  const { data } = scatter([{ x: 1, y: 5 }, { x: 3, y: 2 }], { ...labels, identity: true });
  assertEquals([data[0]!.x, data[0]!.y], [[1, 5], [1, 5]]);
});

Deno.test("scatter() writes ticks of a log axis as 10k and 1M", () => {
  const { layout } = scatter([{ x: 1e4, y: 1 }, { x: 1e6, y: 2 }], { ...labels, logX: true });
  const axis = layout.xaxis as { ticktext: string[]; tickvals: number[] };
  assertEquals(axis.ticktext[axis.tickvals.indexOf(1e4)], "10k");
  assertEquals(axis.ticktext[axis.tickvals.indexOf(1e6)], "1M");
});

Deno.test("scatter() shows the range it is told, also on a log axis", () => {
  const points = [{ x: 1, y: 10 }, { x: 2, y: 80 }, { x: 3, y: 85 }];
  const rangeOf = (logY: boolean) => {
    const { layout } = scatter(points, { ...labels, logY, yRange: [10, 100] });
    return (layout.yaxis as { range: number[] }).range;
  };
  assertEquals([rangeOf(false), rangeOf(true)], [[10, 100], [1, 2]]);
  assertThrows(
    () => scatter(points, { ...labels, logY: true, yRange: [0, 100] }),
    RangeError,
    "yRange[0] must be positive on a log axis, got 0",
  );
});

Deno.test("scatter() has a tick for each power of ten on a log axis that spans many", () => {
  const { layout } = scatter([{ x: 1e-3, y: 1 }, { x: 1e20, y: 2 }], { ...labels, logX: true });
  const { tickvals, minor } = layout.xaxis as {
    tickvals: number[];
    minor: { tickvals: number[] };
  };
  const powers = [...tickvals, ...minor.tickvals].map(Math.log10).sort((a, b) => a - b);
  assert(powers.every(Number.isInteger), "crowded ticks");
  assert(
    powers.every((power, i) => i === 0 || power === powers[i - 1]! + 1),
    "a power is left out",
  );
});

Deno.test("scatter() names what is wrong", () => {
  assertThrows(() => scatter([], labels), RangeError, "points is empty");
  assertThrows(
    () => scatter([{ x: 1, y: 1 }, { x: NaN, y: 1 }], labels),
    RangeError,
    "points[1].x must be a finite number, got NaN",
  );
  assertThrows(
    () => scatter([{ x: 0, y: 1 }], { ...labels, logX: true }),
    RangeError,
    "points[0].x must be positive on a log axis, got 0",
  );
  assertThrows(
    () => scatter([{ x: 0, y: 1 }], { ...labels, highlight: [1] }),
    RangeError,
    "highlight must name points 0 to 0, got 1",
  );
});
