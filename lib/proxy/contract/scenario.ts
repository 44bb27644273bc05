import type fc from "fast-check";
import type { Batch } from "../../data/dataset.ts";
import { createRng } from "../../engine/rng.ts";
import { type Graph, GraphBuilder, type Op } from "../../graph/mod.ts";
import { nasBench201 } from "../../space/mod.ts";
import { noiseBatch } from "../noise_batch.ts";

/** A network for a proxy to be tried on, and images. */
export interface ProxyScenario {
  /** The choices of a cell of NAS-Bench-201, or the blocks of a chain. */
  readonly network: { readonly cell: readonly number[] } | { readonly chain: readonly Block[] };
  /** How many images there are. */
  readonly count: number;
  /** Whether all images are the same one. */
  readonly twins: boolean;
  /** Determines weights, pixels and labels. */
  readonly seed: number;
}

const blocks = {
  conv: { op: "conv", kernel: 3, channels: 3 },
  biased: { op: "conv", kernel: 1, channels: 4, bias: true },
  depthwise: { op: "depthwise", kernel: 3 },
  norm: { op: "batchNorm" },
  relu: { op: "relu" },
  swish: { op: "hswish" },
  pool: { op: "avgPool", kernel: 2, stride: 2 },
  zero: { op: "zero" },
} as const satisfies { readonly [name: string]: Op };

type Block = keyof typeof blocks;

/**
 * Scenarios of all kinds: with and without batch norms, activations and convolutions, with layers that
 * lead nowhere, with an output that does not depend on the images, and with a single image.
 */
export function proxyScenarios(check: typeof fc): fc.Arbitrary<ProxyScenario> {
  const names = Object.keys(blocks) as Block[];
  return check.record({
    network: check.oneof(
      check.record({ cell: check.array(check.nat(4), { minLength: 6, maxLength: 6 }) }),
      check.record({ chain: check.array(check.constantFrom(...names), { maxLength: 6 }) }),
    ),
    count: check.integer({ min: 1, max: 5 }),
    twins: check.boolean(),
    seed: check.nat(),
  });
}

const cells = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 2, classes: 3 });

/** The network of a scenario: images `[8, 8, 2]` to three classes. */
export function graphOf({ network }: ProxyScenario): Graph {
  if ("cell" in network) return cells.lower(cells.fromChoices(network.cell));
  const net = new GraphBuilder([8, 8, 2]);
  let [x, size] = [net.input, 8];
  network.chain.forEach((name, i) => {
    if (name === "pool" && size === 1) return;
    if (name === "pool") size /= 2;
    x = net.add(`${i}.${name}`, blocks[name], x);
  });
  x = net.add("mean", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 3 }, x));
}

/** The images of a scenario; another `draw` gives others. */
export function batchOf(scenario: ProxyScenario, draw = "images"): Batch {
  const { count, seed, twins } = scenario;
  const batch = noiseBatch(graphOf(scenario), { count, rng: createRng(seed).split(draw) });
  if (!twins) return batch;
  const size = batch.images.length / count;
  return { ...batch, images: batch.images.map((_, i) => batch.images[i % size] as number) };
}
