import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Graph, GraphBuilder, GraphError, inferShapes, type Op } from "naskit/graph/mod.ts";

function shapeOf(input: [number, number, number], op: Op): readonly number[] | undefined {
  const net = new GraphBuilder(input);
  return inferShapes(net.build(net.add("op", op, net.input))).get("op");
}

Deno.test("a window gives one output for every place it fits, counted by walking", () => {
  fc.assert(fc.property(
    fc.record({
      size: fc.integer({ min: 1, max: 20 }),
      kernel: fc.integer({ min: 1, max: 7 }),
      stride: fc.integer({ min: 1, max: 4 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 4 }),
    }),
    ({ size, kernel, stride, dilation, padding }) => {
      let places = 0;
      for (let at = -padding; at + dilation * (kernel - 1) < size + padding; at += stride) places++;
      const run = () =>
        shapeOf([size, size, 3], { op: "conv", kernel, stride, dilation, padding, channels: 5 });
      if (places === 0) assertThrows(run, GraphError, "does not fit");
      else assertEquals(run(), [places, places, 5]);
    },
  ));
});

Deno.test("the default padding keeps the size for odd kernels at stride 1", () => {
  for (const kernel of [1, 3, 5, 7]) {
    for (const dilation of [1, 2]) {
      assertEquals(shapeOf([9, 11, 2], { op: "depthwise", kernel, dilation }), [9, 11, 2]);
    }
  }
  assertEquals(shapeOf([9, 11, 2], { op: "maxPool", kernel: 3, stride: 2 }), [5, 6, 2]);
});

Deno.test("ops that change the shape otherwise", () => {
  assertEquals(shapeOf([4, 5, 6], { op: "globalAvgPool" }), [6]);
  assertEquals(shapeOf([4, 5, 6], { op: "flatten" }), [120]);
  assertEquals(shapeOf([4, 5, 6], { op: "upsample", factor: 3 }), [12, 15, 6]);
  assertEquals(shapeOf([4, 5, 6], { op: "upsample", factor: 1, mode: "nearest" }), [4, 5, 6]);
  assertEquals(shapeOf([5, 5, 6], { op: "zero", stride: 2 }), [3, 3, 6]);
  assertEquals(shapeOf([5, 5, 6], { op: "depthwise", kernel: 3, multiplier: 2 }), [5, 5, 12]);
});

Deno.test("an invalid graph is refused with the node and the reason", () => {
  const input = { name: "x", inputs: [], op: "input", shape: [4, 4, 2] } as const;
  const cases: [Graph, string, string][] = [
    [{ nodes: [], output: "y" }, "y", "no node has this name"],
    [{ nodes: [input], output: "y" }, "y", "no node has this name"],
    [
      { nodes: [input, { name: "x", inputs: ["x"], op: "relu" }], output: "x" },
      "x",
      "another node has this name",
    ],
    [
      { nodes: [input, { name: "y", inputs: ["z"], op: "relu" }], output: "y" },
      "y",
      'input "z" is not a node before it',
    ],
    [{ nodes: [{ name: "y", inputs: [], op: "relu" }], output: "y" }, "y", "first node"],
    [
      { nodes: [input, { name: "y", inputs: ["x"], op: "add" }], output: "y" },
      "y",
      "takes 2 or more inputs, got 1",
    ],
    [
      { nodes: [input, { name: "y", inputs: ["x"], op: "linear", features: 3 }], output: "y" },
      "y",
      "needs features [n], got [4, 4, 2]",
    ],
    [
      {
        nodes: [
          input,
          { name: "c", inputs: ["x"], op: "conv", kernel: 1, channels: 3 },
          { name: "y", inputs: ["x", "c"], op: "add" },
        ],
        output: "y",
      },
      "y",
      "inputs do not fit: [4, 4, 2] beside [4, 4, 3]",
    ],
    [
      {
        nodes: [input, { name: "y", inputs: ["x"], op: "conv", kernel: 0, channels: 3 }],
        output: "y",
      },
      "y",
      "kernel must be a whole number of at least 1, got 0",
    ],
    [
      {
        nodes: [input, { name: "y", inputs: ["x"], op: "maxPool", kernel: 2, padding: 2 }],
        output: "y",
      },
      "y",
      "padding must be below kernel (2), got 2",
    ],
    [
      { nodes: [input, { name: "y", inputs: ["x"], op: "upsample", factor: 1.5 }], output: "y" },
      "y",
      "factor must be a whole number of at least 1, got 1.5",
    ],
    [
      {
        nodes: [
          input,
          { name: "y", inputs: ["x"], op: "upsample", factor: 2, mode: "cubic" } as never,
        ],
        output: "y",
      },
      "y",
      'mode must be "bilinear" or "nearest", got "cubic"',
    ],
    [
      {
        nodes: [input, { name: "y", inputs: ["x", "x"], op: "mixed", choice: "" }],
        output: "y",
      },
      "y",
      'choice must be a name, got ""',
    ],
    [
      {
        nodes: [
          input,
          { name: "m", inputs: ["x", "x"], op: "mixed", choice: "layer" },
          { name: "y", inputs: ["m", "x", "m"], op: "mixed", choice: "layer" },
        ],
        output: "y",
      },
      "y",
      'choice "layer" has 2 inputs at another node, got 3',
    ],
    [
      // deno-lint-ignore no-explicit-any
      { nodes: [input, { name: "y", inputs: ["x"], op: "conv9" } as any], output: "y" },
      "y",
      'got "conv9"',
    ],
  ];
  for (const [graph, node, reason] of cases) {
    const error = assertThrows(() => inferShapes(graph), GraphError, reason);
    assertEquals(error.node, node);
  }
});

Deno.test("concat adds up channels and multiply takes a gate", () => {
  const net = new GraphBuilder([4, 4, 3]);
  const wide = net.add("wide", { op: "conv", kernel: 1, channels: 5 }, net.input);
  const both = net.add("both", { op: "concat" }, net.input, wide);
  const gate = net.add("gate", { op: "globalAvgPool" }, both);
  const shapes = inferShapes(net.build(net.add("out", { op: "multiply" }, both, gate)));
  assertEquals(shapes.get("both"), [4, 4, 8]);
  assertEquals(shapes.get("out"), [4, 4, 8]);
});
