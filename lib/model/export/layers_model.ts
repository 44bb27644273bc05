import type { LayersModel } from "../../engine/tensor.ts";
import { tf } from "../../engine/tf.ts";
import { fullWindow, type GraphNode, inputShapes, type Shape } from "../../graph/mod.ts";
import type { Model } from "../model.ts";
import { resampling } from "../upsample.ts";
import { type LayerArray, LayerNet } from "./layer_net.ts";
import { reachedNodes } from "./reached_nodes.ts";

type Sym = tf.SymbolicTensor;

/**
 * Makes a model of TensorFlow.js's own layers that returns what a model returns with its running statistics,
 * up to rounding: for the web, where TensorFlow.js alone loads and runs it.
 *
 * @param model The model, whose values are copied.
 * @returns A model `[count, height, width, channels]` to the output's shape, for a classifier the logits. The
 * caller disposes of it.
 * @throws {RangeError} When a node has no counterpart: max or average pooling padded by more than
 * `(kernel - 1) / 2` rounded down.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, nasBench201, tf, toLayersModel } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const layers = toLayersModel(model);
 * const images: tf.Tensor4D = tf.ones([1, 8, 8, 3]);
 * const [own, theirs] = tf.tidy(() =>
 *   [model.forward(images), layers.predict(images) as tf.Tensor].map((each) => each.dataSync())
 * );
 * assertAlmostEquals(own?.[0] ?? NaN, theirs?.[0] ?? NaN, 1e-4);
 * images.dispose();
 * layers.dispose();
 * model.dispose();
 * ```
 */
export function toLayersModel(model: Model): LayersModel {
  const net = new LayerNet(model);
  const values = new Map<string, Sym>();
  try {
    for (const node of reachedNodes(model.graph)) {
      const inputs = node.inputs.map((name) => values.get(name) as Sym);
      values.set(node.name, layersOf(node, inputs, net, inputShapes(node, model.shapes)));
    }
    return net.model(values.get(model.graph.output) as Sym);
  } catch (error) {
    net.dispose();
    throw error;
  }
}

function layersOf(
  node: GraphNode,
  inputs: readonly Sym[],
  net: LayerNet,
  shapes: readonly Shape[],
): Sym {
  const x = inputs[0] as Sym;
  const name = node.name;
  switch (node.op) {
    case "input":
      return net.input(name, node.shape);
    case "conv":
    case "depthwise":
      return convolve(node, x, net);
    case "batchNorm": {
      const { affine = true, epsilon = 1e-5 } = node;
      const layer = tf.layers.batchNormalization({ epsilon, center: affine, scale: affine });
      const arrays = [...(affine ? ["gamma", "beta"] : []), "mean", "variance"];
      return net.add(name, layer, x, arrays.map((array) => `${name}.${array}`));
    }
    case "relu":
      return net.add(name, tf.layers.reLU(), x);
    case "relu6":
      return net.add(name, tf.layers.reLU({ maxValue: 6 }), x);
    case "swish":
    case "sigmoid":
    case "tanh":
      return net.add(name, tf.layers.activation({ activation: node.op }), x);
    case "hsigmoid":
      return hardSigmoid(name, x, net);
    case "hswish":
      return net.add(name, tf.layers.multiply(), [x, hardSigmoid(`${name}.gate`, x, net)]);
    case "avgPool":
    case "maxPool":
      return pool(node, x, net, shapes[0] as Shape);
    case "globalAvgPool":
      return net.add(name, tf.layers.globalAveragePooling2d({}), x);
    case "upsample":
      return upsample(node, x, net, shapes[0] as Shape);
    case "flatten":
      return net.add(name, tf.layers.flatten(), x);
    case "linear": {
      const { features: units, bias: useBias = true } = node;
      const arrays = [`${name}.weight`, ...(useBias ? [`${name}.bias`] : [])];
      return net.add(name, tf.layers.dense({ units, useBias }), x, arrays);
    }
    case "add":
      return net.add(name, tf.layers.add(), inputs);
    case "concat":
      return net.add(name, tf.layers.concatenate(), inputs);
    case "multiply": {
      const isMixed = new Set(shapes.map(({ length }) => length)).size > 1;
      const all = inputs.map((input, i) => {
        const shape = shapes[i] as Shape;
        if (!isMixed || shape.length === 3) return input;
        const targetShape = [1, 1, shape[0]];
        return net.add(`${name}.gate`, tf.layers.reshape({ targetShape }), input);
      });
      return net.add(name, tf.layers.multiply(), all);
    }
    case "identity":
      return x;
    case "zero":
      return net.add(
        name,
        tf.layers.rescaling({ scale: 0 }),
        everyOther(node.stride ?? 1, x, net, name),
      );
    default:
      throw new RangeError(
        `Cannot make layers: node "${name}" (${(node as GraphNode).op}) has no counterpart`,
      );
  }
}

function convolve(
  node: Extract<GraphNode, { op: "conv" | "depthwise" }>,
  x: Sym,
  net: LayerNet,
): Sym {
  const { name, bias: useBias = false } = node;
  const { kernel: kernelSize, stride, padding, dilation } = fullWindow(node);
  const padded = padding === 0
    ? x
    : net.add(`${name}.pad`, tf.layers.zeroPadding2d({ padding: [padding, padding] }), x);
  const bias = useBias ? [`${name}.bias`] : [];
  if (node.op === "depthwise") {
    const { multiplier: depthMultiplier = 1 } = node;
    // This layer of TensorFlow.js knows no dilation: its filters have the space between their taps in them.
    const weight = dilation === 1
      ? `${name}.weight`
      : spread(net.array(`${name}.weight`), dilation);
    const reach = dilation * (kernelSize - 1) + 1;
    const options = { kernelSize: reach, strides: stride, depthMultiplier, useBias };
    return net.add(name, tf.layers.depthwiseConv2d(options), padded, [weight, ...bias]);
  }
  // No layer of TensorFlow.js both strides and dilates: what is wanted is taken from what comes at stride 1.
  const isBoth = stride > 1 && dilation > 1;
  const layer = tf.layers.conv2d({
    filters: node.channels,
    kernelSize,
    strides: isBoth ? 1 : stride,
    dilationRate: dilation,
    useBias,
  });
  const y = net.add(name, layer, padded, [`${name}.weight`, ...bias]);
  return isBoth ? everyOther(stride, y, net, name) : y;
}

/** A filter `[kernel, kernel, ...]` with zeros between its taps. */
function spread({ values, shape }: LayerArray, dilation: number): LayerArray {
  const [kernel, , ...rest] = shape as [number, number, ...number[]];
  const size = rest.reduce((product, side) => product * side, 1);
  const reach = dilation * (kernel - 1) + 1;
  const wide = new Float32Array(reach * reach * size);
  for (let i = 0; i < kernel * kernel; i++) {
    const to = dilation * (Math.floor(i / kernel) * reach + i % kernel);
    wide.set(values.subarray(i * size, (i + 1) * size), to * size);
  }
  return { values: wide, shape: [reach, reach, ...rest] };
}

/**
 * Padding that is left out, the same on all sides, is not to be had at any stride. At stride 1 it is, so that
 * every window comes out; those that are wanted are taken from them.
 */
function pool(
  node: Extract<GraphNode, { op: "avgPool" | "maxPool" }>,
  x: Sym,
  net: LayerNet,
  shape: Shape,
): Sym {
  const { name } = node;
  const { kernel: poolSize, stride, padding } = fullWindow(node);
  const make = node.op === "avgPool" ? tf.layers.averagePooling2d : tf.layers.maxPooling2d;
  if (padding === 0) return net.add(name, make({ poolSize, strides: stride }), x);
  const before = Math.floor((poolSize - 1) / 2); // TensorFlow's padding above and on the left
  if (padding > before) {
    throw new RangeError(
      `Cannot make layers: padding of node "${name}" (${node.op}) must be at most ${before} ` +
        `with kernel ${poolSize}, got ${padding}`,
    );
  }
  const all = net.add(name, make({ poolSize, strides: 1, padding: "same" }), x);
  const cropping = shape.slice(0, 2).map((side) => {
    const first = before - padding;
    const count = Math.floor((side + 2 * padding - poolSize) / stride) + 1;
    return [first, side - first - ((count - 1) * stride + 1)];
  }) as [[number, number], [number, number]];
  const wanted = cropping.flat().some((rows) => rows > 0)
    ? net.add(`${name}.crop`, tf.layers.cropping2D({ cropping }), all)
    : all;
  return everyOther(stride, wanted, net, name);
}

function everyOther(stride: number, x: Sym, net: LayerNet, name: string): Sym {
  if (stride === 1) return x;
  return net.add(`${name}.stride`, tf.layers.maxPooling2d({ poolSize: 1, strides: stride }), x);
}

/** relu6(x + 3) / 6: Keras's own hard sigmoid is another one. */
function hardSigmoid(name: string, x: Sym, net: LayerNet): Sym {
  const moved = net.add(`${name}.add3`, tf.layers.rescaling({ scale: 1, offset: 3 }), x);
  const clipped = net.add(`${name}.relu6`, tf.layers.reLU({ maxValue: 6 }), moved);
  return net.add(name, tf.layers.rescaling({ scale: 1 / 6 }), clipped);
}

/** Keras's bilinear mode puts pixels elsewhere: a matrix for the columns and one for the rows do it. */
function upsample(
  node: Extract<GraphNode, { op: "upsample" }>,
  x: Sym,
  net: LayerNet,
  [height, width]: Shape,
): Sym {
  const { name, factor, mode = "bilinear" } = node;
  if (mode === "nearest") {
    return net.add(name, tf.layers.upSampling2d({ size: [factor, factor] }), x);
  }
  const along = (side: number, part: string, y: Sym) => {
    const shares = resampling(side, { factor, mode }); // [side * factor, side]
    const values = Float32Array.from(
      shares,
      (_, i) => shares[(i % (side * factor)) * side + Math.floor(i / (side * factor))] as number,
    );
    const layer = tf.layers.dense({ units: side * factor, useBias: false });
    return net.add(`${name}.${part}`, layer, y, [{ values, shape: [side, side * factor] }]);
  };
  const turned = net.add(`${name}.turn`, tf.layers.permute({ dims: [3, 1, 2] }), x); // [c, h, w]
  const columns = along(width as number, "columns", turned);
  const sideways = net.add(`${name}.sideways`, tf.layers.permute({ dims: [1, 3, 2] }), columns);
  const rows = along(height, "rows", sideways); // [c, w, h]
  return net.add(name, tf.layers.permute({ dims: [3, 2, 1] }), rows);
}
