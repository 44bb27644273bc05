/** Training steps, forward passes and proxies of NAS-Bench-201 networks beside PyTorch. */
import { join } from "node:path";
import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, saveModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { UserError } from "../../tools/support/process.ts";
import { alternate, type AlternateOptions, runner } from "./alternate.ts";
import {
  forward,
  gradSign,
  naswot,
  noiseFor,
  recipe,
  snipScore,
  synflowScore,
  trainingStep,
  weightsRng,
  type Work,
  zenAlpha,
  zenScore,
} from "./ours.ts";
import type { Repeats } from "./row.ts";
import type { Torch, TorchJob } from "./torch.ts";

/** The cell of all benchmarks. */
export const cell = "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+" +
  "|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|";

/** What is done with a network. */
export type WorkName =
  | "training step"
  | "forward"
  | "GradSign"
  | "NASWOT"
  | "SNIP"
  | "SynFlow"
  | "Zen";

/** A network of ten classes, a batch of noise, and what is done with them. */
export interface Setting {
  readonly work: WorkName;
  /** Of the first stage. */
  readonly channels: number;
  /** In each stage; 1 when absent. */
  readonly cells?: number;
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
}

/** The memory layouts of PyTorch: `[batch, channels, height, width]` or channels last. */
export const layouts = ["nchw", "channels_last"] as const;

type AnyWork = Work<number | Promise<number>>;

const works: Readonly<Record<WorkName, (graph: Graph, batch: Batch) => AnyWork>> = {
  "training step": trainingStep,
  forward,
  GradSign: gradSign,
  NASWOT: naswot,
  SNIP: snipScore,
  SynFlow: synflowScore,
  Zen: zenScore,
};

/** PyTorch's ways to do the same. */
export const torchWorks: Readonly<Record<WorkName, readonly string[]>> = {
  "training step": ["training step"],
  forward: ["forward"],
  GradSign: ["GradSign vmap", "GradSign loop"],
  NASWOT: ["NASWOT"],
  SNIP: ["SNIP"],
  SynFlow: ["SynFlow"],
  Zen: ["Zen"],
};

/** What to measure a setting with. */
export interface NetworkOptions extends AlternateOptions {
  readonly torch: Torch | undefined;
  /** PyTorch's ways that are measured; all when absent. */
  readonly torchWorks?: readonly string[];
  /** More variants, from what PyTorch needs to know of the network, such as a compiled one. */
  readonly others?: (job: object) => Promise<Readonly<Record<string, TorchJob>>>;
}

/** The name of a variant of PyTorch in {@linkcode Repeats}. */
export function variant(work: string, layout: string): string {
  return `${work}, ${layout}`;
}

/** In a few words: `training step, C=8, batch 64, 16x16`; with more cells `C=16, N=5`. */
export function describe({ work, channels, cells = 1, batch, size }: Setting): string {
  const depth = cells === 1 ? "" : `, N=${cells}`;
  return `${work}, C=${channels}${depth}, batch ${batch}, ${size}x${size}`;
}

/**
 * Times a setting.
 *
 * @throws {UserError} When PyTorch does not compute what we compute: losses of the first steps,
 * logits or scores that differ by more than 1e-3.
 */
export async function measureNetwork(setting: Setting, options: NetworkOptions): Promise<Repeats> {
  const folder = await Deno.makeTempDir({ prefix: "naskit_bench_" });
  const work = makeWork(setting);
  try {
    const jobs: Record<string, TorchJob> = {};
    const { torch, torchWorks: wanted = torchWorks[setting.work] } = options;
    if (torch !== undefined) {
      const job = await writeJob(setting, folder);
      for (const name of wanted) {
        for (const layout of layouts) {
          const id = variant(name, layout);
          jobs[id] = await torch.prepare(id, name, { ...job, layout, compiled: false });
        }
      }
      Object.assign(jobs, await options.others?.(job));
    }
    const steps = setting.work === "training step" ? 4 : 1;
    const expected: number[] = [];
    for (let i = 0; i < steps; i++) expected.push(await work.run());
    for (const [name, job] of Object.entries(jobs)) {
      checkEqual(`${describe(setting)}: PyTorch (${name})`, await job.values(steps), expected);
    }
    return await alternate(runner(work.run), jobs, options);
  } finally {
    work.dispose();
    await options.torch?.drop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Throws unless the peer's numbers are ours. */
export function checkEqual(
  what: string,
  got: readonly number[],
  expected: readonly number[],
): void {
  const differs = expected.some((value, i) =>
    !(Math.abs((got[i] as number) - value) <= 1e-3 * Math.abs(value))
  );
  if (differs || got.length !== expected.length) {
    throw new UserError(`${what} computes ${got.join(", ")}, ours ${expected.join(", ")}`);
  }
}

function makeWork(setting: Setting): AnyWork {
  return works[setting.work](makeGraph(setting), makeBatch(setting));
}

/** The network of a setting. */
export function makeGraph({ channels, cells = 1, size }: Setting): Graph {
  const space = nasBench201({ channels, cellsPerStage: cells, size });
  return space.lower(space.decode(cell));
}

/** Its noise, the same every time. */
export function makeBatch({ batch, size }: Pick<Setting, "batch" | "size">): Batch {
  const rng = createRng("images");
  return {
    images: Float32Array.from({ length: batch * size * size * 3 }, () => rng.normal()),
    labels: Int32Array.from({ length: batch }, (_, i) => i % 10),
    shape: [batch, size, size, 3],
  };
}

/** Writes weights, images and noise for PyTorch. */
async function writeJob(setting: Setting, folder: string): Promise<object> {
  const model = buildModel(makeGraph(setting), { rng: weightsRng() });
  const batch = makeBatch(setting);
  const weights = join(folder, "weights");
  await saveModel(model, weights);
  model.dispose();
  const write = async (name: string, values: Float32Array) => {
    const path = join(folder, `${name}.f32`);
    await Deno.writeFile(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return path;
  };
  return {
    arch: cell,
    channels: setting.channels,
    cellsPerStage: setting.cells ?? 1,
    classes: 10,
    size: setting.size,
    weights,
    images: await write("images", batch.images),
    noise: await write("noise", noiseFor(batch)),
    alpha: zenAlpha,
    labels: [...batch.labels],
    recipe,
  };
}
