import { assertEquals, assertThrows } from "@std/assert";
import { lines } from "naskit/plot/lines.ts";

const labels = { title: "Time", xLabel: "images", yLabel: "time (ms)" };

Deno.test("lines() joins points where they lie, with bands below them", () => {
  const { data, layout } = lines([
    { name: "tape", x: [1, 4, 64], y: [9, 10, 30], lower: [8, 9, 28], upper: [10, 12, 35] },
    { name: "plan", x: [1, 64], y: [1, 13] },
  ], labels);
  assertEquals(data.map(({ x }) => x), [[1, 4, 64, 64, 4, 1], [1, 4, 64], [1, 64]]);
  assertEquals(data[0]!.y, [10, 12, 35, 28, 9, 8]);
  assertEquals(data.slice(1).map(({ name }) => name), ["tape", "plan"]);
  assertEquals(layout.showlegend, true);
});

Deno.test("lines() draws axes from zero and logarithmic ones on request", () => {
  const line = [{ name: "a", x: [1, 10], y: [5, 20] }];
  type Axis = { type?: string; range?: number[] };
  const axes = (options: object) => {
    const { layout } = lines(line, { ...labels, ...options });
    return [layout.xaxis, layout.yaxis] as [Axis, Axis];
  };
  assertEquals(axes({}).map(({ type, range }) => [type, range]), [
    [undefined, undefined],
    [undefined, undefined],
  ]);
  assertEquals(axes({ fromZero: true })[1].range, [0, 21]);
  assertEquals(axes({ logX: true, logY: true }).map(({ type }) => type), ["log", "log"]);
  assertEquals(axes({ logY: true, fromZero: true })[1].range, undefined);
});

Deno.test("lines() keeps a value until the next point on request", () => {
  const shapes = (options: object) =>
    lines([{ name: "a", x: [1, 2], y: [3, 4] }], { ...labels, ...options })
      .data.map(({ line }) => (line as { shape?: string }).shape);
  assertEquals(shapes({ steps: true }), ["hv"]);
  assertEquals(shapes({}), [undefined]);
});

Deno.test("lines() names what is wrong", () => {
  const fails = (series: Parameters<typeof lines>[0], message: string, options = {}) =>
    assertThrows(() => lines(series, { ...labels, ...options }), RangeError, message);
  const [x, y] = [[1, 2], [3, 4]];
  fails([], "series is empty");
  fails([{ name: "a", x, y: [1] }], "series[0].y must have 2 values, got 1");
  fails([{ name: "a", x: [2, 1], y }], "series[0].x must rise");
  fails([{ name: "a", x, y, lower: y }], "series[0] must have both lower and upper, or neither");
  fails([{ name: "a", x: [0, 1], y }], "series[0].x[0] must be positive on a log axis", {
    logX: true,
  });
  fails([{ name: "a", x, y: [0, 1] }], "series[0].y[0] must be positive on a log axis", {
    logY: true,
  });
});

Deno.test("a logarithmic axis writes all its numbers with letters, or all as powers of ten", () => {
  const written = (low: number, high: number) => {
    const line = { name: "a", x: [1, 2], y: [low, high] };
    const axis = lines([line], { ...labels, logY: true }).layout.yaxis as {
      tickvals: number[];
      ticktext: string[];
    };
    return axis.ticktext.filter((_, i) => axis.tickvals[i]! >= low && axis.tickvals[i]! <= high);
  };
  assertEquals(written(1, 1e5), ["1", "10", "100", "1000", "10k", "100k"]);
  assertEquals(written(1e10, 3e14), ["10G", "100G", "1T", "10T", "100T"]);
  const powers = (of: readonly number[]) =>
    of.map((n) => n === 0 ? "1" : `10<sup>${String(n).replace("-", "−")}</sup>`);
  assertEquals(written(1, 1e24), powers([0, 3, 6, 9, 12, 15, 18, 21, 24]));
  assertEquals(written(1e-4, 1), powers([-4, -3, -2, -1, 0]));
  assertEquals(written(2e15, 3e15), ["2×10<sup>15</sup>", "3×10<sup>15</sup>"]);
});
