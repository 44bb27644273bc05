import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawGrid, type GridDrawing } from "naskit/plot/draw_grid.ts";
import { textWidth } from "naskit/plot/text_width.ts";
import { toSVG } from "naskit/plot/svg.ts";
import { deepLabPaths } from "naskit/space/mod.ts";

interface Note {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

interface Shape {
  readonly type: string;
  readonly path?: string;
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly fillcolor?: string;
  readonly line: { readonly color?: string; readonly width: number };
}

const title = "A path";
const path = deepLabPaths.convDeconv;

function parts(grid: GridDrawing, width?: number) {
  const { data, layout } = drawGrid(grid, { title, ...(width ? { width } : {}) });
  const shapes = layout.shapes as Shape[];
  return {
    notes: layout.annotations as Note[],
    discs: shapes.filter(({ type }) => type === "circle"),
    lines: shapes.filter(({ type, line }) => type === "path" && line.width > 0),
    heads: shapes.filter(({ type, line }) => type === "path" && line.width === 0),
    texts: data[0]!.text as string[],
  };
}

/** How many nodes and steps a grid has, by going through it. */
function counts(layers: number, levels: number): [nodes: number, steps: number] {
  let nodes = 0, steps = 0, here = new Set([0]);
  for (let layer = 0; layer < layers; layer++) {
    nodes += here.size;
    const next = new Set<number>();
    for (const level of here) {
      for (const to of [level - 1, level, level + 1]) {
        if (to < 0 || to >= levels || layer === layers - 1) continue;
        steps++;
        next.add(to);
      }
    }
    here = next;
  }
  return [nodes, steps];
}

Deno.test("drawGrid() draws every place that can be reached and every step between them", () => {
  for (const layers of [1, 2, 5, 12]) {
    for (const strides of [[4], [4, 8], [4, 8, 16, 32], [2, 4, 8, 16, 32]]) {
      const [nodes, steps] = counts(layers, strides.length);
      const { discs, lines, heads, texts } = parts({ layers, strides });
      assertEquals([discs.length, texts.length], [nodes, nodes]);
      assertEquals([lines.length, heads.length], [steps, steps]);
      assertEquals(new Set(lines.map(({ line }) => line.color)).size, steps > 0 ? 1 : 0);
    }
  }
});

Deno.test("drawGrid() highlights the path: its places, its steps, and over the others", () => {
  const { discs, lines, texts } = parts({ layers: 12, path });
  const [first, ...rest] = discs;
  const own = discs.filter(({ fillcolor }) => fillcolor === first!.fillcolor);
  assertEquals(own.length, 12);
  assert(rest.some(({ fillcolor }) => fillcolor !== first!.fillcolor));
  // The rows of its places, from the finest on.
  const rows = [...new Set(discs.map(({ y0 }) => y0))].sort((a, b) => a - b);
  assertEquals(own.map(({ y0 }) => 4 * 2 ** rows.indexOf(y0)), path);
  const thick = lines.filter(({ line }) => line.width > 2);
  assertEquals(thick.length, 11);
  assertEquals(lines.slice(-11), thick);
  assertEquals(
    texts.filter((text) => text.endsWith(", on the path")),
    path.map((stride: number, i: number) => `layer ${i + 1} at 1/${stride}, on the path`),
  );
});

Deno.test("drawGrid() writes resolutions on the left and layers on top, apart from all else", () => {
  for (const [layers, width] of [[12, undefined], [12, 400], [30, undefined], [60, 500]] as const) {
    const { notes, discs } = parts({ layers }, width);
    const left = Math.min(...discs.map(({ x0 }) => x0));
    const top = Math.min(...discs.map(({ y0 }) => y0));
    const strides = notes.filter(({ text }) => text.startsWith("1/"));
    assertEquals(strides.map(({ text }) => text), ["1/4", "1/8", "1/16", "1/32"]);
    for (const { x, text } of strides) assert(x + textWidth(text, 13) / 2 < left);
    const numbers = notes.filter(({ text }) => /^\d+$/.test(text));
    for (const { y } of numbers) assert(y + 8 < top);
    if (width === undefined) assertEquals(numbers.length, layers);
    assertEquals(notes.length, numbers.length + strides.length + 1);
    notes.forEach((a, i) => {
      for (const b of notes.slice(i + 1)) {
        const apart = Math.abs(a.x - b.x) >= (textWidth(a.text, 13) + textWidth(b.text, 13)) / 2 ||
          Math.abs(a.y - b.y) >= 14;
        assert(apart, `"${a.text}" and "${b.text}" overlap at ${layers} layers`);
      }
    });
    // Places do not touch one another.
    const [a, b] = [discs[1]!, discs[0]!];
    assert(a.x0 > b.x1);
  }
});

Deno.test("drawGrid() becomes a picture with its labels", async () => {
  const svg = await toSVG(drawGrid({ layers: 12, path }, { title }));
  for (const text of ["A path", "layer", "1/32", ">12<"]) assert(svg.includes(text), text);
});

Deno.test("drawGrid() names what is wrong", () => {
  const cases: [GridDrawing, string][] = [
    [{ layers: 0 }, "layers must be a positive whole number, got 0"],
    [{ layers: 2, strides: [] }, "strides is empty"],
    [{ layers: 2, strides: [8, 4] }, "strides must be growing whole numbers, got [8, 4]"],
    [{ layers: 3, path: [4, 4] }, "path must have 3 strides, got 2"],
    [{ layers: 2, path: [8, 8] }, "path[0] must be the finest stride, got 8"],
    [{ layers: 2, path: [4, 16] }, "path[1] must be at most one step from 4, got 16"],
    [{ layers: 2, path: [4, 5] }, "path[1] must be at most one step from 4, got 5"],
  ];
  for (const [grid, message] of cases) {
    assertThrows(() => drawGrid(grid, { title }), RangeError, message);
  }
});
