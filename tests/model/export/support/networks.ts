import { createRng, type Rng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import type { Model } from "naskit/model/mod.ts";
import { dartsCells, enasMacro, mobileNetwork, nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../../../support/random_graph.ts";
import { settled } from "./settled.ts";

/** Normal numbers as images for a model. The caller disposes of them. */
export function imagesFor({ graph, shapes }: Model, rng: Rng, count = 3): tf.Tensor4D {
  const shape = shapes.get(graph.nodes[0]!.name) as [number, number, number];
  const values = Float32Array.from(
    { length: count * shape[0] * shape[1] * shape[2] },
    () => rng.normal(),
  );
  return tf.tensor4d(values, [count, ...shape]);
}

/** Every op, in each of its forms. */
export const ops: readonly Op[] = [
  { op: "conv", kernel: 3, channels: 5, stride: 2 },
  { op: "conv", kernel: 3, channels: 5, stride: 2, dilation: 2, bias: true },
  { op: "depthwise", kernel: 5, multiplier: 2, padding: 0, bias: true },
  { op: "depthwise", kernel: 3, stride: 2, dilation: 2 },
  { op: "batchNorm" },
  { op: "batchNorm", affine: false, epsilon: 0.1 },
  { op: "avgPool", kernel: 3 },
  { op: "avgPool", kernel: 3, stride: 2 },
  { op: "avgPool", kernel: 2, stride: 2 },
  { op: "maxPool", kernel: 3, stride: 2 },
  { op: "maxPool", kernel: 5, stride: 3, padding: 1 },
  { op: "upsample", factor: 3 },
  { op: "upsample", factor: 2, mode: "nearest" },
  { op: "flatten" },
  { op: "globalAvgPool" },
  { op: "identity" },
  { op: "zero", stride: 2 },
  ...(["relu", "relu6", "hswish", "swish", "sigmoid", "hsigmoid", "tanh"] as const)
    .map((op) => ({ op })),
];

/** A network of an op between batch norms that make activations see what they bend. */
export function alone(op: Op): Graph {
  const net = new GraphBuilder([7, 8, 4]);
  const big = net.add("big", { op: "batchNorm" }, net.input);
  return net.build(net.add("a node/its op", op, big));
}

/** Small networks of the kit's spaces. */
export function fromSpaces(rng: Rng): Graph[] {
  const small = { channels: 4, size: 8 };
  return [
    nasBench201({ ...small, cellsPerStage: 1 }),
    mobileNetwork({ resolutions: [16] }),
    dartsCells({ channels: 4, cells: 3, size: 16 }),
    enasMacro({ ...small, layers: 4 }),
  ].map((space) => space.lower(space.sample(rng) as never));
}

/** What the fixture of digests is about, by name. The caller disposes of the models. */
export function* onnxNetworks(): Generator<
  { readonly name: string; readonly model: Model; readonly rng: Rng }
> {
  const rng = createRng("onnx");
  const graphs = [
    ...ops.map((op, i) => [`op ${i} ${op.op}`, alone(op)] as const),
    ...fromSpaces(rng.split("spaces")).map((graph, i) => [`space ${i}`, graph] as const),
    ...Array.from(
      { length: 30 },
      (_, i) => [`random ${i}`, randomGraph(rng.split(`random ${i}`))] as const,
    ),
  ];
  for (const [name, graph] of graphs) {
    const model = settled(graph, rng.split(name), name.startsWith("op") ? 4 : 1);
    yield { name, model, rng: rng.split(`${name} images`) };
  }
}

/** The SHA-256 of a file. */
export async function digestOf(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
