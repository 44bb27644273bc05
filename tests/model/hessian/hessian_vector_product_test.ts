import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { checkProduct } from "./support/second_differences.ts";
import { activations } from "../../support/activations.ts";

/** Ops of one input, on images of three channels. */
const ops: readonly Op[] = [
  { op: "conv", kernel: 3, channels: 4, bias: true },
  { op: "conv", kernel: 3, channels: 2, stride: 2, dilation: 2 },
  { op: "depthwise", kernel: 3, multiplier: 2, bias: true },
  { op: "depthwise", kernel: 3, stride: 2 },
  { op: "batchNorm" },
  { op: "batchNorm", affine: false, epsilon: 0.1 },
  ...activations,
  { op: "avgPool", kernel: 3 },
  { op: "avgPool", kernel: 2, stride: 2 },
  { op: "maxPool", kernel: 3 },
  { op: "maxPool", kernel: 3, stride: 2, padding: 0 },
  { op: "upsample", factor: 2 },
  { op: "upsample", factor: 2, mode: "nearest" },
  { op: "identity" },
];

/** A convolution, what a function adds to it, and linear layers with a curved one between them. */
function around(middle: (net: GraphBuilder, x: string) => string): Graph {
  const net = new GraphBuilder([5, 4, 2]);
  const x = net.add("first", { op: "conv", kernel: 3, channels: 3, bias: true }, net.input);
  const flat = net.add("flat", { op: "flatten" }, middle(net, x));
  const hidden = net.add("hidden", { op: "linear", features: 3 }, flat);
  const curved = net.add("curved", { op: "tanh" }, hidden);
  return net.build(net.add("head", { op: "linear", features: 3 }, curved));
}

for (const op of ops) {
  const { op: name, ...options } = op;
  const detail = Object.entries(options).map(([key, each]) => `${key} ${each}`).join(", ");
  Deno.test(`products through ${name} (${detail || "plain"})`, () => {
    checkProduct(around((net, x) => net.add("op", op, x)));
  });
}

Deno.test("products through sums, products and concatenations, of one thing twice too", () => {
  for (const op of ["add", "multiply", "concat"] as const) {
    checkProduct(around((net, x) => {
      const other = net.add("other", { op: "conv", kernel: 1, channels: 3 }, net.input);
      return net.add("twice", { op }, net.add("op", { op }, x, other, x), other);
    }));
  }
});

Deno.test("products through mixed nodes of one choice, which are means as no gates are given", () => {
  checkProduct(around((net, x) => {
    const other = net.add("other", { op: "conv", kernel: 1, channels: 3 }, net.input);
    const mixed = net.add("mixed", { op: "mixed", choice: "a" }, x, other, other);
    return net.add("again", { op: "mixed", choice: "a" }, mixed, x, mixed);
  }));
});

Deno.test("products through gates, two of them at once", () => {
  checkProduct(around((net, x) => {
    const pooled = net.add("pool", { op: "globalAvgPool" }, x);
    const gate = net.add("gate", { op: "linear", features: 3 }, pooled);
    return net.add("gated", { op: "multiply" }, gate, pooled, x, gate);
  }));
});

Deno.test("products through products of constants", () => {
  checkProduct(around((net, x) => {
    const pooled = net.add("average", { op: "avgPool", kernel: 3 }, net.input);
    const square = net.add("square", { op: "multiply" }, pooled, net.input, pooled);
    const zero = net.add("zero", { op: "zero" }, x);
    return net.add("all", { op: "concat" }, square, zero, x);
  }));
});

Deno.test("products through two batch norms of one thing, and one after another", () => {
  checkProduct(around((net, x) => {
    const first = net.add("bn1", { op: "batchNorm" }, x);
    const curved = net.add("swish", { op: "swish" }, first);
    const second = net.add("bn2", { op: "batchNorm" }, curved);
    const third = net.add("bn3", { op: "batchNorm", epsilon: 0.3 }, x);
    return net.add("sum", { op: "add" }, second, third, x);
  }));
});

Deno.test("products of networks that classify pixels, and of smoothed labels", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const x = net.add("first", { op: "conv", kernel: 3, channels: 3, stride: 2 }, net.input);
  const curved = net.add("curved", { op: "swish" }, net.add("bn", { op: "batchNorm" }, x));
  const pixels = net.add("pixels", { op: "conv", kernel: 1, channels: 3 }, curved);
  checkProduct(net.build(net.add("large", { op: "upsample", factor: 2 }, pixels)));
  checkProduct(around((_, x) => x), { smoothing: 0.3 });
});

Deno.test("products along some of the parameters", () => {
  const graph = around((net, x) => net.add("bn", { op: "batchNorm" }, x));
  for (const kind of ["weight", "bias", "gamma", "beta"]) {
    checkProduct(graph, { directionOf: (name) => name.endsWith(kind) });
  }
});

for (let group = 0; group < 3; group++) {
  Deno.test(`products of random graphs (${group})`, () => {
    for (let i = 8 * group; i < 8 * group + 8; i++) {
      checkProduct(randomGraph(createRng(`hessian ${i}`)), { seed: i, count: 1 + i % 3 });
    }
  });
}
