import { softmaxCrossEntropy } from "naskit/engine/ops.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Model } from "naskit/model/mod.ts";

/** What the tape, the reference, gives for a batch. */
export interface TapeOutcome {
  readonly logits: Float32Array;
  readonly loss: number;
  /** By parameter; none where the loss does not depend on it. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Runs a classifier and its gradients on tfjs; those of one image's loss alone if one is named. */
export function runTape(
  model: Model,
  { images, labels }: { readonly images: Float32Array; readonly labels: Int32Array },
  statistics: "batch" | "running",
  image?: number,
): TapeOutcome {
  const gradients = new Map<string, Float32Array>();
  let logits = new Float32Array(), loss = NaN;
  tf.tidy(() => {
    const shape = model.shapes.get(model.graph.nodes[0]!.name) as [number, number, number];
    const x = tf.tensor4d(images.slice(), [labels.length, ...shape]);
    const y = tf.tensor1d(labels.slice(), "int32");
    const run = () => model.forward(x, { statistics }) as tf.Tensor2D;
    logits = Float32Array.from(run().dataSync());
    const lossOf = () =>
      image === undefined
        ? softmaxCrossEntropy(run(), y)
        : softmaxCrossEntropy(run().slice(image, 1), y.slice(image, 1));
    const { value, grads } = tf.variableGrads(
      lossOf,
      [...model.params.values()],
    );
    loss = value.dataSync()[0]!;
    for (const [name, { name: id }] of model.params) {
      const gradient = grads[id]?.dataSync();
      if (gradient) gradients.set(name, Float32Array.from(gradient));
    }
  });
  return { logits, loss, gradients };
}

/** The distance of two arrays, relative to the length of the second or to `floor`. */
export function relativeError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1e-30,
): number {
  if (actual.length !== expected.length) return Infinity;
  let distance = 0, norm = 0;
  for (let i = 0; i < expected.length; i++) {
    distance += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(distance) / Math.max(Math.sqrt(norm), floor);
}
