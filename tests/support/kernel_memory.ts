import { createRng, tf } from "naskit/engine/mod.ts";
import { memory, pointer } from "../../lib/engine/backend.ts";

/** Floats beyond each buffer that no kernel may touch. */
const margin = 8;
const untouched = 12345.5;

/** Buffers for calling kernels by address; see {@linkcode withMemory}. */
export interface KernelMemory {
  /** The address of a copy of the values. */
  put(values: ArrayLike<number>): number;
  /** The address of a copy of int32 values. */
  putInts(values: ArrayLike<number>): number;
  /** The address of `size` floats that start out as NaN, to be written over. */
  room(size: number): number;
  /** What now lies at an address that one of the others gave. */
  get(address: number): Float32Array;
}

/** Runs `body` with buffers, which are freed at its end. Throws if a kernel wrote beyond one of them. */
export function withMemory(body: (buffers: KernelMemory) => void): void {
  tf.tidy(() => {
    const sizes = new Map<number, number>();
    const view = (address: number, size: number) => new Float32Array(memory.buffer, address, size);
    const make = (size: number): number => {
      const address = pointer(tf.zeros([size + 2 * margin])) + 4 * margin;
      view(address - 4 * margin, size + 2 * margin).fill(untouched);
      sizes.set(address, size);
      return address;
    };
    const put = (values: ArrayLike<number>) => {
      const address = make(values.length);
      view(address, values.length).set(values);
      return address;
    };
    body({
      put,
      putInts(values) {
        const address = make(values.length);
        new Int32Array(memory.buffer, address, values.length).set(values);
        return address;
      },
      room: (size) => put(new Float32Array(size).fill(NaN)),
      get: (address) => view(address, sizes.get(address) as number).slice(),
    });
    for (const [address, size] of sizes) {
      for (const side of [address - 4 * margin, address + 4 * size]) {
        if (view(side, margin).some((value) => value !== untouched)) {
          throw new Error(`A kernel wrote beyond a buffer of ${size} floats`);
        }
      }
    }
  });
}

/** Seeded normal deviates. */
export function normals(size: number, seed: string): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal());
}
