/**
 * Preloaded into every test file: a test that leaves a tensor or a plan's memory behind fails.
 *
 * @module
 */
import { heapInUse } from "naskit/engine/heap.ts";
import { tf } from "naskit/engine/tf.ts";

let tensors = 0;
let bytes = 0;

Deno.test.beforeEach(() => {
  tensors = tf.memory().numTensors;
  bytes = heapInUse();
});

Deno.test.afterEach(() => {
  const leaked = tf.memory().numTensors - tensors;
  if (leaked !== 0) throw new Error(`The test leaked ${leaked} tensors`);
  const held = heapInUse() - bytes;
  if (held !== 0) throw new Error(`The test leaked ${held} bytes of plans`);
});
