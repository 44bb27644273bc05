import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { drawNeurons, type NeuronsDrawing } from "naskit/plot/draw_neurons.ts";
import { textWidth } from "naskit/plot/text_width.ts";

interface Note {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A network of layers of so many units, with weights of two digits. */
function network(
  sizes: readonly number[],
  weight = (i: number) => (i % 19 - 9) / 10,
): NeuronsDrawing {
  let count = 0;
  return {
    name: sizes.join("-"),
    layers: sizes.map((size, l) =>
      Array.from({ length: size }, (_, u) => ({ name: `${"xhy"[l]}${u}`, value: u / 2 }))
    ),
    weights: sizes.slice(1).map((size, l) =>
      Array.from(
        { length: sizes[l]! },
        () => Array.from({ length: size }, () => weight(count++)),
      )
    ),
  };
}

function notes(networks: readonly NeuronsDrawing[]): Note[] {
  return drawNeurons(networks, { title: "By hand" }).layout.annotations as Note[];
}

Deno.test("drawNeurons() writes every weight, unit and value", () => {
  const texts = notes([network([2, 3, 1])]).map(({ text }) => text);
  assertEquals(texts.length, 1 + 9 + 6 + 6);
  assertEquals(texts.filter((text) => text === "−0.9").length, 1);
  for (const name of ["2-3-1", "x0", "x1", "h2", "y0", "= 1"]) assert(texts.includes(name), name);
});

Deno.test("drawNeurons() keeps the numbers of a layer apart in two small networks side by side", () => {
  const size = fc.integer({ min: 1, max: 4 });
  const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), size, fc.integer({ min: 1, max: 2 }));
  fc.assert(
    fc.property(sizes, ([inputs, hidden, outputs]) => {
      const before = network([inputs, hidden, outputs]);
      const after = network([inputs, hidden + 1, outputs]);
      const all = notes([before, after]).filter(({ text }) => /^−?[\d.]+$/.test(text));
      assertEquals(all.length, (inputs + outputs) * (2 * hidden + 1));
      all.forEach((a, i) => {
        for (const b of all.slice(i + 1)) {
          const width = (textWidth(a.text, 12) + textWidth(b.text, 12)) / 2;
          const apart = Math.abs(a.x - b.x) >= width || Math.abs(a.y - b.y) >= 12;
          assert(apart, `"${a.text}" and "${b.text}" overlap`);
        }
      });
    }),
    { seed: 1 },
  );
});

Deno.test("drawNeurons() gives a group and its edges one colour", () => {
  const { layers, ...rest } = network([1, 2, 1]);
  const hidden = layers[1]!.map((unit, u) => u === 1 ? { ...unit, group: "copies" } : unit);
  const drawing = { ...rest, layers: [layers[0]!, hidden, layers[2]!] };
  const { shapes } = drawNeurons([drawing], { title: "By hand" }).layout as {
    shapes: { type: string; line: { color: string } }[];
  };
  const paths = shapes.filter(({ type }) => type === "path").map(({ line }) => line.color);
  assertEquals(paths, ["#8A8A8A", "#0072B2", "#8A8A8A", "#0072B2"]);
});

Deno.test("drawNeurons() refuses what does not fit", () => {
  const { layers, weights, name } = network([2, 3, 1]);
  const refuse = (drawing: NeuronsDrawing, message: string) =>
    assertThrows(() => drawNeurons([drawing], { title: "x" }), RangeError, message);
  refuse({ name, layers: [], weights }, "networks[0].layers is empty");
  refuse(
    { name, layers, weights: [] },
    "weights must have 2 matrices, one less than layers, got 0",
  );
  refuse({ name, layers, weights: [weights[0]!, [[1]]] }, "weights[1] must be 3 by 1 numbers");
  refuse(network([1, 1], () => NaN), "weights[0][0][0] must be a finite number, got NaN");
  assertThrows(() => drawNeurons([], { title: "x" }), RangeError, "networks is empty");
});
