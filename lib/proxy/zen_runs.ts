import { type Graph, inferShapes, withoutResiduals } from "../graph/mod.ts";
import { drawNoise } from "./noise_batch.ts";
import { type InitOptions, requireOneOf } from "./options.ts";
import type { Probe } from "./probe.ts";
import { resetBatchNorms } from "./reset_batch_norms.ts";
import { absoluteSum, norm, sumOf } from "./sums.ts";

/** What Zen-scores compare, and how. */
export interface ZenOptions extends InitOptions {
  /** How much of the noise is added to the images; 0.01 when absent. */
  readonly alpha?: number;
  /** How often weights, images and noise are drawn; the score is the mean over the draws. 1 when absent. */
  readonly draws?: number;
  /**
   * What the distance of two maps is: the Euclidean distance (`"l2"`), the paper's Frobenius norm; or the sum
   * of absolute differences (`"l1"`), the published code's. When absent, that of the paper in `zen` and that
   * of the code in `zenRunningVar`.
   */
  readonly distance?: "l1" | "l2";
  /** Whether images are drawn from N(0, 1), as many as the batch's, or are the batch's; drawn when absent. */
  readonly images?: "noise" | "batch";
  /** Whether identity shortcuts stay or are taken out of the network first; they stay when absent. */
  readonly residual?: "keep" | "remove";
}

/** The same with defaults. */
export type ZenSettings = Required<ZenOptions>;

/** Images as they are, and with noise added. */
export interface ZenImages {
  /** The images. */
  readonly clean: Float32Array;
  /** The same and some noise. */
  readonly noisy: Float32Array;
}

/** Fills in what is absent. Throws a `RangeError` for what makes no sense. */
export function zenSettings(
  proxy: string,
  options: ZenOptions,
  defaults: Pick<ZenSettings, "distance">,
): ZenSettings {
  const { alpha = 0.01, draws = 1, images = "noise", residual = "keep" } = options;
  const { distance = defaults.distance, init = "standardNormal" } = options;
  if (!(alpha > 0 && alpha < Infinity)) {
    throw new RangeError(
      `Cannot make the proxy ${proxy}: alpha must be a positive number, got ${alpha}`,
    );
  }
  if (!Number.isSafeInteger(draws) || draws < 1) {
    throw new RangeError(
      `Cannot make the proxy ${proxy}: draws must be a positive whole number, got ${draws}`,
    );
  }
  requireOneOf(proxy, { option: "distance", known: ["l1", "l2"], got: distance });
  requireOneOf(proxy, { option: "images", known: ["noise", "batch"], got: images });
  requireOneOf(proxy, { option: "residual", known: ["keep", "remove"], got: residual });
  return { alpha, draws, distance, images, residual, init };
}

/**
 * Scores draw after draw, and takes the mean. `score` is given the network up to its last map, with scales of
 * 1 and shifts of 0 in its batch norms, and the images.
 */
export function meanOverDraws(
  net: Probe,
  { alpha, draws, images, residual }: ZenSettings,
  score: (map: Probe, images: ZenImages) => number,
): number {
  const map = net.rewired(
    upToLastMap(residual === "remove" ? withoutResiduals(net.graph) : net.graph),
  );
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    if (draw > 0) map.redraw(draw);
    resetBatchNorms(map.plan());
    const { length } = net.batch.images, rng = net.rng.split("zen").split(draw);
    const clean = images === "batch" ? net.batch.images : drawNoise(length, rng.split("images"));
    const noise = drawNoise(length, rng.split("noise"));
    sum += score(map, { clean, noisy: addNoise(clean, noise, alpha) });
  }
  return sum / draws;
}

/** Images with so much of a noise added. */
export function addNoise(images: Float32Array, noise: Float32Array, alpha: number): Float32Array {
  const noisy = images.slice();
  for (let i = 0; i < noisy.length; i++) noisy[i]! += alpha * (noise[i] as number);
  return noisy;
}

/** The mean over the images of the distance of two values of the network. */
export function meanDistance(
  a: Float32Array,
  b: Float32Array,
  { count, distance }: { readonly count: number; readonly distance: ZenSettings["distance"] },
): number {
  const difference = a.slice(), size = a.length / count;
  for (let i = 0; i < difference.length; i++) difference[i]! -= b[i] as number;
  const lengthOf = distance === "l1" ? absoluteSum : norm;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += lengthOf(difference.subarray(i * size, (i + 1) * size));
  return sum / count;
}

/** What batch norms of these variances divide by: the sum of log √(mean over channels). */
export function logOfScales(variances: Iterable<Float32Array>): number {
  return sumOf(variances, (values) => Math.log(absoluteSum(values) / values.length) / 2);
}

/**
 * A network up to the last value that has height and width: what global pooling or flattening reads. It is
 * found from the output back through nodes of one input; there may be none, and then all of it stays.
 */
export function upToLastMap(graph: Graph): Graph {
  const shapes = inferShapes(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  let name = graph.output;
  while (shapes.get(name)?.length === 1) {
    const [before, other] = nodes.get(name)?.inputs ?? [];
    if (before === undefined || other !== undefined) return graph;
    name = before;
  }
  return { ...graph, output: name };
}
