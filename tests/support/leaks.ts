/**
 * Preloaded into every test file: a test that leaves a tensor behind fails.
 *
 * @module
 */
import { tf } from "naskit/engine/tf.ts";

let before = 0;

Deno.test.beforeEach(() => {
  before = tf.memory().numTensors;
});

Deno.test.afterEach(() => {
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) throw new Error(`The test leaked ${leaked} tensors`);
});
