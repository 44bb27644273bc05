import { inputShapes, type OpName, paramsOf } from "../graph/mod.ts";
import { liveNodes } from "../model/mod.ts";
import { channelFisher } from "./channel_fisher.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { sumOf } from "./sums.ts";

/** What {@linkcode fisher} looks at. */
export interface FisherOptions extends RunOptions {
  /**
   * The values whose channels are judged: the outputs of convolutions and linear layers (`"layers"`), or
   * those of ReLUs, ReLU6 included (`"relu"`). `"layers"` when absent.
   */
  readonly at?: "layers" | "relu";
  /**
   * Whether each channel of a layer counts once for every weight that leads to it, rather than once.
   * `true` for layers when absent; ReLUs have no weights, and take `false` only.
   */
  readonly fanIn?: boolean;
}

const opsAt: { readonly [at in "layers" | "relu"]: readonly OpName[] } = {
  layers: ["conv", "depthwise", "linear"],
  relu: ["relu", "relu6"],
};

/**
 * Fisher information of activations (Theis et al. 2018, "Faster gaze prediction with dense networks and
 * Fisher pruning"; Turner et al. 2020, "BlockSwap"; as a proxy by Abdelfattah et al. 2021): how much the
 * loss would change if channels were taken away one by one, to second order. For a channel it is half the
 * mean over the images of (the sum of z dL/dz over the pixels), squared, where z is the channel's value and
 * L the mean cross entropy of the batch; the score is its sum over all channels.
 *
 * The papers look at activations, each channel once: `{ at: "relu" }`. The reference code, of which the
 * defaults are, looks at the outputs of convolutions and linear layers, biases included, and gives the
 * value of a channel to every weight that leads to it: wide layers with large kernels weigh more.
 *
 * @throws {RangeError} When `at` is something else, or `fanIn` is set on ReLUs.
 *
 * @example
 * ```ts
 * import { createRng, fisher, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * const [asCoded, asPublished] = [fisher(), fisher({ at: "relu" })];
 * assert(await asCoded.score(graph, batch, createRng("weights")) > 0);
 * assert(await asPublished.score(graph, batch, createRng("weights")) > 0);
 * ```
 */
export function fisher(options: FisherOptions = {}): Proxy {
  const { at = "layers", init = "torchDefault", statistics = "batch" } = options;
  const { fanIn = at === "layers" } = options;
  if (!Object.hasOwn(opsAt, at)) {
    throw new RangeError(`Cannot make the proxy fisher: at must be layers or relu, got ${at}`);
  }
  if (at === "relu" && fanIn) {
    throw new RangeError("Cannot make the proxy fisher: fanIn must be false at relu, got true");
  }
  return kitProxy(import.meta.url, "fisher", {
    name: "fisher",
    needs: "labels",
    paper: "Turner et al. 2020; Abdelfattah et al. 2021",
    bias: at === "layers" ? "wide layers with large kernels, each of whose weights counts" : "",
    init,
    options: { at, fanIn, statistics },
    score: (net) => {
      const nodes = liveNodes(net.graph).filter(({ op }) => opsAt[at].includes(op));
      const plan = net.plan({ training: true, keep: nodes.map(({ name }) => name) });
      plan.backward(net.batch, { statistics });
      return sumOf(nodes, (node) => {
        const weights = fanIn ? paramsOf(node, inputShapes(node, net.shapes))[0]?.fanIn ?? 1 : 1;
        const channels = net.shapes.get(node.name)?.at(-1) as number;
        return weights * channelFisher({
          values: plan.activation(node.name),
          slopes: plan.activationGradient(node.name),
          count: net.count,
          channels,
        });
      });
    },
  });
}
