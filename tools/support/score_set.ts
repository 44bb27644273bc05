/** Which networks a scorer scores, on what, into which file. */
import { join } from "node:path";
import { type Batch, batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { parseRecipe, tableData, tableOrder, tableSpace } from "naskit/estimate/table_recipe.ts";
import { nasBench201Order, scoredImages } from "naskit/judge/nas_bench_201_scores.ts";
import { nasBench201, type NasBench201Arch, type SearchSpace } from "naskit/space/mod.ts";
import { UserError } from "./process.ts";

/** What there is to score. */
export interface ScoreSet {
  readonly space: SearchSpace<NasBench201Arch>;
  /** The networks by index. */
  readonly order: readonly NasBench201Arch[];
  /** The indices in the order in which they are scored. */
  readonly indices: readonly number[];
  /** What they are scored on. */
  readonly batch: Batch;
  /** The name of the file. */
  readonly file: string;
  /** What the seed of a network's weights is made of, beside its index. */
  readonly seed: string;
}

/** The sets by name. */
export const scoreSets = {
  "fashion-201": fashion201Set,
  "nas-bench-201-images": (options: SetOptions) => nasBench201Set("images", options),
  "nas-bench-201-noise": (options: SetOptions) => nasBench201Set("noise", options),
} as const;

interface SetOptions {
  readonly folder: string;
  readonly images: number;
}

/** The networks of the table of trainings, on images that the trainings learnt from. */
async function fashion201Set({ folder, images }: SetOptions): Promise<ScoreSet> {
  const path = join(folder, "fashion_201.json");
  const text = await Deno.readTextFile(path).catch(() => {
    throw new UserError(`${path} must hold the recipe of the table of trainings`);
  });
  const recipe = parseRecipe(text);
  const { train } = await tableData(recipe);
  if (images > train.labels.length) {
    throw new UserError(`--images must be at most ${train.labels.length}, got ${images}`, 2);
  }
  const order = createRng("fashion-201/proxies").shuffle([...train.labels.keys()]);
  const space = tableSpace(recipe), archs = tableOrder(space);
  const trained = await trainedIndices(join(folder, "fashion_201.csv"));
  return {
    space,
    order: archs,
    // Those first whose accuracy is known.
    indices: [...archs.keys()].sort((a, b) => Number(trained.has(b)) - Number(trained.has(a))),
    batch: batch(train, { indices: order.slice(0, images) }),
    file: "proxies_fashion_201.csv",
    seed: "fashion-201",
  };
}

/** Which networks the table of trainings has; none where there is no table. */
async function trainedIndices(path: string): Promise<ReadonlySet<number>> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return new Set(text.split("\n").slice(1).map((line) => Number.parseInt(line)));
}

/** The networks of NAS-Bench-201 as published, C = 16, N = 5, on 32x32 images of three channels. */
async function nasBench201Set(
  input: "images" | "noise",
  { images }: SetOptions,
): Promise<ScoreSet> {
  const order = nasBench201Order();
  return {
    space: nasBench201(),
    order,
    indices: [...order.keys()],
    batch: await scoredImages(input, images),
    file: `proxies_nas_bench_201_${input}.csv`,
    seed: "nas-bench-201",
  };
}
