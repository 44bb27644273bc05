/** The kit's side of the network benchmarks. */
import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import {
  buildModel,
  compile,
  type CompileOptions,
  compileThreaded,
  type Plan,
} from "naskit/model/mod.ts";
import { naswotScore, Probe, synflow } from "naskit/proxy/mod.ts";
import { drawNoise } from "../../lib/proxy/noise_batch.ts";
import { absoluteDot, absoluteSum, sumOf } from "../../lib/proxy/sums.ts";
import { zenOf } from "../../lib/proxy/zen.ts";
import { addNoise, upToLastMap } from "../../lib/proxy/zen_runs.ts";

/** Work on a network and one batch. */
export interface Work<T extends number | Promise<number> = number> {
  /** Does it once; returns the number that the peer's must equal. */
  run(): T;
  dispose(): void;
}

/** The settings of the optimiser, ours and the peer's. */
export const recipe = { learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4, nesterov: true };

/** The weights of all benchmarks. */
export function weightsRng(): ReturnType<typeof createRng> {
  return createRng("bench");
}

/** Takes a step of SGD on one batch again and again; returns the loss before it. */
export function trainingStep(graph: Graph, batch: Batch): Work {
  return stepsOf(compile(graph, stepOptions(batch)), batch);
}

/** The same on several threads. */
export async function threadedStep(
  graph: Graph,
  { batch, threads }: { readonly batch: Batch; readonly threads: number },
): Promise<Work> {
  return stepsOf(await compileThreaded(graph, { ...stepOptions(batch), threads }), batch);
}

function stepOptions({ labels }: Batch): CompileOptions {
  const { learningRate: _, ...settings } = recipe;
  return { batch: labels.length, training: true, optimiser: { kind: "sgd", ...settings } };
}

function stepsOf(plan: Plan, batch: Batch): Work {
  plan.initialise({ rng: weightsRng() });
  return {
    run: () => plan.trainStep(batch, { learningRate: recipe.learningRate }).loss,
    dispose: () => plan.dispose(),
  };
}

/** Runs the network with the batch's statistics, as Zen-score does; returns the logits' L1 norm. */
export function forward(graph: Graph, batch: Batch): Work {
  const plan = compile(graph, { batch: batch.labels.length });
  plan.initialise({ rng: weightsRng() });
  return {
    run: () => absoluteSum(plan.forward(batch.images, { statistics: "batch" })),
    dispose: () => plan.dispose(),
  };
}

/**
 * GradSign (Zhang & Jia 2022): over the weights of convolutions and linear layers, the sum of
 * |sum over images of the gradient's sign|. Each image is a batch of its own.
 */
export function gradSign(graph: Graph, batch: Batch): Work {
  const plan = compile(graph, { batch: batch.labels.length, training: true });
  plan.initialise({ rng: weightsRng() });
  return {
    run: () => {
      const signs = plan.sampleGradients(batch, "sign");
      return sumOf(signs.values(), absoluteSum);
    },
    dispose: () => plan.dispose(),
  };
}

/** SNIP (Lee et al. 2019): the sum of |w dL/dw| over the weights of convolutions and linear layers. */
export function snipScore(graph: Graph, batch: Batch): Work {
  return probing(
    graph,
    batch,
    (net) => () =>
      sumOf(net.layerGradients(), ({ weight, gradient }) => absoluteDot(weight, gradient)),
  );
}

/** NASWOT (Mellor et al. 2021): log det of how alike the images' ReLU codes are. */
export function naswot(graph: Graph, batch: Batch): Work {
  return probing(graph, batch, (net) => () => naswotScore(net.codeAgreement(net.nodesOf("relu"))));
}

/** Zen-score (Lin et al. 2021) of the batch's images and {@linkcode noiseFor} them, by the L1 distance. */
export function zenScore(graph: Graph, batch: Batch): Work {
  return probing(graph, batch, (net) => {
    const map = net.rewired(upToLastMap(graph)), clean = batch.images, noise = noiseFor(batch);
    // To add noise is part of a score.
    return () => zenOf(map, { clean, noisy: addNoise(clean, noise, zenAlpha) }, { distance: "l1" });
  });
}

/** The logarithm of SynFlow (Tanaka et al. 2020). */
export function synflowScore(graph: Graph, batch: Batch): Work<Promise<number>> {
  const model = buildModel(graph, { rng: weightsRng() }), proxy = synflow();
  return {
    run: async () => await proxy.score(model, batch, createRng("unused")),
    dispose: () => model.dispose(),
  };
}

/** How much of the noise Zen-score adds. */
export const zenAlpha = 0.01;

/** The noise of Zen-score, ours and the peer's. */
export function noiseFor({ images }: Batch): Float32Array {
  return drawNoise(images.length, createRng("noise"));
}

function probing(graph: Graph, batch: Batch, begin: (net: Probe) => () => number): Work {
  const model = buildModel(graph, { rng: weightsRng() });
  const net = new Probe({ network: model, batch, rng: createRng("unused"), init: "heNormal" });
  return {
    run: begin(net),
    dispose: () => {
      net.dispose();
      model.dispose();
    },
  };
}
