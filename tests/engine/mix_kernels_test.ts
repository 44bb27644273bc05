import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { memory } from "../../lib/engine/backend.ts";
import { type Build, kernels, loadKernels } from "../../lib/engine/kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";
import { distance, dot } from "../support/reference_ops.ts";

const builds: readonly Build[] = ["simd", "relaxed"];

/** Writes a table of arrays and their factors. */
function fillTable(table: number, arrays: readonly number[], factors: readonly number[]): void {
  arrays.forEach((address, i) => {
    new Uint32Array(memory.buffer, table + 8 * i, 1)[0] = address;
    new Float32Array(memory.buffer, table + 8 * i + 4, 1)[0] = factors[i]!;
  });
}

for (const build of builds) {
  Deno.test(`arrays are mixed, also in the place of one, and multiplied with another, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1000, max: 3100 })),
        fc.nat(),
        (count, size, seed) => {
          const arrays = Array.from({ length: count }, (_, i) => normals(size, `${seed} ${i}`));
          const factors = [...normals(count, `${seed} factors`)], dy = normals(size, `${seed} dy`);
          const sum = Float64Array.from(
            { length: size },
            (_, k) => arrays.reduce((sum, array, i) => sum + factors[i]! * array[k]!, 0),
          );
          withMemory(({ put, room, get }) => {
            const at = arrays.map(put), table = room(2 * count), y = room(size);
            const dots = room(2 * count);
            fillTable(table, at, factors);
            kernels.mix(table, count, y, size);
            assertLess(distance(get(y), sum), 1e-6);
            kernels.mixDots(table, count, put(dy), dots, size);
            const found = new Float64Array(memory.buffer, dots, count).slice();
            const scale = Math.hypot(...dy) * Math.max(...arrays.map((x) => Math.hypot(...x)));
            found.forEach((product, i) =>
              assertLess(Math.abs(product - dot(arrays[i]!, dy)), 1e-6 * scale)
            );
            const last = at.at(-1)!;
            kernels.mix(table, count, last, size);
            assertEquals(get(last), get(y));
          });
        },
      ),
      { numRuns: 60, seed: 1 },
    );
    await loadKernels("relaxed");
  });

  Deno.test(`an array times a number is each of its products, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const size of [1, 3, 4, 15, 16, 37, 100]) {
      const x = normals(size, "x"), factor = Math.fround(-0.37);
      withMemory(({ put, room, get }) => {
        const y = room(size);
        kernels.scale(put(x), factor, y, size);
        assertEquals(get(y), x.map((each) => factor * each));
      });
    }
    await loadKernels("relaxed");
  });
}
