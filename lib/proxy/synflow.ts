import type { Shape } from "../graph/mod.ts";
import { sizeOf } from "../graph/ops/rules.ts";
import { liveNodes } from "../model/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import { weightFlow } from "./flow/weight_flow.ts";
import type { InitOptions } from "./options.ts";
import type { Probe } from "./probe.ts";
import type { Proxy } from "./proxy.ts";
import { absoluteDot, absolutes, sumOf } from "./sums.ts";

/** How {@linkcode synflow} runs the network. */
export interface SynflowOptions extends InitOptions {
  /** Whether batch norms stay in the network; `false` when absent. */
  readonly batchNorm?: boolean;
}

/**
 * The logarithm of SynFlow (Tanaka et al. 2020, "Pruning neural networks without any data by iteratively
 * conserving synaptic flow"; as a proxy by Abdelfattah et al. 2021): with all weights and biases replaced
 * by their absolute values, batch norms left out, and one image of ones, R is the sum of the logits; the
 * score is ln of the sum of |w dR/dw| over the weights of convolutions and linear layers. It looks at no
 * images.
 *
 * Published scores are without the logarithm: `Math.exp` gives them, as far as doubles go. They grow with
 * depth past any floating-point number; the logarithm ranks networks alike and is found without forming
 * them, by a walk over the network whose values carry a power of two each. Where no way leads from
 * the images to the output, the score may be `-Infinity`.
 *
 * With `batchNorm` it is `synflow_bn`, which correlates worse: batch norms stay, with absolute scales and
 * shifts, and normalise the one image by its own pixels; of a channel that is the same all over they
 * leave the shift. That runs in single precision, which batch norms keep in range; where they are too few
 * for that, the score is infinite or `NaN`.
 *
 * The reference code leaves batch norms in NAS-Bench-201's two reduction blocks, as a slip; here all are
 * out. Its cells have biases where the official ones have batch norms with scale and shift; here there are
 * the biases that the graph has.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, GraphBuilder, noiseBatch, synflow, tf } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // A chain of layers without biases: each adds R to the sum.
 * const net = new GraphBuilder([4, 4, 1]);
 * let x = net.input;
 * for (let i = 1; i <= 500; i++) x = net.add(`conv${i}`, { op: "conv", kernel: 1, channels: 1 }, x);
 * x = net.add("pool", { op: "globalAvgPool" }, x);
 * const graph = net.build(net.add("head", { op: "linear", features: 1, bias: false }, x));
 * const model = buildModel(graph, { rng: createRng("weights") });
 * for (const weight of model.params.values()) tf.tidy(() => weight.assign(tf.fill(weight.shape, -100)));
 *
 * const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
 * const score = await synflow().score(model, batch, createRng("unused"));
 * assertAlmostEquals(score, Math.log(501) + 501 * Math.log(100), 1e-3); // 501 layers, R is 100 ** 501
 * model.dispose();
 * ```
 */
export function synflow(
  { init = "torchDefault", batchNorm = false }: SynflowOptions = {},
): Proxy {
  return kitProxy(import.meta.url, "synflow", {
    name: batchNorm ? "synflow_bn" : "synflow",
    needs: "weights",
    cost: batchNorm ? "backward" : "forward",
    paper: "Tanaka et al. 2020; Abdelfattah et al. 2021",
    bias: "deep and wide networks: it counts their paths",
    init,
    options: { batchNorm },
    score: (net) => batchNorm ? withBatchNorm(net) : withoutBatchNorm(net),
  });
}

function withoutBatchNorm(net: Probe): number {
  const { graph, shapes } = net;
  const { value, exponent } = weightFlow({ graph, shapes, params: net.params() });
  return value === 0 ? -Infinity : Math.log(value) + exponent * Math.LN2;
}

function withBatchNorm(net: Probe): number {
  if (!liveNodes(net.graph).some(({ op }) => op === "batchNorm")) return withoutBatchNorm(net);
  const plan = net.plan({ training: true, batch: 1 });
  for (const name of plan.params.keys()) plan.setWeights(name, absolutes(plan.weights(name)));
  const image = new Float32Array(
    sizeOf(net.shapes.get(net.graph.nodes[0]?.name as string) as Shape),
  );
  const { params } = plan.pullBack(image.fill(1), { slope: (output) => output.map(() => 1) });
  const names = [...plan.params.keys()].filter((name) => name.endsWith(".weight"));
  return Math.log(
    sumOf(names, (name) => absoluteDot(plan.weights(name), params.get(name) as Float32Array)),
  );
}
