/** A step of first-order DARTS on the supernet of its cells beside PyTorch. */
import { join } from "node:path";
import { createRng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, compile, saveModel } from "naskit/model/mod.ts";
import { dartsCells } from "naskit/space/mod.ts";
import { supernetOf } from "naskit/supernet/mod.ts";
import { alternate, type AlternateOptions, runner } from "./alternate.ts";
import { checkEqual, layouts, makeBatch, variant } from "./networks.ts";
import { recipe, weightsRng, type Work } from "./ours.ts";
import type { Repeats } from "./row.ts";
import type { Torch, TorchJob } from "./torch.ts";

/** The supernet: 14 edges of 8 operations in each of 4 cells. */
const setting = { channels: 8, cells: 4, size: 16 };
const batchSize = 32;
/** Of the logits of the gates, which plain gradient descent moves. */
const rate = 0.1;

/** What is measured, in a few words. */
export const supernetTask =
  `supernet of DARTS cells, C=8, 4 cells, batch ${batchSize}, 16x16: the gradients of all gates and a ` +
  "step of their logits, then a training step of the weights (SGD with Nesterov momentum and decay)";

/**
 * Times such a step.
 *
 * @throws {UserError} When PyTorch does not compute what we compute: losses of the first steps that differ by
 * more than 1e-3.
 */
export async function measureSupernet(
  { torch, ...options }: AlternateOptions & { readonly torch: Torch | undefined },
): Promise<Repeats> {
  const { graph, choices } = supernetOf(dartsCells(setting));
  const logits = new Map(choices.map(({ name, options }) => {
    const rng = createRng(`logits of ${name}`);
    return [name, Float64Array.from(options, () => 0.1 * rng.normal())] as const;
  }));
  const folder = await Deno.makeTempDir({ prefix: "naskit_bench_" });
  const jobs: Record<string, TorchJob> = {};
  const ours = supernetStep(graph, new Map([...logits].map(([name, row]) => [name, row.slice()])));
  try {
    if (torch !== undefined) {
      const job = { ...setting, ...await writeJob(graph, folder), recipe, rate };
      const rows = Object.fromEntries([...logits].map(([name, row]) => [name, [...row]]));
      for (const layout of layouts) {
        const id = variant("supernet step", layout);
        jobs[id] = await torch.prepare(id, "supernet step", { ...job, logits: rows, layout });
      }
    }
    const expected = [ours.run(), ours.run(), ours.run()];
    for (const [name, job] of Object.entries(jobs)) {
      checkEqual(`supernet step: PyTorch (${name})`, await job.values(3), expected);
    }
    return await alternate(runner(ours.run), jobs, options);
  } finally {
    ours.dispose();
    await torch?.drop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Takes a step again and again; returns the loss before that of the weights. */
function supernetStep(graph: Graph, logits: ReadonlyMap<string, Float64Array>): Work {
  const { learningRate, ...settings } = recipe;
  const plan = compile(graph, {
    batch: batchSize,
    training: true,
    optimiser: { kind: "sgd", ...settings },
  });
  plan.initialise({ rng: weightsRng() });
  const batch = makeBatch({ batch: batchSize, size: setting.size });
  const setGates = () =>
    plan.setGates(new Map([...logits].map(([name, row]) => [name, softmax(row)])));
  return {
    run: () => {
      setGates();
      const { gates } = plan.backward(batch, { weights: false });
      for (const [name, row] of logits) {
        const shares = softmax(row), slopes = gates?.get(name) as Float64Array;
        const mean = shares.reduce((sum, share, i) => sum + share * (slopes[i] as number), 0);
        row.forEach((_, i) => {
          row[i]! -= rate * (shares[i] as number) * ((slopes[i] as number) - mean);
        });
      }
      setGates();
      return plan.trainStep(batch, { learningRate }).loss;
    },
    dispose: () => plan.dispose(),
  };
}

function softmax(row: Float64Array): Float64Array {
  const most = Math.max(...row), powers = row.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Writes weights and images for PyTorch. */
async function writeJob(graph: Graph, folder: string): Promise<object> {
  const model = buildModel(graph, { rng: weightsRng() });
  const weights = join(folder, "weights"), images = join(folder, "images.f32");
  await saveModel(model, weights);
  model.dispose();
  const batch = makeBatch({ batch: batchSize, size: setting.size });
  await Deno.writeFile(images, new Uint8Array(batch.images.buffer as ArrayBuffer));
  return { weights, images, labels: [...batch.labels], classes: 10 };
}
