import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import {
  type Graph,
  GraphBuilder,
  inferShapes,
  withInputSize,
  withWidth,
} from "naskit/graph/mod.ts";
import { mobileNetwork, nasBench201 } from "naskit/space/mod.ts";

Deno.test("a space's networks in another width and size are those of the space made so", () => {
  const make = (channels: number, size: number) =>
    nasBench201({ channels, cellsPerStage: 2, size });
  const [large, small] = [make(8, 16), make(2, 8)];
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const arch = large.sample(createRng(seed));
      assertEquals(withInputSize(withWidth(large.lower(arch), 0.25), 8), small.lower(arch));
    }),
    { numRuns: 20 },
  );
});

Deno.test("gates, depthwise convolutions and sums of a mobile network stay in step", () => {
  const space = mobileNetwork();
  const graph = space.lower(space.sample(createRng("mobile")));
  const half = withWidth(graph, 0.5);
  assertEquals(inferShapes(half).get(half.output), inferShapes(graph).get(graph.output));
  const [before, after] = [cost(graph).macs, cost(half).macs];
  assertEquals(after < 0.5 * before && after > 0.2 * before, true);
});

Deno.test("a factor of 1 changes nothing, and no layer is left without channels", () => {
  const space = nasBench201({ channels: 3, cellsPerStage: 1, size: 8 });
  const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
  assertEquals(withWidth(graph, 1), graph);
  const least = withWidth(graph, 0.01);
  for (const node of least.nodes) if (node.op === "conv") assertEquals(node.channels, 1);
});

/** Logits are what a convolution gives, averaged, each node behind it keeping their number. */
function convolutional(): Graph {
  const net = new GraphBuilder([8, 8, 3]);
  const x = net.add("x", { op: "conv", kernel: 3, channels: 6 }, net.input);
  const logits = net.add("logits", { op: "conv", kernel: 1, channels: 10 }, x);
  return net.build(net.add("mean", { op: "globalAvgPool" }, logits));
}

Deno.test("what gives the logits stays, also where that is a convolution", () => {
  const graph = withWidth(convolutional(), 2);
  assertEquals(inferShapes(graph).get("x"), [8, 8, 12]);
  assertEquals(inferShapes(graph).get("mean"), [10]);
});

Deno.test("what does not fit is refused", () => {
  const net = new GraphBuilder([8, 8, 3]);
  const x = net.add("x", { op: "conv", kernel: 3, channels: 3 }, net.input);
  const sum = net.add("sum", { op: "add" }, x, net.input);
  const graph = net.build(net.add(
    "out",
    { op: "linear", features: 2 },
    net.add("mean", {
      op: "globalAvgPool",
    }, sum),
  ));
  assertThrows(() => withWidth(graph, 2), RangeError, 'node "sum"');
  assertThrows(() => withWidth(graph, 0), RangeError, "factor must be a positive number, got 0");
  assertThrows(() => withInputSize(graph, 0), RangeError, "sides must be positive whole numbers");
});
