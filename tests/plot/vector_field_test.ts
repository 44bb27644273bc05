import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OUTLINE } from "naskit/plot/arrows.ts";
import type { Figure, Trace } from "naskit/plot/figure.ts";
import { toSVG } from "naskit/plot/svg.ts";
import { colorOf } from "naskit/plot/theme.ts";
import {
  type VectorField,
  vectorField,
  type VectorFieldOptions,
} from "naskit/plot/vector_field.ts";

const labels = { title: "Gradients", xLabel: "α", yLabel: "w" };
const x = [-1, 0, 1];
const y = [-10, 10];
const still: VectorField = { x, y, u: y.map(() => [0, 0, 0]), v: y.map(() => [0, 0, 0]) };
const right: VectorField = { ...still, u: [[1, 2, 4], [1, 2, 4]] };
const way = { name: "way", x: [-1, 0], y: [-10, 0] };

interface Axis {
  readonly range: readonly [number, number];
  readonly domain?: readonly [number, number];
  readonly matches?: string;
  readonly title?: { readonly text: string };
  readonly showticklabels?: boolean;
}

/** The axes of a field and how many pixels their units have. */
function axesOf({ layout }: Figure, field = 0) {
  const suffix = field === 0 ? "" : field + 1;
  const [across, up] = [layout[`xaxis${suffix}`], layout[`yaxis${suffix}`]] as [Axis, Axis];
  const { l, r, t, b } = layout.margin as { l: number; r: number; t: number; b: number };
  const [from, to] = across.domain!;
  const size = [
    (to - from) * (Number(layout.width) - l - r),
    Number(layout.height) - t - b,
  ] as const;
  const scale = [
    size[0] / (across.range[1] - across.range[0]),
    size[1] / (up.range[1] - up.range[0]),
  ] as const;
  return { across, up, size, scale };
}

interface Drawn {
  readonly middle: readonly [number, number];
  readonly vector: readonly [number, number];
  /** In pixels. */
  readonly length: number;
}

/** The arrows that a figure has, read from their outlines. */
function arrowsOf(figure: Figure, field = 0): Drawn[] {
  const { scale } = axesOf(figure, field);
  const trace = figure.data.filter(({ fill }) => fill === "toself")[field]!;
  const [xs, ys] = [trace.x, trace.y] as [number[], number[]];
  return Array.from({ length: xs.length / OUTLINE }, (_, i) => {
    const at = (k: number) => [xs[OUTLINE * i + k]!, ys[OUTLINE * i + k]!] as const;
    assertEquals(at(OUTLINE - 1), [null, null] as unknown as [number, number]);
    const [a, b, tip] = [at(0), at(OUTLINE - 2), at(3)];
    const tail = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as const;
    const vector = [tip[0] - tail[0], tip[1] - tail[1]] as const;
    return {
      middle: [(tip[0] + tail[0]) / 2, (tip[1] + tail[1]) / 2],
      vector,
      length: Math.hypot(vector[0] * scale[0], vector[1] * scale[1]),
    };
  });
}

Deno.test("vectorField() draws arrows that point where the field does, with their middles on the grid", () => {
  const number = fc.double({ min: -1, max: 1, noNaN: true });
  const size = fc.constantFrom(1e-3, 1, 1e3);
  const numbers = fc.array(number, { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(numbers, numbers, size, size, (us, vs, wide, high) => {
      const [columns, rows] = [x.map((x) => wide * x), y.map((y) => high * y)];
      const table = (flat: number[], unit: number) =>
        rows.map((_, i) => columns.map((_, k) => unit * flat[3 * i + k]!));
      // To the eye about as high as wide.
      const [u, v] = [table(us, wide), table(vs, 20 * high)];
      fc.pre(us.some((u, i) => Math.hypot(u, vs[i]!) > 0.1));
      for (const lengths of ["proportional", "equal"] as const) {
        const figure = vectorField({ x: columns, y: rows, u, v }, { ...labels, lengths });
        const { scale } = axesOf(figure);
        const drawn = arrowsOf(figure);
        const all = rows.flatMap((y, i) =>
          columns.map((x, k) => ({ x, y, u: u[i]![k]!, v: v[i]![k]! }))
        );
        const sizes = all.map(({ u, v }) => Math.hypot(u * scale[0], v * scale[1]));
        const field = all.filter((_, i) => sizes[i]! > 1e-12 * Math.max(...sizes));
        assertEquals(drawn.length, field.length);
        field.forEach(({ x, y, u, v }, i) => {
          const { middle, vector, length } = drawn[i]!;
          // Within the twentieth of a pixel to which coordinates are kept.
          assert(Math.abs(middle[0] - x) * scale[0] < 0.1, `${middle} is not ${[x, y]}`);
          assert(Math.abs(middle[1] - y) * scale[1] < 0.1, `${middle} is not ${[x, y]}`);
          const [a, b] = [u * scale[0], v * scale[1]];
          const [c, d] = [vector[0] * scale[0], vector[1] * scale[1]];
          if (length < 2) return;
          const turned = Math.atan2(a * d - b * c, a * c + b * d);
          assert(Math.abs(turned) < 0.2 / length, `arrow ${i} is turned by ${turned}`);
        });
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("vectorField() draws arrows as long as vectors are, or all alike, and none beyond the next", () => {
  const step = axesOf(vectorField(right, labels)).scale[0];
  const lengths = arrowsOf(vectorField(right, labels)).map(({ length }) => length);
  [1, 2, 4, 1, 2, 4].forEach((size, i) => assertAlmostEquals(lengths[i]!, size * lengths[0]!, 0.5));
  const longest = Math.max(...lengths);
  assert(0.7 * step < longest && longest < step, `${longest} of ${step}`);
  for (const { length } of arrowsOf(vectorField(right, { ...labels, lengths: "equal" }))) {
    assertAlmostEquals(length, longest, 0.2);
  }
});

Deno.test("vectorField() has one scale of lengths for all fields", () => {
  const double = { ...right, u: right.u.map((row) => row.map((u) => 2 * u)) };
  const figure = vectorField([right, double], labels);
  const [a, b] = [arrowsOf(figure, 0), arrowsOf(figure, 1)];
  a.forEach(({ length }, i) => assertAlmostEquals(2 * length, b[i]!.length, 0.3));
  const longest = Math.max(...b.map(({ length }) => length));
  assert(longest < axesOf(figure).scale[0], "one is longer than a step of the grid");
});

Deno.test("vectorField() draws no arrow where there is none", () => {
  assertEquals(arrowsOf(vectorField(still, labels)), []);
  assertEquals(arrowsOf(vectorField(still, { ...labels, lengths: "equal" })), []);
  const one = { ...still, v: [[0, 0, 0], [0, -3, 0]] };
  const [arrow, ...others] = arrowsOf(vectorField(one, labels));
  assertEquals(others, []);
  assertAlmostEquals(arrow!.middle[1], 10, 0.01);
  assert(arrow!.vector[1] < 0);
});

Deno.test("vectorField() puts fields side by side on the same axes", () => {
  const far = { ...right, paths: [{ ...way, x: [-1, 5] }] };
  const figure = vectorField([{ ...right, title: "a" }, { ...far, title: "b" }], labels);
  const [a, b] = [axesOf(figure, 0), axesOf(figure, 1)];
  assertEquals([a.across.range, a.up.range], [b.across.range, b.up.range]);
  assert(a.across.range[0] < -1 && a.across.range[1] > 5);
  a.size.forEach((size, i) => assertAlmostEquals(size, b.size[i]!, 1e-6));
  assert(a.across.domain![1] < b.across.domain![0]);
  assertEquals([b.across.matches, b.up.matches], ["x", "y"]);
  assertEquals([a.up.title?.text, b.up.title?.text], ["w", undefined]);
  assertEquals([a.across.title?.text, b.across.title?.text], ["α", "α"]);
  assertEquals(b.up.showticklabels, false);
  const heads = figure.layout.annotations as { text: string }[];
  assertEquals(heads.map(({ text }) => text), ["a", "b"]);
  assertEquals(vectorField([right, far], labels).layout.annotations, []);
});

Deno.test("vectorField() takes one field as it takes a list of one", () => {
  assertEquals(vectorField(right, labels), vectorField([right], labels));
});

Deno.test("vectorField() marks where paths begin and end, and names each but once", () => {
  const points = [{ name: "optimum", x: 1, y: 0 }];
  const curve = { name: "valley", x: [-1, 1], y: [-10, 10], curve: true };
  const figure = vectorField([
    { ...right, paths: [curve, way], points },
    { ...right, paths: [way], points },
  ], labels);
  const keys = figure.data.filter(({ showlegend }) => showlegend);
  assertEquals(keys.map(({ name }) => name), ["valley", "way", "start", "end", "optimum"]);
  const lines = figure.data.filter(({ mode, showlegend }) => mode === "lines" && !showlegend);
  const lookOf = ({ name, xaxis, line }: Trace) => {
    const { color, dash } = line as { color: string; dash: string };
    return [name, xaxis, color, dash];
  };
  assertEquals(lines.map(lookOf), [
    ["valley", "x", colorOf(0), "dash"],
    ["way", "x", colorOf(1), "solid"],
    ["way", "x2", colorOf(1), "solid"],
  ]);
  const marks = figure.data.filter(({ mode, showlegend, xaxis }) =>
    mode === "markers" && !showlegend && xaxis === "x"
  );
  assertEquals(marks.map(({ name, x, y }) => [name, x, y]), [
    ["way, start", [-1], [-10]],
    ["way, end", [0], [0]],
    ["optimum", [1], [0]],
  ]);
  const [start, end] = marks.map(({ marker }) => (marker as { color: string }).color);
  assertEquals([start, end], ["#FFFFFF", colorOf(1)]);
});

Deno.test("vectorField() has no legend without paths and points, nor start and end without a way", () => {
  assertEquals(vectorField(right, labels).layout.showlegend, false);
  const figure = vectorField({ ...right, paths: [{ ...way, curve: true }] }, labels);
  const keys = figure.data.filter(({ showlegend }) => showlegend);
  assertEquals(keys.map(({ name }) => name), ["way"]);
});

Deno.test("vectorField() breaks a long legend into rows above the fields", () => {
  const paths = Array.from({ length: 6 }, (_, i) => ({
    ...way,
    name: `from start ${i} with momentum & decay`,
  }));
  const figure = vectorField({ ...right, title: "a", paths }, labels);
  const rows = ["legend", "legend2", "legend3"].map((name) => figure.layout[name] as { y: number });
  const { size } = axesOf(figure);
  // The lowest is above the title of the field.
  assert((rows.at(-1)!.y - 1) * size[1] > 17);
  for (const [i, row] of rows.slice(1).entries()) {
    assertAlmostEquals((rows[i]!.y - row.y) * size[1], 26, 1e-6);
  }
  const used = new Set(figure.data.map(({ legend }) => legend).filter(Boolean));
  assertEquals([...used], ["legend", "legend2", "legend3"]);
});

Deno.test("vectorField() draws backgrounds with the same levels and one scale beside them", () => {
  const low = { ...right, background: { z: [[0, 1, 2], [3, 4, 5]] } };
  const fine = [-2, 0, 2];
  const high = { ...right, background: { x: fine, y: fine, z: fine.map(() => [5, 10, 24]) } };
  const figure = vectorField([right, low, high], { ...labels, colorLabel: "loss" });
  const drawn = figure.data.filter(({ type }) => type === "contour");
  assertEquals(drawn.map(({ xaxis, showscale }) => [xaxis, showscale]), [["x2", true], [
    "x3",
    false,
  ]]);
  assertEquals(drawn[0]!.contours, drawn[1]!.contours);
  const { start, end, size } = drawn[0]!.contours as { start: number; end: number; size: number };
  assertEquals([start, end, size], [0, 24, 2]);
  assertEquals([drawn[0]!.x, drawn[1]!.x], [x, fine]);
  assertEquals(axesOf(figure).across.range, [-2, 2]);
  const flat = { ...right, background: { z: [[7, 7, 7], [7, 7, 7]] } };
  assert(vectorField(flat, { ...labels, colorLabel: "loss" }).data.length > 0);
});

Deno.test("vectorField() becomes a picture with a part for each arrow", async () => {
  const svg = await toSVG(vectorField(right, labels));
  const [outline] = [...svg.matchAll(/ d="([^"]*)" style="fill:#4a4a4a/g)].map(([, d]) => d!);
  assertEquals(outline!.match(/M/g)!.length, 6);
});

Deno.test("vectorField() names what is wrong", () => {
  const fails = (
    fields: VectorField | readonly VectorField[],
    message: string,
    options: Partial<VectorFieldOptions> = {},
  ) => assertThrows(() => vectorField(fields, { ...labels, ...options }), RangeError, message);
  fails([], "fields is empty");
  fails({ ...right, x: [1] }, "x must be at least two numbers that rise");
  fails([right, { ...right, y: [1, 1] }], "fields[1].y must be at least two numbers that rise");
  fails({ ...right, u: [[1, 2, 3]] }, "u must have 2 rows, got 1");
  fails({ ...right, v: [[1, 2, 3], [1, 2]] }, "v[1] must have 3 values, got 2");
  fails({ ...right, v: [[1, NaN, 3], [1, 2, 3]] }, "v[0][1] must be a finite number, got NaN");
  fails({ ...right, paths: [{ ...way, y: [1] }] }, "paths[0].y must have 2 values, got 1");
  fails({ ...right, paths: [{ ...way, x: [] }] }, "paths[0].x is empty");
  fails(
    [{ ...right, points: [{ name: "p", x: 0, y: Infinity }] }],
    "fields[0].points[0].y must be a finite number, got Infinity",
  );
  const background = { z: [[1, 2, 3]] };
  fails({ ...right, background }, "background.z must have 2 rows, got 1", { colorLabel: "loss" });
  fails([right, right, right], "width must be at least", { width: 300 });
  fails(right, "height must be at least", { height: 150 });
  assertThrows(
    () => vectorField({ ...right, background: { z: [[1, 2, 3], [1, 2, 3]] } }, labels),
    TypeError,
    "colorLabel must say what the background is",
  );
});

Deno.test("vectorField() is drawn as wide and high as it says it must be", () => {
  const of = (options: { width?: number; height?: number }, fields: readonly VectorField[]) => {
    try {
      vectorField(fields, { ...labels, ...options });
      return undefined;
    } catch (error) {
      return Number((error as Error).message.match(/least (\d+)/)![1]);
    }
  };
  const three = [right, right, right];
  const width = of({ width: 300 }, three)!;
  assertEquals([of({ width }, three), of({ width: width - 2 }, three)], [undefined, width]);
  const height = of({ height: 150 }, [right])!;
  assertEquals([of({ height }, [right]), of({ height: height - 2 }, [right])], [undefined, height]);
});
