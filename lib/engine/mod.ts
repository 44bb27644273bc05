/**
 * The floor everything stands on: TensorFlow.js on its WebAssembly backend, and seeded randomness.
 *
 * @module
 */
export type { Json } from "./json.ts";
export { nextTask, type Progress, type ProgressListener } from "./progress.ts";
export { createRng, type Rng } from "./rng.ts";
