import type { Kernels } from "./kernels.ts";

/** Kernels, and the memory that they work on. A thread has one; nothing here needs TensorFlow.js. */
export interface Machine {
  /** The kernels. Their scratch is nobody else's. */
  readonly kernels: Kernels;
  /** The memory. A view on its buffer may be dead after the next allocation. */
  readonly memory: WebAssembly.Memory;
}

/** A view on floats of a machine's memory. It may be dead after the next allocation: use it at once. */
export function floatsOf({ memory }: Machine, address: number, count: number): Float32Array {
  return new Float32Array(memory.buffer, address, count);
}

/** A view on whole numbers of a machine's memory. Use it at once. */
export function integersOf({ memory }: Machine, address: number, count: number): Int32Array {
  return new Int32Array(memory.buffer, address, count);
}

/** Copies floats within a machine's memory. */
export function copyWithin(
  { memory }: Machine,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): void {
  new Uint8Array(memory.buffer).copyWithin(to, from, from + 4 * count);
}
