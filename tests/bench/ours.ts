/** The kit's side of the network benchmarks. */
import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { compile, type CompileOptions, compileThreaded, type Plan } from "naskit/model/mod.ts";

/** Work on a network and one batch. */
export interface Work {
  /** Does it once; returns the number that the peer's must equal. */
  run(): number;
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
      return [...signs.values()].reduce((score, layer) => score + absoluteSum(layer), 0);
    },
    dispose: () => plan.dispose(),
  };
}

function absoluteSum(values: Float32Array): number {
  let sum = 0; // `reduce` would take a twentieth of GradSign
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] as number);
  return sum;
}
