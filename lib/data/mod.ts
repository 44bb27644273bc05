/**
 * Small labelled images as plain data: two real datasets that ship with the kit, loaders for the
 * files of others, and pure functions to split, resize, normalise, batch and augment them.
 *
 * @example From files to batches
 * ```ts
 * import { augment, batches, createRng, fashionMnist } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const data = await fashionMnist({ size: 16, train: 640, validation: 100, test: 0 });
 * const rng = createRng("training");
 * let seen = 0;
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   const options = { batchSize: 64, rng: rng.split(epoch), augment: augment({ flip: true, shift: 2 }) };
 *   for (const batch of batches(data.train, options)) seen += batch.labels.length;
 * }
 * assertEquals(seen, 1280);
 * ```
 *
 * @module
 */
export { type Augment, augment, type AugmentOptions } from "./augment.ts";
export { batch, batches, type BatchesOptions, type BatchOptions } from "./batches.ts";
export { loadCifar10, type LoadCifar10Options } from "./cifar.ts";
export { cutOut, type CutOutOptions } from "./cut_out.ts";
export type { Batch, Dataset, ImageShape, LabelMix, PixelStatistics } from "./dataset.ts";
export { type DatasetRow, describe } from "./describe.ts";
export { digits } from "./digits.ts";
export { fashionMnist, type FashionMnistOptions } from "./fashion_mnist.ts";
export type { FileLocation } from "./files.ts";
export { loadIdx, type LoadIdxOptions, loadMnistFolder } from "./idx.ts";
export { mixUp, type MixUpOptions } from "./mix_up.ts";
export { denormalise, normalise, statistics } from "./normalise.ts";
export { pad, repeatChannel } from "./pad.ts";
export { resize } from "./resize.ts";
export { split, type SplitOptions, type SplitParts } from "./split.ts";
export { prepareSplits, type Splits, type SplitsOptions, type TrainTest } from "./splits.ts";
export { take } from "./take.ts";
export { type BatchTensors, batchToTensors } from "./tensors.ts";
