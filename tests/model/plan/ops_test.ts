import { assert } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import { compile, type Plan } from "naskit/model/mod.ts";
import { runReference, type Value, value } from "../../support/reference_graph.ts";
import { relativeError } from "../../support/tape.ts";
import { activations } from "../../support/activations.ts";

/** Ops of one input on images of `channels` channels. */
function unaryOps(channels: number): Op[] {
  return [
    { op: "conv", kernel: 3, channels: channels + 3 },
    { op: "conv", kernel: 1, channels: 8, stride: 2, bias: true },
    { op: "conv", kernel: 5, channels: 4, stride: 2, padding: 1 },
    { op: "conv", kernel: 3, channels, stride: 2, dilation: 2 },
    { op: "conv", kernel: 2, channels: 3, padding: 0 },
    { op: "conv", kernel: 2, channels: 3, padding: 4 },
    { op: "depthwise", kernel: 3, bias: true },
    { op: "depthwise", kernel: 5, stride: 2, multiplier: 2 },
    { op: "depthwise", kernel: 3, stride: 2, dilation: 2, multiplier: 3, bias: true },
    { op: "avgPool", kernel: 3, stride: 2 },
    { op: "avgPool", kernel: 2, padding: 0 },
    { op: "maxPool", kernel: 3 },
    { op: "maxPool", kernel: 2, stride: 2, padding: 1 },
    { op: "zero", stride: 2 },
    { op: "batchNorm" },
    { op: "batchNorm", affine: false, epsilon: 1e-3 },
    ...activations,
    { op: "globalAvgPool" },
    ...[2, 4].flatMap((factor): Op[] => [
      { op: "upsample", factor },
      { op: "upsample", factor, mode: "nearest" },
    ]),
    { op: "flatten" },
    { op: "identity" },
  ];
}

for (const channels of [1, 3, 8]) {
  for (const op of unaryOps(channels)) {
    const { op: name, ...options } = op;
    const detail = Object.entries(options).map(([key, each]) => `${key} ${each}`).join(", ");
    Deno.test(`plan of ${name} (${detail || "plain"}) with ${channels} channels`, () => {
      const net = new GraphBuilder([5, 4, channels]);
      checkGradients(net.build(net.add("op", op, net.input)), 2);
    });
  }

  Deno.test(`plan of a relu that convolutions take along, with ${channels} channels`, () => {
    const net = new GraphBuilder([5, 4, channels]);
    const relu = net.add("relu", { op: "relu" }, net.input);
    const conv = net.add("conv", { op: "conv", kernel: 3, channels }, relu);
    const depthwise = net.add("depthwise", { op: "depthwise", kernel: 3 }, relu);
    const dilated = net.add("dilated", { op: "conv", kernel: 3, dilation: 2, channels }, relu);
    checkGradients(
      net.build(net.add("sum", { op: "add" }, conv, depthwise, dilated, net.input)),
      2,
    );
  });

  Deno.test(`plan of a relu that others read as well, with ${channels} channels`, () => {
    const net = new GraphBuilder([5, 4, channels]);
    const normed = net.add("bn", { op: "batchNorm" }, net.input);
    const relu = net.add("relu", { op: "relu" }, normed);
    const conv = net.add("conv", { op: "conv", kernel: 3, channels }, relu);
    const pooled = net.add("pool", { op: "maxPool", kernel: 3 }, relu);
    checkGradients(net.build(net.add("sum", { op: "add" }, conv, pooled, relu, normed)), 2);
  });

  for (const op of ["add", "multiply", "concat"] as const) {
    Deno.test(`plan of ${op}, of several and of one twice, with ${channels} channels`, () => {
      const net = new GraphBuilder([4, 3, channels]);
      const other = net.add("other", { op: "conv", kernel: 1, channels }, net.input);
      const joined = net.add("op", { op }, net.input, other, net.input, other);
      const twice = net.add("twice", { op }, joined, joined);
      checkGradients(net.build(twice), 2);
    });
  }

  Deno.test(`plan of gates, two of them at once, and linear layers, with ${channels} channels`, () => {
    const net = new GraphBuilder([4, 3, channels]);
    const pooled = net.add("pool", { op: "globalAvgPool" }, net.input);
    const gate = net.add("gate", { op: "linear", features: channels }, pooled);
    const gated = net.add("gated", { op: "multiply" }, gate, pooled, net.input, gate);
    const flat = net.add("flat", { op: "flatten" }, gated);
    checkGradients(net.build(net.add("head", { op: "linear", features: 7, bias: false }, flat)), 3);
  });

  Deno.test(`plan of a batch norm whose input others read, with ${channels} channels`, () => {
    const net = new GraphBuilder([4, 3, channels]);
    const conv = net.add("conv", { op: "conv", kernel: 3, channels }, net.input);
    const first = net.add("first", { op: "batchNorm" }, conv);
    const second = net.add("second", { op: "batchNorm", epsilon: 0.1 }, conv);
    checkGradients(net.build(net.add("sum", { op: "add" }, first, conv, second)), 2);
  });
}

Deno.test("plan of images that only the last nodes read", () => {
  const net = new GraphBuilder([4, 3, 2]);
  const zeros = net.add("zero", { op: "zero" }, net.input);
  let x = net.add("first", { op: "conv", kernel: 3, channels: 16, bias: true }, zeros);
  x = net.add("tanh", { op: "tanh" }, x);
  x = net.add("second", { op: "conv", kernel: 3, channels: 2 }, x);
  x = net.add("sigmoid", { op: "sigmoid" }, x);
  const product = net.add("product", { op: "multiply" }, x, net.input);
  checkGradients(net.build(net.add("relu", { op: "relu" }, product)), 2);
});

/**
 * Holds values and gradients of images and weights against double precision: the loss is a fixed random
 * combination of the outputs, its gradient there a central difference along each axis.
 */
function checkGradients(graph: Graph, batch: number): void {
  const rng = createRng("gradients");
  const plan = compile(graph, { batch: batch + 1, training: true, imageGradient: true });
  const [input] = graph.nodes;
  const draw = (shape: readonly number[]) => {
    // Evenly spread and all different: kinks (ReLU at 0 and 6) and ties in max pooling have no
    // derivative.
    const ranks = rng.split(`values ${shape}`).shuffle([...value(shape).data.keys()]);
    return value(shape, (i) => (ranks[i]! + 0.3) / ranks.length * 14.1 - 7.05);
  };
  const images = draw([batch, ...(input?.op === "input" ? input.shape : [])]);
  const params = new Map([...plan.params].map(([name, { shape }]) => [name, draw(shape)] as const));
  for (const [name, { data }] of params) plan.setWeights(name, data);
  const expected = runReference(graph, params, images);
  const slope = value(expected.shape, () => rng.normal());
  const loss = () =>
    runReference(graph, params, images).data.reduce((sum, v, i) => sum + v * slope.data[i]!, 0);

  const gradients = plan.pullBack(Float32Array.from(images.data), {
    slope: Float32Array.from(slope.data),
  });
  assertClose("output", gradients.output, expected.data);
  for (const [name, gradient] of gradients.params) {
    assertClose(`gradient of ${name}`, gradient, differences(params.get(name)!, loss));
  }
  assertClose("gradient of images", gradients.images!, differences(images, loss));
  checkSamples(plan, { params, images, output: expected });
  plan.dispose();
}

/** Holds the output by each image's own statistics against running one image after another. */
function checkSamples(
  plan: Plan,
  { params, images, output }: {
    readonly params: ReadonlyMap<string, Value>;
    readonly images: Value;
    readonly output: Value;
  },
): void {
  const [batch, ...shape] = images.shape as [number, ...number[]];
  const size = images.data.length / batch;
  const one = (i: number) => ({
    shape: [1, ...shape],
    data: images.data.slice(i * size, i * size + size),
  });
  const expected = Array.from({ length: batch }, (_, i) => [
    ...runReference(plan.graph, params, one(i)).data,
  ]).flat();
  const actual = plan.forward(Float32Array.from(images.data), { statistics: "sample" });
  assert(actual.length === output.data.length);
  assertClose("output by image", actual, Float64Array.from(expected));
}

function differences({ data }: Value, loss: () => number): Float64Array {
  const step = 1e-5;
  return data.map((kept, i) => {
    data[i] = kept + step;
    const above = loss();
    data[i] = kept - step;
    const below = loss();
    data[i] = kept;
    return (above - below) / (2 * step);
  });
}

function assertClose(what: string, actual: Float32Array, expected: Float64Array): void {
  const error = relativeError(actual, expected, 1e-3);
  assert(error <= 1e-4, `${what}: relative error ${error}`);
}
