import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Panel, panels, type PanelsOptions } from "naskit/plot/panels.ts";
import { toSVG } from "naskit/plot/svg.ts";
import { colorOf } from "naskit/plot/theme.ts";

const x = [12, 16, 20, 28];
const y = [1, 2, 3, 5];
const labels = { title: "Costs", xLabel: "resolution (pixels)" };
const one: Panel = { title: "MACs (M)", series: [{ name: "net", x, y }] };

interface Axis {
  readonly domain: [number, number];
  readonly anchor: string;
  readonly range?: number[];
  readonly type?: string;
  readonly title?: { text: string };
  readonly tickvals?: number[];
  readonly ticktext?: string[];
}

function axesOf(list: readonly Panel[], options: Partial<PanelsOptions> = {}): [Axis, Axis][] {
  const { layout } = panels(list, { ...labels, ...options });
  return list.map((_, i) => {
    const suffix = i === 0 ? "" : i + 1;
    return [layout[`xaxis${suffix}`], layout[`yaxis${suffix}`]] as [Axis, Axis];
  });
}

Deno.test("panels() gives each panel axes of its own, beside each other and apart", () => {
  for (const count of [1, 2, 5]) {
    const axes = axesOf(Array.from({ length: count }, () => one));
    axes.forEach(([across, up], i) => {
      const suffix = i === 0 ? "" : i + 1;
      assertEquals([across.anchor, up.anchor], [`y${suffix}`, `x${suffix}`]);
      assertEquals(across.title?.text, "resolution (pixels)");
      assertAlmostEquals(up.domain[0], 0, 1e-9);
      assertAlmostEquals(up.domain[1], 1, 1e-9);
      const next = axes[i + 1];
      if (next) assert(across.domain[1] < next[0].domain[0]);
      else assertAlmostEquals(across.domain[1], 1, 1e-9);
    });
  }
});

Deno.test("panels() breaks into rows, the lowest of each column with the label", () => {
  const axes = axesOf([one, one, one], { columns: 2 });
  assertEquals(axes.map(([across]) => across.title !== undefined), [false, true, true]);
  assertEquals(axes[0]![0].domain, axes[2]![0].domain);
  assertEquals(axes[0]![1].domain, axes[1]![1].domain);
  assert(axes[2]![1].domain[1] < axes[0]![1].domain[0]);
  assertAlmostEquals(axes[2]![1].domain[0], 0, 1e-9);
});

Deno.test("panels() draws lines of one name in one colour and names them once", () => {
  const both = [{ name: "plan", x, y, lower: y, upper: y }, { name: "tape", x, y }];
  const list: Panel[] = [{ title: "a", series: [both[1]!] }, { title: "b", series: both }];
  const { data, layout } = panels(list, labels);
  const names = data.filter(({ showlegend }) => showlegend).map(({ name }) => name);
  assertEquals(names, ["tape", "plan"]);
  assertEquals(layout.showlegend, true);
  const drawn = data.filter(({ mode }) => mode === "lines+markers");
  assertEquals(
    drawn.map((
      { name, line, xaxis, yaxis },
    ) => [name, (line as { color: string }).color, xaxis, yaxis]),
    [
      ["tape", colorOf(0), "x", "y"],
      ["plan", colorOf(1), "x2", "y2"],
      ["tape", colorOf(0), "x2", "y2"],
    ],
  );
  const [band] = data.filter(({ fill }) => fill === "toself");
  assertEquals([band!.xaxis, band!.yaxis], ["x2", "y2"]);
  assertEquals(panels([one, one], labels).layout.showlegend, false);
});

Deno.test("panels() begins amounts at zero and marks a value on request", () => {
  const [[, up], [, flat], [, log]] = axesOf([
    { ...one, fromZero: true },
    { title: "none", series: [{ name: "net", x, y: x.map(() => 0) }], fromZero: true },
    { ...one, logY: true, fromZero: true },
  ]) as [[Axis, Axis], [Axis, Axis], [Axis, Axis]];
  assertEquals(up.range, [0, 5.4]);
  assertEquals(flat.range, [0, 1.08]);
  assertEquals([log.range, log.type], [undefined, "log"]);
  const { layout } = panels([one, one], { ...labels, mark: 16 });
  const shapes = layout.shapes as { x0: number; xref: string; yref: string }[];
  assertEquals(shapes.map(({ x0, xref, yref }) => [x0, xref, yref]), [
    [16, "x", "y domain"],
    [16, "x2", "y2 domain"],
  ]);
});

Deno.test("panels() puts ticks at the points and numbers where there is room", () => {
  const at = (xs: number[], options = {}) => {
    const series = [{ name: "net", x: xs, y: xs }];
    const [[across]] = axesOf([one, { title: "b", series }].slice(1), options) as [[Axis, Axis]];
    return [across.tickvals, across.ticktext];
  };
  assertEquals(at([3, 5, 7]), [[3, 5, 7], ["3", "5", "7"]]);
  assertEquals(at([1000, 1001, 1100]), [[1000, 1001, 1100], ["", "1001", "1100"]]);
  assertEquals(at([1, 2, 100], { logX: true }), [[1, 2, 100], ["1", "2", "100"]]);
  assertEquals(at(Array.from({ length: 40 }, (_, i) => i)), [undefined, undefined]);
});

Deno.test("panels() becomes a picture with all titles, notes and labels", async () => {
  const list = ["MACs (M)", "peak memory (kB)"].map((title) => ({
    ...one,
    title,
    note: "×5 & more",
  }));
  const svg = await toSVG(panels(list, labels));
  for (const text of ["Costs", "MACs (M)", "peak memory (kB)", "×5 &amp; more", ">28<"]) {
    assert(svg.includes(text), text);
  }
});

Deno.test("panels() names what is wrong", () => {
  const fails = (list: readonly Panel[], message: string, options: Partial<PanelsOptions> = {}) =>
    assertThrows(() => panels(list, { ...labels, ...options }), RangeError, message);
  fails([], "panels is empty");
  fails([one, { title: "b", series: [] }], "panels[1].series is empty");
  fails(
    [{ title: "b", series: [{ name: "n", x: [2, 1], y: [1, 2] }] }],
    "panels[0].series[0].x must",
  );
  fails([one], "columns must be a positive whole number, got 0", { columns: 0 });
  fails([one], "mark must be a finite number, got NaN", { mark: NaN });
  fails([one], "mark must be a positive number, got 0", { mark: 0, logX: true });
  fails([one, one], "height must be at least", { columns: 1, height: 200 });
});
