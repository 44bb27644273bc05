import { replaceFile } from "../../engine/replace_file.ts";
import { fullWindow, type GraphNode, inputShapes, type Shape } from "../../graph/mod.ts";
import type { Model } from "../model.ts";
import { type OnnxName, OnnxNet } from "./onnx_net.ts";
import { reachedNodes } from "./reached_nodes.ts";

/**
 * Writes a model as a file of ONNX (Open Neural Network Exchange), opset 14, for the runtimes and compilers of
 * others. The input `images` is `[count, height, width, channels]` and the output `output` what the model
 * returns with its running statistics, up to rounding: logits for a classifier. Inside, images are channels
 * first, as ONNX has them.
 *
 * @param model The model.
 * @param path The file, e.g. `"runs/winner.onnx"`; missing folders are made.
 * @throws {RangeError} When a node has no counterpart.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, exportOnnx, nasBench201 } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const folder = await Deno.makeTempDir();
 * await exportOnnx(model, `${folder}/winner.onnx`);
 * assertGreater((await Deno.stat(`${folder}/winner.onnx`)).size, 1000);
 * model.dispose();
 * ```
 */
export async function exportOnnx(model: Model, path: string): Promise<void> {
  const { graph, shapes } = model;
  const net = new OnnxNet();
  const imageShape = shapes.get(graph.nodes[0]?.name as string) as Shape;
  const outputShape = shapes.get(graph.output) as Shape;
  const images = net.reserve("images"), output = net.reserve("output");
  const values = new Map<string, OnnxName>();
  for (const node of reachedNodes(graph)) {
    const inputs = node.op === "input"
      ? [images]
      : node.inputs.map((name) => values.get(name) as OnnxName);
    values.set(
      node.name,
      operatorsOf(node, inputs, net, { model, shapes: inputShapes(node, shapes) }),
    );
  }
  const last = values.get(graph.output) as OnnxName;
  if (outputShape.length === 1) net.addAs(output, "Identity", [last]);
  else net.addAs(output, "Transpose", [last], { perm: [0, 2, 3, 1] });
  const { encodeOnnx } = await import("./onnx_proto.ts"); // half a second that only this needs
  const bytes = encodeOnnx(
    net.model({ name: images, shape: imageShape }, { name: output, shape: outputShape }),
  );
  await replaceFile(path, bytes);
}

interface Context {
  readonly model: Model;
  /** Of the node's inputs. */
  readonly shapes: readonly Shape[];
}

function operatorsOf(
  node: GraphNode,
  inputs: readonly OnnxName[],
  net: OnnxNet,
  { model, shapes }: Context,
): OnnxName {
  const { name } = node;
  const x = inputs[0] as OnnxName, shape = shapes[0] as Shape;
  switch (node.op) {
    case "input":
      return net.add(name, "Transpose", inputs, { perm: [0, 3, 1, 2] });
    case "conv":
    case "depthwise":
      return convolve(node, x, net, model);
    case "batchNorm": {
      const channels = shape.at(-1) as number;
      const array = (what: string, otherwise: number) =>
        net.floats(
          `${name}.${what}`,
          arrayOf(model, `${name}.${what}`) ?? new Float32Array(channels).fill(otherwise),
          [channels],
        );
      const arrays = [array("gamma", 1), array("beta", 0), array("mean", 0), array("variance", 1)];
      const epsilon = { f: node.epsilon ?? 1e-5 };
      return net.add(name, "BatchNormalization", [x, ...arrays], { epsilon });
    }
    case "relu":
      return net.add(name, "Relu", [x]);
    case "relu6": {
      const [least, most] = [0, 6].map((edge) =>
        net.floats(`${name}.${edge}`, Float32Array.of(edge), [])
      );
      return net.add(name, "Clip", [x, least as OnnxName, most as OnnxName]);
    }
    case "hsigmoid":
      return net.add(name, "HardSigmoid", [x], { alpha: { f: 1 / 6 }, beta: { f: 0.5 } });
    case "hswish":
      return net.add(name, "HardSwish", [x]);
    case "sigmoid":
      return net.add(name, "Sigmoid", [x]);
    case "swish":
      return net.add(name, "Mul", [x, net.add(`${name}.gate`, "Sigmoid", [x])]);
    case "tanh":
      return net.add(name, "Tanh", [x]);
    case "avgPool":
    case "maxPool": {
      const { kernel, stride, padding } = fullWindow(node);
      const window = {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: Array<number>(4).fill(padding),
      };
      return node.op === "avgPool"
        ? net.add(name, "AveragePool", [x], { ...window, count_include_pad: 0 })
        : net.add(name, "MaxPool", [x], window);
    }
    case "globalAvgPool":
      return net.add(name, "Flatten", [net.add(`${name}.mean`, "GlobalAveragePool", [x])]);
    case "upsample": {
      const { factor, mode = "bilinear" } = node;
      const scales = net.floats(`${name}.scales`, Float32Array.of(1, 1, factor, factor), [4]);
      return net.add(name, "Resize", [x, "", scales], {
        ...(mode === "bilinear"
          ? { mode: "linear", coordinate_transformation_mode: "half_pixel" }
          : {
            mode: "nearest",
            coordinate_transformation_mode: "asymmetric",
            nearest_mode: "floor",
          }),
      });
    }
    case "flatten":
      return net.add(name, "Flatten", [shape.length === 3 ? channelsLast(x, net, name) : x]);
    case "linear": {
      const { features, bias = true } = node;
      const weight = arrayOf(model, `${name}.weight`) as Float32Array;
      const arrays = [net.floats(`${name}.weight`, weight, [weight.length / features, features])];
      if (bias) {
        const values = arrayOf(model, `${name}.bias`) as Float32Array;
        arrays.push(net.floats(`${name}.bias`, values, [features]));
      }
      return net.add(name, "Gemm", [x, ...arrays]);
    }
    case "add":
      return net.add(name, "Sum", inputs);
    case "multiply": {
      const isMixed = shapes.some(({ length }) => length === 3);
      const all = inputs.map((input, i) => {
        if (!isMixed || shapes[i]?.length === 3) return input;
        return net.add(`${name}.gate`, "Unsqueeze", [input, net.integers(`${name}.axes`, [2, 3])]);
      });
      return all.reduce((product, next) => net.add(name, "Mul", [product, next]));
    }
    case "concat":
      return net.add(name, "Concat", inputs, { axis: 1 });
    case "identity":
      return x;
    case "zero": {
      const { stride = 1 } = node;
      const window = { kernel_shape: [1, 1], strides: [stride, stride] };
      const some = stride === 1 ? x : net.add(`${name}.stride`, "MaxPool", [x], window);
      return net.add(name, "Mul", [some, net.floats(`${name}.0`, Float32Array.of(0), [])]);
    }
    default:
      throw new RangeError(
        `Cannot export to ONNX: node "${name}" (${(node as GraphNode).op}) has no counterpart`,
      );
  }
}

function convolve(
  node: Extract<GraphNode, { op: "conv" | "depthwise" }>,
  x: OnnxName,
  net: OnnxNet,
  model: Model,
): OnnxName {
  const { name } = node;
  const { kernel, stride, padding, dilation } = fullWindow(node);
  const [, , inner, outer] = model.params.get(`${name}.weight`)?.shape as number[] as Filter;
  const weight = arrayOf(model, `${name}.weight`) as Float32Array;
  // A depthwise filter's inner and outer channels together are the output's, each of one input channel.
  const isDepthwise = node.op === "depthwise";
  const [rows, columns] = isDepthwise ? [inner * outer, 1] : [outer, inner];
  const turned = turn(weight, { kernel, inner: columns, outer: rows });
  const arrays = [net.floats(`${name}.weight`, turned, [rows, columns, kernel, kernel])];
  const bias = arrayOf(model, `${name}.bias`);
  if (bias) arrays.push(net.floats(`${name}.bias`, bias, [rows]));
  return net.add(name, "Conv", [x, ...arrays], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: Array<number>(4).fill(padding),
    group: isDepthwise ? inner : 1,
  });
}

type Filter = [height: number, width: number, inner: number, outer: number];

/** A filter `[kernel, kernel, inner, outer]` as `[outer, inner, kernel, kernel]`. */
function turn(
  filter: Float32Array,
  { kernel, inner, outer }: {
    readonly kernel: number;
    readonly inner: number;
    readonly outer: number;
  },
): Float32Array {
  const taps = kernel * kernel, turned = new Float32Array(filter.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inner; i++) {
      for (let o = 0; o < outer; o++) {
        turned[(o * inner + i) * taps + tap] = filter[(tap * inner + i) * outer + o] as number;
      }
    }
  }
  return turned;
}

function channelsLast(x: OnnxName, net: OnnxNet, name: string): OnnxName {
  return net.add(`${name}.turn`, "Transpose", [x], { perm: [0, 2, 3, 1] });
}

function arrayOf({ params, statistics }: Model, name: string): Float32Array | undefined {
  return (params.get(name) ?? statistics.get(name))?.dataSync() as Float32Array | undefined;
}
