/** What a second worker brings to a search: trainings a second. */
import { digits } from "naskit/data/mod.ts";
import { trainFromScratch } from "naskit/estimate/mod.ts";
import { workers } from "naskit/search/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { cell, checkEqual } from "./networks.ts";

/** How much to train. */
export interface WorkersOptions {
  /** Turns of each number of workers. */
  readonly repeats: number;
  /** Trainings in a turn; even, so that two workers have equal shares. */
  readonly trainings: number;
}

/** What is trained, in a few words. */
export const workersTask = "trainFromScratch of the cell at C=8, 2 epochs of the 8x8 digits";

/** Trainings a second with two workers and with one, in turns; their start is not counted. */
export async function measureWorkers(
  { repeats, trainings }: WorkersOptions,
): Promise<{ readonly ours: readonly number[]; readonly peer: readonly number[] }> {
  const space = nasBench201({ channels: 8, cellsPerStage: 1, size: 8, inputChannels: 1 });
  const arch = space.decode(cell);
  const graph = space.lower(arch);
  const evaluate = trainFromScratch(await digits(), { epochs: 2 });
  const { signal } = new AbortController();
  const open = async (count: number) => {
    const runner = await workers(count, { keepFor: 0 }).open(evaluate);
    const train = async (total: number) => {
      const accuracies: number[] = [];
      let next = 0;
      const worker = async () => {
        while (next < total) {
          const index = next++;
          const metrics = await runner.run(arch, { graph, seed: `training ${index}`, signal });
          accuracies[index] = metrics.accuracy as number;
        }
      };
      await Promise.all(Array.from({ length: count }, worker));
      return accuracies;
    };
    return { train, close: () => runner.close() };
  };
  const one = await open(1);
  const two = await open(2);
  try {
    // Each has its code compiled and optimised by then, and the numbers of workers must not matter.
    const [alone, together] = [await one.train(2), await two.train(4)];
    checkEqual("workers-2: two workers", together.slice(0, 2), alone);
    const rate = async ({ train }: typeof one) => {
      const start = performance.now();
      await train(trainings);
      return trainings / ((performance.now() - start) / 1000);
    };
    const ours: number[] = [];
    const peer: number[] = [];
    for (let i = 0; i < repeats; i++) {
      peer.push(await rate(one));
      ours.push(await rate(two));
    }
    return { ours, peer };
  } finally {
    await one.close();
    await two.close();
  }
}
