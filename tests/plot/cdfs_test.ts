import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cdfs } from "naskit/plot/cdfs.ts";

const labels = { title: "MACs", xLabel: "MACs (millions)" };

Deno.test("cdfs() draws curves that rise to 1 through the share of values up to each", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -50, max: 5000 }), { minLength: 1, maxLength: 900 }),
      (values) => {
        const [trace] = cdfs([{ name: "a", values }], labels).data;
        const [x, y] = [trace!.x as number[], trace!.y as number[]];
        assertEquals([x[0], y[0]], [Math.min(...values), 0]);
        assertEquals([x.at(-1), y.at(-1)], [Math.max(...values), 1]);
        for (let i = 1; i < x.length; i++) {
          assertEquals(y[i], values.filter((value) => value <= x[i]!).length / values.length);
          assert(y[i]! > y[i - 1]! && x[i]! >= x[i - 1]!);
        }
        assertLessOrEqual(x.length, 201);
        if (new Set(values).size <= 200) assertEquals(x.length, new Set(values).size + 1);
      },
    ),
  );
});

Deno.test("cdfs() puts what stands out before the others, with names", () => {
  const all = [1, 2, 3, 4].map((value) => ({ name: `n${value}`, values: [value, value + 1] }));
  const { data, layout } = cdfs(all, { ...labels, highlight: [2, 0], othersLabel: "2 others" });
  assertEquals(data.map(({ name, showlegend }) => [name, showlegend]), [
    ["2 others", true],
    ["n4", false],
    ["n3", undefined],
    ["n1", undefined],
  ]);
  const colors = data.map(({ line }) => (line as { color: string }).color);
  assertEquals(colors[0], colors[1]);
  assertEquals(new Set(colors).size, 3);
  assertEquals(layout.showlegend, true);
  assertEquals(cdfs(all, labels).data.map(({ name }) => name), ["n1", "n2", "n3", "n4"]);
  assertEquals(cdfs(all.slice(0, 1), labels).layout.showlegend, false);
});

Deno.test("cdfs() leaves room at both ends of the axis, also where all values are one", () => {
  for (const logX of [false, true]) {
    for (const values of [[5], [5, 500]]) {
      const { layout } = cdfs([{ name: "a", values }], { ...labels, logX });
      const { range } = layout.xaxis as { range: [number, number] };
      const at = (value: number) => logX ? Math.log10(value) : value;
      assert(range[0] < at(5) && range[1] > at(values.at(-1)!));
    }
  }
});

Deno.test("cdfs() names what is wrong", () => {
  const fails = (values: number[], message: string, options = {}) =>
    assertThrows(
      () => cdfs([{ name: "a", values }], { ...labels, ...options }),
      RangeError,
      message,
    );
  assertThrows(() => cdfs([], labels), RangeError, "distributions is empty");
  fails([], "distributions[0].values is empty");
  fails([1, NaN], "distributions[0].values[1] must be a finite number, got NaN");
  fails([0], "distributions[0].values[0] must be positive on a log axis", { logX: true });
  fails([1], "highlight must name distributions 0 to 0, got 1", { highlight: [1] });
  fails([1], "baseline.value must be from 0 to 1, got 80", { baseline: { value: 80, label: "" } });
});
