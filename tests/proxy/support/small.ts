import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

/** Small networks of many shapes. */
export const smallSpace = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });

/** One of them by seed. */
export function smallGraph(seed: number): Graph {
  return smallSpace.lower(smallSpace.sample(createRng(`graph ${seed}`)));
}

/** ReLUs right on the input's numbers, and a linear layer of one output. */
export function reluGraph(units: number): Graph {
  const net = new GraphBuilder([1, 1, units]);
  const relu = net.add("relu", { op: "relu" }, net.input);
  const flat = net.add("flat", { op: "flatten" }, relu);
  return net.build(net.add("fc", { op: "linear", features: 1 }, flat));
}

/** One linear layer of one output, without a bias: an image's gradient by its weights is the image. */
export function linearGraph(inputs: number): Graph {
  const net = new GraphBuilder([1, 1, inputs]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  return net.build(net.add("fc", { op: "linear", features: 1, bias: false }, flat));
}

/** Images of one pixel, given by their channels. */
export function pixels(...images: readonly (readonly number[])[]): Batch {
  return {
    images: Float32Array.from(images.flat()),
    labels: new Int32Array(images.length),
    shape: [images.length, 1, 1, images[0]!.length],
  };
}

/** The images of a batch in another order, one taken twice where its index is there twice. */
export function pick({ images, labels, shape }: Batch, order: readonly number[]): Batch {
  const size = images.length / labels.length, [, height, width, channels] = shape;
  return {
    images: Float32Array.from(order.flatMap((i) => [...images.subarray(i * size, (i + 1) * size)])),
    labels: Int32Array.from(order, (i) => labels[i]!),
    shape: [order.length, height, width, channels],
  };
}
