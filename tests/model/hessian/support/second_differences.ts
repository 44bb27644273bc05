import { assert } from "@std/assert";
import { createRng, type Rng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, hessianVectorProduct, type Model } from "naskit/model/mod.ts";
import { runReference, type Value } from "../../../support/reference_graph.ts";

/** Arrays by parameter. */
export type Arrays = ReadonlyMap<string, ArrayLike<number>>;

/** The inner product of two sets of arrays, over the parameters of the first. */
export function inner(a: Arrays, b: Arrays): number {
  let sum = 0;
  for (const [name, values] of a) {
    const others = b.get(name)!;
    for (let i = 0; i < values.length; i++) sum += values[i]! * others[i]!;
  }
  return sum;
}

/** Normal deviates in the shapes of a model's parameters, of those that are named. */
export function randomDirection(
  model: Model,
  rng: Rng,
  names: Iterable<string> = model.params.keys(),
): Map<string, Float32Array> {
  return new Map(
    [...names].map((
      name,
    ) => [name, Float32Array.from({ length: model.params.get(name)!.size }, () => rng.normal())]),
  );
}

/** Moves all parameters to random places: shifts around 0, scales around 1. */
export function scatter(model: Model, rng: Rng): void {
  for (const [name, variable] of model.params) {
    const { length } = variable.dataSync(), offset = name.endsWith("gamma") ? 1 : 0;
    const values = Float32Array.from({ length }, () => offset + 0.4 * rng.normal());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}

/** The mean cross entropy of a model moved by multiples of directions, in double precision. */
function lossOf(
  model: Model,
  { images, labels }: { readonly images: Float32Array; readonly labels: Int32Array },
  smoothing: number,
): (moves: readonly (readonly [number, Arrays])[]) => number {
  const [input] = model.graph.nodes;
  const image = input!.op === "input" ? input!.shape : [];
  const count = images.length / image.reduce((a, b) => a * b);
  const x: Value = { shape: [count, ...image], data: Float64Array.from(images) };
  const kept = new Map(
    [...model.params].map(([name, { shape }]) =>
      [name, { shape, data: Float64Array.from(model.params.get(name)!.dataSync()) }] as const
    ),
  );
  return (moves) => {
    const params = new Map<string, Value>();
    for (const [name, { shape, data }] of kept) {
      const moved = data.slice();
      for (const [step, direction] of moves) {
        const by = direction.get(name);
        if (by) moved.forEach((value, i) => moved[i] = value + step * by[i]!);
      }
      params.set(name, { shape, data: moved });
    }
    const logits = runReference(model.graph, params, x);
    const classes = logits.shape.at(-1)!;
    let loss = 0;
    labels.forEach((label, row) => {
      const z = logits.data.subarray(row * classes, (row + 1) * classes), most = Math.max(...z);
      const log = most + Math.log(z.reduce((sum, each) => sum + Math.exp(each - most), 0));
      z.forEach((each, k) => {
        loss -= (smoothing / classes + (k === label ? 1 - smoothing : 0)) * (each - log);
      });
    });
    return loss / labels.length;
  };
}

/**
 * Holds products with the Hessian along a random direction v against double precision: along a random
 * direction u of each parameter, u H v is a difference of differences of the loss.
 */
export function checkProduct(
  graph: Graph,
  { count = 2, seed = "product", smoothing = 0, directionOf = () => true }: {
    readonly count?: number;
    readonly seed?: string | number;
    readonly smoothing?: number;
    readonly directionOf?: (param: string) => boolean;
  } = {},
): void {
  const rng = createRng(seed);
  const model = buildModel(graph, { rng: rng.split("weights"), init: "torchDefault" });
  scatter(model, rng.split("scatter"));
  const image = model.shapes.get(graph.nodes[0]!.name)!, output = model.shapes.get(graph.output)!;
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const images = Float32Array.from({ length: count * size(image) }, () => rng.normal());
  const classes = output.at(-1)!, rows = count * size(output.slice(0, -1));
  const batch = { images, labels: Int32Array.from({ length: rows }, () => rng.int(classes)) };
  const names = [...model.params.keys()].filter(directionOf);
  const v = randomDirection(model, rng.split("v"), names);
  const { product } = hessianVectorProduct(model, batch, { direction: v, smoothing });

  const loss = lossOf(model, batch, smoothing), step = 2e-5;
  // What is 0 but for rounding is as exact as the numbers that cancel in it.
  const most = Math.max(...[...product.values()].map((each) => Math.hypot(...each)), 1e-2);
  for (const name of model.params.keys()) {
    const u = randomDirection(model, rng.split(`u ${name}`), [name]);
    const at = (a: number, b: number) => loss([[a * step, u], [b * step, v]]);
    const expected = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * step ** 2);
    const actual = inner(u, product), scale = Math.hypot(...u.get(name)!) * most;
    assert(
      Math.abs(actual - expected) <= 1e-4 * scale,
      `${graph.nodes.map(({ op }) => op)}, ${name}: ${actual} instead of ${expected}, off by ${
        Math.abs(actual - expected) / scale
      }`,
    );
  }
  model.dispose();
}
