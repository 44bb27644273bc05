import { liveNodes, type Plan } from "../model/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { Proxy } from "./proxy.ts";
import {
  logOfScales,
  meanDistance,
  meanOverDraws,
  type ZenOptions,
  zenSettings,
} from "./zen_runs.ts";

/**
 * Zen-score as its published code computes it (Lin et al. 2021). Beside the paper's, {@linkcode zen}, the
 * distance is the sum of absolute differences, and what batch norms took away is read off their running
 * variances. These start at 1 and move by a tenth towards the batch's at each of the two runs, so that after one
 * draw a variance v counts as about 0.81 + 0.19 v: where v is large, each batch norm adds 0.83 less than in
 * the paper. They are not reset between draws, so that more draws make that less.
 *
 * A model's running variances start at 1 as well. The score is -∞ where the output does not depend on the images,
 * and `NaN` or ∞ where values overflow. Whether residual connections stay is an option, as for the paper's.
 *
 * @throws {RangeError} As for {@linkcode zen}.
 *
 * @example The offset of a batch norm, here of two
 * ```ts
 * import { createRng, GraphBuilder, noiseBatch, zen, zenRunningVar } from "naskit";
 * import type { Proxy as ScoreProxy } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([16, 16, 64]);
 * let x = net.input;
 * for (const name of ["a", "b"]) {
 *   x = net.add(`${name}.conv`, { op: "conv", kernel: 3, channels: 64 }, x);
 *   x = net.add(`${name}.bn`, { op: "batchNorm" }, x);
 * }
 * const graph = net.build(net.add("pool", { op: "globalAvgPool" }, x));
 * const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
 * const score = (proxy: ScoreProxy) => proxy.score(graph, batch, createRng("draw"));
 * const [paper, code] = [await score(zen({ distance: "l1" })), await score(zenRunningVar())];
 * assertAlmostEquals(paper - code, -2 * Math.log(0.19) / 2, 0.02);
 * ```
 */
export function zenRunningVar(options: ZenOptions = {}): Proxy {
  const settings = zenSettings("zen_running_var", options, { distance: "l1" });
  const { init, distance, ...rest } = settings;
  return kitProxy(import.meta.url, "zenRunningVar", {
    name: "zen_running_var",
    needs: settings.images === "noise" ? "weights" : "images",
    cost: "forward",
    paper: "Lin et al. 2021, the published code",
    bias: "deep and wide networks, as Zen-score",
    init,
    options: { distance, ...rest },
    score: (net) => {
      let variances: ReadonlyMap<string, Float32Array> | undefined;
      return meanOverDraws(net, settings, (map, { clean, noisy }) => {
        const plan = map.plan();
        variances ??= startingVariances(plan);
        for (const [name, values] of variances) plan.setWeights(name, values);
        const [output, moved] = [clean, noisy].map((images) =>
          plan.forward(images, { statistics: "batch", updateStatistics: true })
        ) as [Float32Array, Float32Array];
        variances = new Map(variances.keys().map((name) => [name, plan.weights(name)]));
        return Math.log(meanDistance(output, moved, { count: net.count, distance })) +
          logOfScales(variances.values());
      });
    },
  });
}

/** Ones for every batch norm that the output depends on. */
function startingVariances(plan: Plan): Map<string, Float32Array> {
  const norms = liveNodes(plan.graph).filter(({ op }) => op === "batchNorm");
  return new Map(norms.map(({ name }) => {
    const variance = `${name}.variance`;
    return [variance, new Float32Array(plan.weights(variance).length).fill(1)];
  }));
}
