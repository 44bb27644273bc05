import { softmaxCrossEntropy } from "naskit/engine/ops.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Gates, Model } from "naskit/model/mod.ts";

/** What the tape, the reference, gives for a batch. */
export interface TapeOutcome {
  readonly logits: Float32Array;
  readonly loss: number;
  /** By parameter; none where the loss does not depend on it. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** By choice, of the gates that were given; none where the loss does not depend on them. */
  readonly gates: ReadonlyMap<string, Float32Array>;
}

/** What to run on the tape. */
export interface TapeOptions {
  /** The only image whose loss counts; all when absent. */
  readonly image?: number;
  /** The gates of mixed nodes. */
  readonly gates?: Gates;
}

/** Runs a classifier and its gradients on tfjs. */
export function runTape(
  model: Model,
  { images, labels }: { readonly images: Float32Array; readonly labels: Int32Array },
  statistics: "batch" | "running",
  { image, gates = new Map() }: TapeOptions = {},
): TapeOutcome {
  const gradients = new Map<string, Float32Array>(), slopes = new Map<string, Float32Array>();
  let logits = new Float32Array(), loss = NaN;
  tf.tidy(() => {
    const shape = model.shapes.get(model.graph.nodes[0]!.name) as [number, number, number];
    const x = tf.tensor4d(images.slice(), [labels.length, ...shape]);
    const y = tf.tensor1d(labels.slice(), "int32");
    const factors = new Map(
      [...gates].map((
        [choice, values],
      ) => [choice, tf.variable(tf.tensor1d([...values as number[]]))]),
    );
    const run = () => model.forward(x, { statistics, gates: factors }) as tf.Tensor2D;
    logits = Float32Array.from(run().dataSync());
    const lossOf = () =>
      image === undefined
        ? softmaxCrossEntropy(run(), y)
        : softmaxCrossEntropy(run().slice(image, 1), y.slice(image, 1));
    const { value, grads } = tf.variableGrads(
      lossOf,
      [...model.params.values(), ...factors.values()],
    );
    loss = value.dataSync()[0]!;
    const collect = (
      to: Map<string, Float32Array>,
      variables: ReadonlyMap<string, tf.Variable>,
    ) => {
      for (const [name, { name: id }] of variables) {
        const gradient = grads[id]?.dataSync();
        if (gradient) to.set(name, Float32Array.from(gradient));
      }
    };
    collect(gradients, model.params);
    collect(slopes, factors);
    for (const factor of factors.values()) factor.dispose();
  });
  return { logits, loss, gradients, gates: slopes };
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
