import { memory } from "./backend.ts";
import { kernels } from "./kernels.ts";
import { floatsOf, integersOf, type Machine } from "./machine.ts";
import { tf } from "./tf.ts";

const { wasm } = tf.findBackend("wasm") as unknown as {
  readonly wasm: { _malloc(size: number): number; _free(address: number): void };
};

/** The largest address plus one: addresses are 32 bits wide. */
const ADDRESS_SPACE = 2 ** 32;
/** Bytes that vectors and cache lines want addresses to be whole multiples of. */
const ALIGNMENT = 64;

let inUse = 0;

/** The heap that tensors live in, with the kernels in use. */
export const heap: Machine = {
  memory,
  get kernels() {
    return kernels;
  },
};

/**
 * How many bytes of WebAssembly memory compiled plans hold, on the heap that tensors live in and in memories
 * that threads share. Tensors are not counted: `tf.memory()` knows them.
 *
 * @returns Bytes; 0 when every plan was disposed of.
 *
 * @example
 * ```ts
 * import { heapInUse } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(heapInUse(), 0);
 * ```
 */
export function heapInUse(): number {
  return inUse;
}

/** Counts memory that is held elsewhere; returns what takes it off the count again. */
export function countAsHeld(bytes: number): () => void {
  inUse += bytes;
  let held = bytes;
  return () => {
    inUse -= held;
    held = 0;
  };
}

/**
 * One piece of the heap that tensors live in, filled with zeros, for whoever lays out its own buffers.
 * It never moves, but the memory's views are made anew with every growth: ask for them when needed.
 */
export class Arena {
  /** Where it begins, a multiple of 64. */
  readonly address: number;
  /** How long it is. */
  readonly bytes: number;
  #block: number;

  /**
   * Takes the memory.
   *
   * @param bytes How much.
   * @throws {RangeError} If the heap has no room for it; the heap is then as it was.
   */
  constructor(bytes: number) {
    const wanted = bytes + ALIGNMENT;
    this.#block = wanted < ADDRESS_SPACE ? wasm._malloc(wanted) >>> 0 : 0;
    if (this.#block === 0) {
      throw new RangeError(
        `Cannot allocate ${bytes} bytes: the WebAssembly heap has no room for them`,
      );
    }
    this.address = Math.ceil(this.#block / ALIGNMENT) * ALIGNMENT;
    this.bytes = bytes;
    inUse += bytes;
    new Uint8Array(memory.buffer, this.address, bytes).fill(0);
  }

  /** Gives the memory back. Calling it again does nothing. */
  free(): void {
    if (this.#block === 0) return;
    wasm._free(this.#block);
    this.#block = 0;
    inUse -= this.bytes;
  }
}

/** A view on floats of the heap. It is dead after the next allocation: use it at once. */
export function floatsAt(address: number, count: number): Float32Array {
  return floatsOf(heap, address, count);
}

/** A view on whole numbers of the heap. It is dead after the next allocation: use it at once. */
export function integersAt(address: number, count: number): Int32Array {
  return integersOf(heap, address, count);
}
