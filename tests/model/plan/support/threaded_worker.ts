/** A worker that compiles for threads of its own. */
import { compileThreaded, createRng, nasBench201 } from "naskit";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
const plan = await compileThreaded(graph, { threads: 2, batch: 9 });
plan.initialise({ rng: createRng("a") });
const output = plan.forward(Float32Array.from({ length: 9 * 64 }, (_, i) => Math.sin(i)));
(self as unknown as { postMessage(output: Float32Array): void }).postMessage(output);
