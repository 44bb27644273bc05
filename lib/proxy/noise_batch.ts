import type { Batch } from "../data/dataset.ts";
import { quickRng } from "../engine/quick_rng.ts";
import type { Rng } from "../engine/rng.ts";
import { type Graph, inferShapes } from "../graph/mod.ts";

/** Options of {@linkcode noiseBatch}. */
export interface NoiseBatchOptions {
  /** How many images. */
  readonly count: number;
  /** Draws pixels and labels. */
  readonly rng: Rng;
}

/**
 * Images of standard-normal noise in a network's input size, each with a random label: what proxies that
 * are to need no data are given.
 *
 * @throws {RangeError} When `count` is not a positive integer.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ size: 16 });
 * const graph = space.lower(space.sample(createRng("cell")));
 * const { shape, labels } = noiseBatch(graph, { count: 8, rng: createRng("noise") });
 * assertEquals(shape, [8, 16, 16, 3]);
 * assertEquals(labels.length, 8);
 * ```
 */
export function noiseBatch(graph: Graph, { count, rng }: NoiseBatchOptions): Batch {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot make noise: count must be a positive integer, got ${count}`);
  }
  const shapes = inferShapes(graph);
  const [input] = graph.nodes;
  const [height, width, channels] = shapes.get(input!.name) as [number, number, number];
  const classes = shapes.get(graph.output)!.at(-1) as number;
  const classOf = rng.split("labels");
  return {
    images: drawNoise(count * height * width * channels, rng.split("pixels")),
    labels: new Int32Array(count).map(() => classOf.int(classes)),
    shape: [count, height, width, channels],
  };
}

/** Standard-normal numbers, quickly. */
export function drawNoise(count: number, rng: Rng): Float32Array {
  const { normal } = quickRng(rng.seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = normal();
  return values;
}
