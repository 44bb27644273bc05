import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { type Build, kernels, loadKernels } from "../../lib/engine/kernels.ts";
import { withMemory } from "../support/kernel_memory.ts";

/** Numbers of all signs, zeros of both among them, and what is hardly above or below. */
function numbers(size: number, seed: number): Float32Array {
  const rng = createRng(seed);
  const special = [0, -0, 1e-45, -1e-45, NaN, Infinity, -Infinity];
  return Float32Array.from(
    { length: size },
    () => rng.int(4) === 0 ? special[rng.int(special.length)]! : rng.normal(),
  );
}

function pitchOf(size: number): number {
  return 16 * Math.ceil(size / 128);
}

/** The bits of the floats that now lie at an address. */
function bitsAt(floats: Float32Array, row: number, pitch: number): number[] {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset + row * pitch, pitch);
  return [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, i) => byte >> i & 1));
}

const builds: readonly Build[] = ["simd", "relaxed"];

for (const build of builds) {
  Deno.test(`signs are packed a bit each and the rest of a row is zeros, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        (rows, size, seed) => {
          const x = numbers(rows * size, seed), pitch = pitchOf(size);
          withMemory(({ put, room, get }) => {
            const codes = room(rows * pitch / 4);
            kernels.packSigns(put(x), codes, rows, size, pitch);
            const found = get(codes);
            for (let row = 0; row < rows; row++) {
              const wanted = Array.from(
                { length: 8 * pitch },
                (_, i) => i < size && x[row * size + i]! > 0 ? 1 : 0,
              );
              assertEquals(bitsAt(found, row, pitch), wanted);
            }
          });
        },
      ),
      { numRuns: 25 },
    );
    await loadKernels("relaxed");
  });

  Deno.test(`distances of codes are counts of bits that differ, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    // 31 vectors fill a byte: up to three times as many, and some over.
    const sizes = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 3800, max: 13000 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        sizes,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (rows, size, times, seed) => {
          const x = numbers(rows * size, seed), pitch = pitchOf(size);
          if (rows > 2) x.forEach((v, i) => i < size && (x[size + i] = v > 0 ? -1 : 1)); // all differ
          withMemory(({ put, putInts, room, get }) => {
            const codes = room(rows * pitch / 4);
            kernels.packSigns(put(x), codes, rows, size, pitch);
            const before = Array.from({ length: rows * rows }, (_, i) => i);
            const distances = putInts(before);
            kernels.addCodeDistances(codes, distances, rows, pitch, times);
            const found = get(distances);
            const wanted = before.map((start, at) => {
              const [row, column] = [Math.floor(at / rows), at % rows];
              if (column >= row) return start;
              let differing = 0;
              for (let k = 0; k < size; k++) {
                if (x[row * size + k]! > 0 !== x[column * size + k]! > 0) differing++;
              }
              return start + times * differing;
            });
            assertEquals([...new Int32Array(found.buffer, found.byteOffset, found.length)], wanted);
          });
        },
      ),
      { numRuns: 25 },
    );
    await loadKernels("relaxed");
  });
}
