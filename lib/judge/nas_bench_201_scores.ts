import {
  type Batch,
  batch,
  fashionMnist,
  type FileLocation,
  pad,
  repeatChannel,
} from "../data/mod.ts";
import { locate, readFile } from "../data/files.ts";
import { createRng } from "../engine/mod.ts";
import { noiseBatch } from "../proxy/mod.ts";
import { nasBench201, type NasBench201Arch } from "../space/mod.ts";
import { ScoreTable } from "./score_table.ts";

/** What networks were scored on: real images, or noise with labels at random. */
export type ScoredInput = "images" | "noise";

/** Options of {@linkcode nasBench201Scores}. */
export interface NasBench201ScoresOptions {
  /** What the networks were scored on; `"noise"` when absent. */
  readonly input?: ScoredInput;
  /** A folder with the files; `data/tables` of the kit when absent. */
  readonly folder?: FileLocation;
}

/**
 * What proxies of the kit say of NAS-Bench-201 networks as published, C = 16, N = 5, on 32x32 images of
 * three channels: of architectures drawn at random from all 15,625. The first
 * {@linkcode nasBench201Chosen} of them are those that settings were chosen by, so that what is said of a
 * setting is to be said of the others.
 *
 * `"images"` are Fashion-MNIST's in a black frame, with three equal channels; `"noise"` is standard normal,
 * with labels at random.
 *
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError} When it is damaged.
 *
 * @example How proxies rank on CIFAR-10
 * ```ts ignore
 * import { nasBench201Scores, nasBench201Table, show, table } from "naskit";
 *
 * const scores = await nasBench201Scores();
 * const accuracies = await nasBench201Table({ path: "nasbench201.csv" });
 * await show(table(scores.scoreboard(accuracies).toRows()));
 * ```
 */
export async function nasBench201Scores(
  { input = "noise", folder = shipped }: NasBench201ScoresOptions = {},
): Promise<ScoreTable> {
  const { bytes } = await readFile(locate(folder, `proxies_nas_bench_201_${input}.csv`));
  return new ScoreTable(new TextDecoder().decode(bytes), {
    // Of equal networks each has its own training, and its own costs.
    ofClass: (arch) => arch.join(),
    chosen: nasBench201Chosen,
  });
}

/**
 * How many of the first networks settings were chosen by: the number of images, initialisation, what batch
 * norms do, and images or noise.
 */
export const nasBench201Chosen = 400;

/** All architectures of NAS-Bench-201 in the order in which they are scored. */
export function nasBench201Order(): NasBench201Arch[] {
  return createRng("nas-bench-201").shuffle([...nasBench201().enumerate()]);
}

/** What NAS-Bench-201 networks are scored on. */
export async function scoredImages(input: ScoredInput, count: number): Promise<Batch> {
  const rng = createRng("nas-bench-201/proxies");
  if (input === "noise") {
    const space = nasBench201();
    return noiseBatch(space.lower(space.sample(rng)), { count, rng: rng.split("noise") });
  }
  const { train } = await fashionMnist();
  const indices = rng.split("images").shuffle([...train.labels.keys()]).slice(0, count);
  const { images, labels, shape: [, ...shape] } = batch(train, { indices });
  const chosen = { ...train, images, labels, shape };
  return batch(repeatChannel(pad(chosen, 32), 3));
}

const shipped = new URL("../../data/tables/", import.meta.url);
