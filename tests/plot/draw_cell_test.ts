import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type CellDrawing, drawCell } from "naskit/plot/draw_cell.ts";
import { textWidth } from "naskit/plot/text_width.ts";

const ops = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];

const longOp = "separable_conv_5x5_with_dilation_2";

/** The cell of NAS-Bench-201 with these ops on its six edges. */
function nasBench201Cell(labels: readonly string[]): CellDrawing {
  const pairs = [["0", "1"], ["0", "2"], ["1", "2"], ["0", "3"], ["1", "3"], ["2", "3"]] as const;
  return {
    nodes: ["0", "1", "2", "3"].map((id) => ({ id })),
    edges: pairs.map(([from, to], i) => ({ from, to, label: labels[i]! })),
  };
}

interface Note {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

function notes(cell: CellDrawing): Note[] {
  return drawCell(cell, { title: "A cell" }).layout.annotations as Note[];
}

function assertApart(all: readonly Note[]): void {
  all.forEach((a, i) => {
    for (const b of all.slice(i + 1)) {
      const apart = Math.abs(a.x - b.x) >= (textWidth(a.text, 12) + textWidth(b.text, 12)) / 2 ||
        Math.abs(a.y - b.y) >= 14;
      assert(apart, `"${a.text}" and "${b.text}" overlap`);
    }
  });
}

Deno.test("drawCell() writes every node and every op of a NAS-Bench-201 cell, apart", () => {
  const cell = nasBench201Cell(["nor_conv_3x3", ...ops]);
  const all = notes(cell);
  assertEquals(
    all.map((note) => note.text).sort(),
    ["nor_conv_3x3", ...ops, "0", "1", "2", "3"].sort(),
  );
  assertApart(all);
});

Deno.test("drawCell() keeps labels apart in any cell, several edges between two nodes included", () => {
  const cells = fc.integer({ min: 2, max: 7 }).chain((size) => {
    const end = fc.integer({ min: 0, max: size - 1 });
    const edge = fc.tuple(end, end, fc.constantFrom(...ops, longOp)).filter(([a, b]) => a < b);
    return fc.array(edge, { maxLength: 12 }).map((edges): CellDrawing => ({
      nodes: Array.from({ length: size }, (_, i) => ({ id: String(i) })),
      edges: edges.map(([from, to, label]) => ({ from: String(from), to: String(to), label })),
    }));
  });
  fc.assert(fc.property(cells, (cell) => assertApart(notes(cell))), { seed: 1 });
});

/** Two cells that are read by four nodes each, whose values all go to the output. */
const crowded: CellDrawing = {
  nodes: ["a", "b", "1", "2", "3", "4", "out"].map((id) => ({ id })),
  edges: [
    ...["1", "2", "3", "4"].flatMap((to) =>
      ["a", "b"].map((from) => ({ from, to, label: "sep_conv_3x3" }))
    ),
    ...["1", "2", "3", "4"].map((from) => ({ from, to: "out", label: "" })),
  ],
};

/** The two ends of each line, as points. */
function ends(cell: CellDrawing): [number, number][][] {
  const shapes = drawCell(cell, { title: "Ends" }).layout.shapes as {
    path: string;
    line: { dash?: string };
  }[];
  return shapes.filter(({ line }) => line.dash !== undefined).map(({ path }) => {
    const points = [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) =>
      [Number(x), Number(y)] as [number, number]
    );
    return [points[0]!, points.at(-1)!];
  });
}

Deno.test("drawCell() lets no two edges begin or end at one point", () => {
  const points = ends(crowded).flat();
  assertEquals(points.length, 24);
  points.forEach(([x, y], i) => {
    for (const [otherX, otherY] of points.slice(i + 1)) {
      assert(Math.hypot(x - otherX, y - otherY) >= 2, `two edges meet at ${x}, ${y}`);
    }
  });
  assertApart(notes(crowded).filter(({ text }) => text.includes("conv")));
});

Deno.test("drawCell() lets edges end within the side of their node", () => {
  const { layout } = drawCell(crowded, { title: "Ends" });
  const middles = (layout.annotations as Note[]).filter(({ text }) => text.length <= 3);
  for (const [x] of ends(crowded).flat()) {
    assert(middles.some((node) => Math.abs(node.x - x) <= 20), `an edge ends at ${x}`);
  }
});

Deno.test("drawCell() draws zero edges faint, skips dashed, and obeys an explicit style", () => {
  const { layout } = drawCell({
    nodes: [{ id: "a" }, { id: "b" }],
    edges: [
      { from: "a", to: "b", label: "none" },
      { from: "a", to: "b", label: "skip_connect" },
      { from: "a", to: "b", label: "nor_conv_3x3" },
      { from: "a", to: "b", label: "nor_conv_1x1", style: "dashed" },
    ],
  }, { title: "Looks" });
  const lines = (layout.shapes as { path: string; line: { dash?: string; width: number } }[])
    .filter((shape) => shape.line.dash !== undefined)
    .map(({ line }) => line.dash);
  assertEquals(lines, ["dot", "dash", "solid", "dash"]);
});

Deno.test("drawCell() gives an op the same colour in every drawing", () => {
  const colors = (labels: readonly string[]) => {
    const shapes = drawCell(nasBench201Cell(labels), { title: "x" }).layout.shapes as {
      line: { color?: string; dash?: string };
    }[];
    return shapes.filter(({ line }) => line.dash).map(({ line }) => line.color);
  };
  const [first] = colors(["mine", "other", "mine", "mine", "mine", "mine"]);
  assert(colors(Array(6).fill("mine")).every((color) => color === first));
});

Deno.test("drawCell() tells the pointer which op is on which edge", () => {
  const { data } = drawCell(nasBench201Cell(["nor_conv_3x3", ...ops]), { title: "A cell" });
  assert((data[0]!.text as string[]).includes("0 → 1: nor_conv_3x3"));
  assertEquals((data[0]!.text as string[]).length, 6);
});

Deno.test("drawCell() names what is wrong", () => {
  const options = { title: "A cell" };
  const nodes = [{ id: "a" }, { id: "b" }];
  assertThrows(() => drawCell({ nodes: [], edges: [] }, options), RangeError, "nodes is empty");
  assertThrows(
    () => drawCell({ nodes: [{ id: "a" }, { id: "a" }], edges: [] }, options),
    RangeError,
    'nodes[1] has the id "a" again',
  );
  assertThrows(
    () => drawCell({ nodes, edges: [{ from: "a", to: "c", label: "" }] }, options),
    RangeError,
    'edges[0] names "c", which is no node',
  );
  assertThrows(
    () => drawCell({ nodes, edges: [{ from: "b", to: "a", label: "" }] }, options),
    RangeError,
    'edges[0] must point forward, got "b" to "a"',
  );
});
