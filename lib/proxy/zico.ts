import { kitProxy } from "./kit_proxy.ts";
import type { Probe } from "./probe.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { type Deviation, ratioOfArrays, ratioOfSums, ratioScore } from "./signal_to_noise.ts";

/** What {@linkcode zico} compares. */
export interface ZicoOptions extends RunOptions {
  /**
   * Whose gradients are compared: those of parts of the batch (`"batches"`), or of all its images, each by
   * itself (`"images"`). `"batches"` when absent.
   */
  readonly over?: "batches" | "images";
  /** Into how many equal parts the batch is split, at least 2; 2 when absent. Not with `"images"`. */
  readonly batches?: number;
  /**
   * What the standard deviation is of: the gradient (`"signed"`, as the published code has it), or its
   * absolute value (`"absolute"`, as the paper has it). `"signed"` when absent.
   */
  readonly deviation?: Deviation;
}

/**
 * ZiCo (Li et al. 2023, "ZiCo: Zero-Shot NAS via Inverse Coefficient of Variation on Gradients"): how steady
 * gradients are. For each weight, the mean of |dL/dw| over some batches is divided by the standard deviation
 * over them; the score is the sum over layers of the logarithm of the sum of that over the layer's weights.
 * Convolutions and linear layers count, with the gradients of each batch's mean cross entropy.
 *
 * Weights whose gradient does not vary are left out, and so are layers of such weights alone, as in the
 * published code. It takes two batches, which here are the halves of the batch; images that are too
 * many for equal parts are left out. With fewer images than parts the score is `NaN`.
 *
 * Over single images, batch norms use each image's own statistics, and sums over all images are taken in
 * single precision: a weight counts as not varying where its standard deviation is so small beside its
 * gradient (under 0.4 % of it for 64 images) that it cannot be told from rounding.
 *
 * @throws {RangeError} When `over` or `deviation` is something else, `batches` is not a whole number of at
 * least 2, or `batches` or `statistics` do not go with `over`.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, zico } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * const score = await zico().score(graph, batch, createRng("weights"));
 * assert(Number.isFinite(score));
 * ```
 */
export function zico(options: ZicoOptions = {}): Proxy {
  const { over = "batches", batches = 2, deviation = "signed", init = "torchDefault" } = options;
  const { statistics = over === "images" ? "sample" : "batch" } = options;
  const refuse = (option: string, wanted: string, got: unknown) =>
    new RangeError(`Cannot make the proxy zico: ${option} must be ${wanted}, got ${got}`);
  if (over !== "batches" && over !== "images") throw refuse("over", "batches or images", over);
  if (deviation !== "signed" && deviation !== "absolute") {
    throw refuse("deviation", "signed or absolute", deviation);
  }
  if (!Number.isSafeInteger(batches) || batches < 2) {
    throw refuse("batches", "a whole number of at least 2", batches);
  }
  if (over === "images") {
    if (options.batches !== undefined) throw refuse("batches", "absent over images", batches);
    if (statistics !== "sample") throw refuse("statistics", "sample over images", statistics);
  }
  return kitProxy(import.meta.url, "zico", {
    name: "zico",
    needs: "labels",
    cost: over === "images" ? "per image" : "backward",
    paper: "Li et al. 2023",
    bias: "networks of many layers, each of which adds a logarithm",
    init,
    options: { over, ...(over === "batches" ? { batches } : {}), deviation, statistics },
    score: (net) => {
      if (over === "images") return overImages(net, deviation);
      return overBatches(net, { batches, deviation, statistics });
    },
  });
}

function overBatches(
  net: Probe,
  { batches, deviation, statistics }: Required<
    Pick<ZicoOptions, "batches" | "deviation" | "statistics">
  >,
): number {
  const count = Math.floor(net.count / batches);
  if (count === 0) return NaN;
  const { images, labels } = net.batch;
  const size = images.length / net.count;
  const plan = net.plan({ training: true, batch: count });
  const runs = Array.from({ length: batches }, (_, i) => {
    const [from, to] = [i * count, (i + 1) * count];
    const part = {
      images: images.subarray(from * size, to * size),
      labels: labels.subarray(from, to),
    };
    return plan.backward(part, { statistics }).params;
  });
  const layers = [...plan.params.keys()].filter((name) => name.endsWith(".weight"));
  return ratioScore(layers.map((name) => {
    const gradients = runs.map((params) => params.get(name) as Float32Array);
    return ratioOfArrays(gradients, deviation);
  }));
}

function overImages(net: Probe, deviation: Deviation): number {
  if (net.count < 2) return NaN;
  const absolutes = net.sampleGradients("abs"), squares = net.sampleGradients("square");
  const centres = deviation === "absolute" ? absolutes : net.sampleGradients("sum");
  return ratioScore([...absolutes].map(([name, absolute]) =>
    ratioOfSums({
      absolute,
      centre: centres.get(name) as Float32Array,
      square: squares.get(name) as Float32Array,
      count: net.count,
    })
  ));
}
