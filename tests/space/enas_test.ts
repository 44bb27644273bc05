import { assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import {
  enasMacro,
  enasMacroCount,
  enasMicroCount,
  lectureCells,
  spaceContract,
} from "naskit/space/mod.ts";
import { assertRuns } from "../support/runs.ts";

const tiny = { channels: 2, size: 8, inputChannels: 1, classes: 3 };

Deno.test("the macro space keeps the contract of a space", async () => {
  await spaceContract(enasMacro({ ...tiny, layers: 5 }), { runs: 6 });
  await spaceContract(enasMacro({ ...tiny, layers: 3 }), { runs: 6 });
});

Deno.test("sizes are the published counts", () => {
  assertEquals(enasMacro().size, enasMacroCount(12));
  assertEquals(Number(enasMacroCount(12)).toExponential(1), "1.6e+29");
  assertEquals([1, 2, 3].map(enasMacroCount), [6n, 72n, 216n * 8n]);
  assertEquals(Number(enasMicroCount(7).published).toExponential(1), "1.3e+11");
  // Nodes behind the two inputs are blocks that add.
  for (const nodes of [3, 5, 7]) {
    const space = lectureCells({ blocks: nodes - 2, inputs: "blocks", combiners: ["add"] });
    assertEquals(enasMicroCount(nodes).exact, space.size);
  }
  assertThrows(
    () => enasMicroCount(2),
    RangeError,
    "nodes must be a whole number from 3 on, got 2",
  );
  assertThrows(() => enasMacroCount(0.5), RangeError, "layers must be a positive");
});

Deno.test("random macro networks train on small images", () => {
  const rng = createRng("enas");
  for (const [layers, size] of [[6, 8], [4, 5], [1, 8]] as const) {
    const space = enasMacro({ ...tiny, layers, size });
    assertRuns(space.lower(space.sample(rng)));
  }
});

Deno.test("values are halved a third and two thirds of the way, where they are still read", () => {
  const space = enasMacro({ layers: 3, channels: 4, size: 8 });
  const graph = space.lower(space.decode("0 1 0 4 1 0"));
  const shapes = inferShapes(graph);
  assertEquals(shapes.get("layer1.out.relu"), [8, 8, 4]);
  assertEquals(shapes.get("layer2.bn"), [4, 4, 8]);
  assertEquals(shapes.get("layer3.bn"), [2, 2, 16]);
  const halved = graph.nodes.flatMap(({ name }) => /^(.*)\.pool$/.exec(name)?.[1] ?? []);
  // The stem is halved twice because layer 3 adds it, the first layer once because layer 2 reads it.
  assertEquals(halved, [
    "layer1.half0",
    "layer1.half1",
    "layer2.half0",
    "layer2.half2",
    "layer3",
    "head",
  ]);
});

Deno.test("malformed text is refused with the place", () => {
  const space = enasMacro({ ...tiny, layers: 3 });
  const cases: [string, string][] = [
    ["0 0 0 0 0", "expected 6 numbers for 3 layers, got 5"],
    ["6 0 0 0 0 0", 'the op of layer 1 must be 0 to 5, got "6"'],
    ["0 0 2 0 0 0", 'a skip to layer 2 must be 0 or 1, got "2"'],
    ["0 0 0 00 0 0", 'the op of layer 3 must be 0 to 5, got "00"'],
  ];
  for (const [text, reason] of cases) assertThrows(() => space.decode(text), SyntaxError, reason);
});
