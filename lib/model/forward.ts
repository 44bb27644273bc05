import { avgPool, batchNorm, conv2d, depthwiseConv2d, maxPool } from "../engine/ops.ts";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from "../engine/tensor.ts";
import { tf } from "../engine/tf.ts";
import { formatShape, fullWindow, type GraphNode } from "../graph/mod.ts";
import { checkGates, evenGates } from "./gates.ts";
import type { ForwardOptions, Model } from "./model.ts";
import { upsample } from "./upsample.ts";

type Parts = Pick<Model, "graph" | "shapes" | "params" | "statistics">;

/** Runs a graph on tfjs, node by node: the reference that every faster path is held to. */
export function forward(parts: Parts, images: Tensor4D, options: ForwardOptions): Tensor {
  const expected = parts.shapes.get(parts.graph.nodes[0]?.name as string) as readonly number[];
  const [, ...got] = images.shape;
  if (images.rank !== 4 || expected.some((side, i) => side !== got[i])) {
    throw new RangeError(
      `Cannot run the model: images must be [batch, ${expected.join(", ")}], got ${
        formatShape(images.shape)
      }`,
    );
  }
  if (options.gates) checkGates(parts.graph, options.gates, "run the model");
  return tf.tidy(() => {
    const values = new Map<string, Tensor>();
    for (const node of parts.graph.nodes) {
      const inputs = node.inputs.map((name) => values.get(name) as Tensor);
      const value = node.op === "input" ? images : run(node, inputs, parts, options);
      options.tap?.(node.name, value);
      values.set(node.name, value);
    }
    const output = values.get(parts.graph.output) as Tensor;
    // An output that is the input itself must not be handed out twice.
    return output === images ? images.clone() : output;
  });
}

function run(
  node: Exclude<GraphNode, { op: "input" }>,
  inputs: readonly Tensor[],
  parts: Parts,
  options: ForwardOptions,
): Tensor {
  const x = inputs[0] as Tensor;
  const param = (name: string) => parts.params.get(`${node.name}.${name}`);
  const withBias = (y: Tensor) => {
    const bias = param("bias");
    return bias ? y.add(bias) : y;
  };
  switch (node.op) {
    case "conv":
      return withBias(conv2d(x as Tensor4D, param("weight") as Tensor4D, fullWindow(node)));
    case "depthwise":
      return withBias(
        depthwiseConv2d(x as Tensor4D, param("weight") as Tensor4D, fullWindow(node)),
      );
    case "batchNorm":
      return normalise(node, x, parts, options);
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.relu6(x);
    case "hswish":
      return x.mul(tf.relu6(x.add(3))).div(6);
    case "swish":
      return x.mul(tf.sigmoid(x));
    case "sigmoid":
      return tf.sigmoid(x);
    case "hsigmoid":
      return tf.relu6(x.add(3)).div(6);
    case "tanh":
      return tf.tanh(x);
    case "avgPool":
      return avgPool(x as Tensor4D, fullWindow(node));
    case "maxPool":
      return maxPool(x as Tensor4D, fullWindow(node));
    case "globalAvgPool":
      return x.mean([1, 2]);
    case "upsample":
      return upsample(x as Tensor4D, node);
    case "flatten":
      return x.reshape([x.shape[0] as number, -1]);
    case "linear":
      return withBias(tf.matMul(x as Tensor2D, param("weight") as Tensor2D));
    case "add":
      return inputs.reduce((sum, each) => sum.add(each));
    case "multiply":
      return inputs.reduce(multiply);
    case "mixed":
      return mix(node, inputs, options);
    case "concat":
      return tf.concat([...inputs], -1);
    case "identity":
      return x.clone();
    case "zero":
      return zeros(x, node.stride ?? 1);
    default:
      return node satisfies never;
  }
}

/** The product; `[batch, channels]` gates spread over the pixels of `[batch, h, w, channels]`. */
function multiply(a: Tensor, b: Tensor): Tensor {
  const spread = (gate: Tensor, other: Tensor) =>
    gate.rank === 2 && other.rank === 4
      ? gate.reshape([gate.shape[0] as number, 1, 1, gate.shape[1] as number])
      : gate;
  return spread(a, b).mul(spread(b, a));
}

/** The sum of the inputs times their gates. */
function mix(
  { choice }: Extract<GraphNode, { op: "mixed" }>,
  inputs: readonly Tensor[],
  { gates }: ForwardOptions,
): Tensor {
  const given = gates?.get(choice);
  const factors = given instanceof tf.Tensor
    ? given
    : tf.tensor1d(given === undefined ? evenGates(inputs.length) : Float32Array.from(given));
  return inputs.map((x, i) => x.mul(factors.slice(i, 1).asScalar())).reduce((a, b) => a.add(b));
}

/** Fresh zeros: whatever is before them gets no gradient. */
function zeros(x: Tensor, stride: number): Tensor {
  if (stride === 1) return tf.zeros(x.shape);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return tf.zeros([batch, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
}

function normalise(
  node: Extract<GraphNode, { op: "batchNorm" }>,
  x: Tensor,
  parts: Parts,
  { statistics = "running", updateStatistics = false }: ForwardOptions,
): Tensor {
  const { epsilon = 1e-5, momentum = 0.1 } = node;
  const gamma = parts.params.get(`${node.name}.gamma`) as Tensor1D | undefined;
  const beta = parts.params.get(`${node.name}.beta`) as Tensor1D | undefined;
  const runningMean = parts.statistics.get(`${node.name}.mean`) as Variable;
  const runningVariance = parts.statistics.get(`${node.name}.variance`) as Variable;
  if (statistics === "running" && !updateStatistics) {
    const scale = tf.rsqrt(runningVariance.add(epsilon));
    const factor = gamma ? scale.mul(gamma) : scale;
    const shift = runningMean.mul(factor).neg();
    return x.mul(factor).add(beta ? shift.add(beta) : shift);
  }
  const { y, mean, variance } = batchNorm(x, gamma, beta, { epsilon });
  if (updateStatistics) {
    const count = x.size / mean.size;
    // The running variance is the unbiased one, as in PyTorch.
    const unbiased = count > 1 ? variance.mul(count / (count - 1)) : variance;
    runningMean.assign(runningMean.mul(1 - momentum).add(mean.mul(momentum)));
    runningVariance.assign(runningVariance.mul(1 - momentum).add(unbiased.mul(momentum)));
  }
  return y;
}
