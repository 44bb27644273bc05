import { assert } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { runReference, type Value, value } from "../support/reference_graph.ts";
import { activations } from "../support/activations.ts";

const channelCounts = [1, 3, 5, 8, 12];

/** Ops of one input on images of `channels` channels, at every stride they have. */
function unaryOps(channels: number): Op[] {
  const wider = channels === 12 ? 5 : channels + 3;
  return [
    ...[1, 2].flatMap((stride): Op[] => [
      { op: "conv", kernel: 3, channels: wider, stride },
      { op: "conv", kernel: 1, channels: 8, stride, bias: true },
      { op: "conv", kernel: 5, channels: 4, stride, padding: 1 },
      { op: "conv", kernel: 3, channels, stride, dilation: 2 },
      { op: "conv", kernel: 2, channels: 3, stride, padding: 0 },
      { op: "depthwise", kernel: 3, stride, bias: true },
      { op: "depthwise", kernel: 5, stride, multiplier: 2 },
      { op: "depthwise", kernel: 3, stride, dilation: 2 },
      { op: "avgPool", kernel: 3, stride },
      { op: "avgPool", kernel: 2, stride, padding: 0 },
      { op: "maxPool", kernel: 3, stride },
      { op: "maxPool", kernel: 2, stride, padding: 1 },
      { op: "zero", stride },
    ]),
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

for (const channels of channelCounts) {
  for (const op of unaryOps(channels)) {
    const { op: name, ...options } = op;
    const detail = Object.entries(options).map(([key, each]) => `${key} ${each}`).join(", ");
    Deno.test(`gradient of ${name} (${detail || "plain"}) with ${channels} channels`, () => {
      const net = new GraphBuilder([7, 5, channels]);
      const out = net.add("op", op, net.input);
      checkGradients(net.build(out), 2);
    });
  }
  for (const op of ["add", "multiply", "concat"] as const) {
    Deno.test(`gradient of ${op} with ${channels} channels`, () => {
      const net = new GraphBuilder([5, 3, channels]);
      const other = net.add("other", { op: "conv", kernel: 1, channels }, net.input);
      checkGradients(net.build(net.add("op", { op }, net.input, other, net.input)), 2);
    });
  }
  Deno.test(`gradient of a gate and a linear layer with ${channels} channels`, () => {
    const net = new GraphBuilder([5, 3, channels]);
    const pooled = net.add("pool", { op: "globalAvgPool" }, net.input);
    const gate = net.add("gate", { op: "linear", features: channels }, pooled);
    const gated = net.add("gated", { op: "multiply" }, net.input, gate);
    const flat = net.add("flat", { op: "flatten" }, gated);
    checkGradients(net.build(net.add("head", { op: "linear", features: 7, bias: false }, flat)), 3);
  });
}

/**
 * Holds values and gradients of all inputs and weights against double precision: the loss is a fixed
 * random combination of the outputs, its gradient there a central difference along each axis.
 */
function checkGradients(graph: Graph, batch: number): void {
  const rng = createRng("gradients");
  const model = buildModel(graph, { rng, init: "torchDefault" });
  const [input] = graph.nodes;
  const shape = [batch, ...(input?.op === "input" ? input.shape : [])];
  const draw = ({ shape }: { readonly shape: readonly number[] }) => {
    // Evenly spread and all different: kinks (ReLU at 0 and 6) and ties in max pooling have no
    // derivative.
    const ranks = rng.split(`values ${shape}`).shuffle([...value(shape).data.keys()]);
    return value(shape, (i) => (ranks[i]! + 0.3) / ranks.length * 14.1 - 7.05);
  };
  const images = draw({ shape });
  const params = new Map([...model.params].map(([name, array]) => [name, draw(array)] as const));
  for (const [name, array] of params) {
    tf.tidy(() => model.params.get(name)?.assign(tensor(array)));
  }
  const expected = runReference(graph, params, images);
  const weights = value(expected.shape, () => rng.normal());
  const loss = () =>
    runReference(graph, params, images).data.reduce((sum, v, i) => sum + v * weights.data[i]!, 0);

  const before = tf.memory().numTensors;
  const gradients = new Map<string, Float32Array>();
  let output = new Float32Array();
  tf.tidy(() => {
    const x = tensor(images) as tf.Tensor4D;
    const run = (at: tf.Tensor) =>
      model.forward(at as tf.Tensor4D, { statistics: "batch" }).mul(tensor(weights)).sum();
    output = model.forward(x, { statistics: "batch" }).dataSync() as typeof output;
    if (graph.nodes.every(({ op }) => op !== "zero")) {
      gradients.set("images", tf.grad(run)(x).dataSync() as Float32Array);
    }
    const variables = [...model.params.values()];
    if (variables.length === 0) return;
    const { grads } = tf.variableGrads(() => run(x) as tf.Scalar, variables);
    for (const [name, { name: id }] of model.params) {
      gradients.set(name, grads[id]?.dataSync() as Float32Array);
    }
  });
  assert(tf.memory().numTensors === before, "a tensor leaked");
  assertClose("output", output, expected.data);
  for (const [name, gradient] of gradients) {
    const at = name === "images" ? images : params.get(name) as Value;
    assertClose(`gradient of ${name}`, gradient, differences(at, loss));
  }
  model.dispose();
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

function tensor({ shape, data }: Value): tf.Tensor {
  return tf.tensor(Float32Array.from(data), [...shape]);
}

function assertClose(what: string, actual: Float32Array, expected: Float64Array): void {
  const norm = Math.hypot(...expected);
  const error = Math.hypot(...expected.map((v, i) => v - (actual[i] as number)));
  assert(
    actual.length === expected.length && error <= 1e-4 * Math.max(norm, 1e-3),
    `${what}: relative error ${error / norm}`,
  );
}
