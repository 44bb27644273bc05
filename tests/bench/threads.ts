/** What a second thread brings to one training: steps a second. */
import { checkEqual, makeBatch, makeGraph, type Setting } from "./networks.ts";
import { threadedStep, trainingStep, type Work } from "./ours.ts";

/** How much to run. */
export interface ThreadsOptions {
  /** Turns of each number of threads. */
  readonly repeats: number;
  /** Steps in a turn. */
  readonly steps: number;
}

/** Steps a second with two threads and with one, in turns; the start of the second is not counted. */
export async function measureThreads(
  setting: Setting,
  { repeats, steps }: ThreadsOptions,
): Promise<{ readonly ours: readonly number[]; readonly peer: readonly number[] }> {
  const graph = makeGraph(setting), batch = makeBatch(setting);
  const one = trainingStep(graph, batch);
  const two = await threadedStep(graph, { batch, threads: 2 });
  try {
    // Each has its code optimised by then.
    const losses = ({ run }: Work) => Array.from({ length: 2 * steps }, run).slice(0, 8);
    checkEqual("threads-2: two threads", losses(two), losses(one));
    const rate = ({ run }: Work) => {
      const start = performance.now();
      for (let i = 0; i < steps; i++) run();
      return steps / ((performance.now() - start) / 1000);
    };
    const ours: number[] = [];
    const peer: number[] = [];
    for (let i = 0; i < repeats; i++) {
      peer.push(rate(one));
      ours.push(rate(two));
    }
    return { ours, peer };
  } finally {
    one.dispose();
    two.dispose();
  }
}
