import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { cost } from "naskit/cost/mod.ts";
import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import { growKernel } from "naskit/model/mod.ts";
import { difference, imagesFor, lively, outputs } from "./keep.ts";

function oneConv(size: number, op: Op): Graph {
  const net = new GraphBuilder([size, size + 1, 3]);
  return net.build(net.add("conv", op, net.input));
}

function changeOf(graph: Graph, kernel: number): number {
  const larger = growKernel(graph, { node: "conv", kernel });
  const weights = lively(graph, createRng("weights"));
  const run = { images: imagesFor(graph, 2, "images"), count: 2, statistics: "running" } as const;
  return difference(
    outputs(graph, { ...run, weights }),
    outputs(larger.graph, { ...run, weights: larger.inherit(weights) }),
  );
}

Deno.test("a larger filter computes the same at any stride, dilation, padding and size", () => {
  for (const op of ["conv", "depthwise"] as const) {
    for (const size of [5, 6, 7, 8]) {
      for (const stride of [1, 2, 3]) {
        for (const dilation of [1, 2]) {
          for (const padding of [undefined, 0, 1]) {
            const window = { stride, dilation, ...(padding === undefined ? {} : { padding }) };
            const made: Op = op === "conv"
              ? { op, kernel: 1, channels: 4, bias: true, ...window }
              : { op, kernel: 1, multiplier: 2, ...window };
            const graph = oneConv(size, made);
            for (const kernel of [3, 5]) assertLess(changeOf(graph, kernel), 1e-6);
          }
        }
      }
    }
  }
});

Deno.test("3x3 grows to 5x5 with its padding, and by the formula", () => {
  const graph = oneConv(8, { op: "conv", kernel: 3, stride: 2, channels: 4 });
  const larger = growKernel(graph, { node: "conv", kernel: 5 });
  assertEquals(larger.graph, oneConv(8, { op: "conv", kernel: 5, stride: 2, channels: 4 }));
  assertEquals(cost(larger.graph).params - cost(graph).params, (25 - 9) * 3 * 4);
  assertEquals(larger.description, "grow the kernel of conv from 3x3 to 5x5");
  const tight = oneConv(8, { op: "conv", kernel: 3, padding: 0, channels: 4 });
  const padded = growKernel(tight, { node: "conv", kernel: 7 }).graph.nodes[1];
  assertEquals(padded?.op === "conv" && padded.padding, 2);
});

Deno.test("TensorFlow's same padding at stride 2 keeps 3x3 in the middle of 5x5, not 1x1 in that of 3x3", () => {
  const conv = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 2, "same");
  tf.tidy(() => {
    const x = tf.tensor4d(imagesFor(oneConv(6, { op: "identity" }), 1, "i").slice(0, 36), [
      1,
      6,
      6,
      1,
    ]);
    const filter = (kernel: number, offset: number, size: number) => {
      const rng = createRng("filter");
      const small = tf.tensor4d(Array.from({ length: kernel ** 2 }, () => rng.normal()), [
        kernel,
        kernel,
        1,
        1,
      ]);
      const rest = size - kernel - offset;
      return { small, large: small.pad([[offset, rest], [offset, rest], [0, 0], [0, 0]]) };
    };
    const change = (kernel: number, offset: number, size: number) => {
      const { small, large } = filter(kernel, offset, size);
      return difference(conv(x, small).dataSync(), conv(x, large as tf.Tensor4D).dataSync());
    };
    assertLess(change(3, 1, 5), 1e-6);
    assertLess(change(1, 0, 3), 1e-6);
    assert(change(1, 1, 3) > 0.1);
  });
});

Deno.test("an odd number of taps more is taken only where the size stays", () => {
  const even = oneConv(5, { op: "conv", kernel: 2, stride: 3, padding: 0, channels: 2 });
  assertLess(changeOf(even, 3), 1e-6);
  assertThrows(
    () =>
      growKernel(oneConv(6, { op: "conv", kernel: 3, channels: 2 }), { node: "conv", kernel: 4 }),
    RangeError,
    "an odd number of new taps has no middle",
  );
});

Deno.test("other nodes and smaller kernels are refused", () => {
  const graph = oneConv(6, { op: "conv", kernel: 3, channels: 2 });
  const grow = (node: string, kernel: number) => () => growKernel(graph, { node, kernel });
  assertThrows(grow("input", 5), RangeError, "node must be a convolution of the graph, got input");
  assertThrows(grow("none", 5), RangeError, "got none of this name");
  assertThrows(grow("conv", 3), RangeError, "kernel must be a whole number above 3, got 3");
});
