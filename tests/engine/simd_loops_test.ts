import { assertAlmostEquals, assertEquals } from "@std/assert";
import { engineInfo } from "naskit/engine/mod.ts";
import { multiplyAddLoop, streamLoop, streamStride } from "naskit/engine/simd_loops.ts";

// x = 0.5 x + 0.5 goes to 1 from anywhere, so that each vector adds 1 to the result.
for (const simd of new Set(["plain", engineInfo().simd] as const)) {
  for (const chains of [1, 8, 12]) {
    Deno.test(`the ${simd} loop of ${chains} vectors computes its multiply-adds`, () => {
      const run = multiplyAddLoop(chains, simd);
      assertAlmostEquals(run(20), chains, 1e-4);
      const start = 3 + (chains - 1) / 2; // the vectors begin at 3, 4, …; a turn halves four times
      assertAlmostEquals(run(1), chains * (1 + (start - 1) / 16), 1e-4);
    });
  }
}

Deno.test("the stream loop adds up as much of its arrays as it takes turns, and nothing more", () => {
  const floats = streamStride / 4, turns = 3;
  const loop = streamLoop(1000);
  const memory = new Float32Array(loop.memory.buffer);
  const [a, b, sum] = [16, 16 + 100, 16 + 200]; // in floats
  for (let i = 0; i < 100; i++) {
    memory[a + i] = i;
    memory[b + i] = 1000 * i;
    memory[sum + i] = -1;
  }
  loop.run(4 * a, 4 * b, 4 * sum, turns);
  const expected = Array.from({ length: 100 }, (_, i) => i < floats * turns ? 1001 * i : -1);
  assertEquals([...memory.subarray(sum, sum + 100)], expected);
  assertEquals(memory[sum - 1], 99_000, "what lies before is as it was");
});

Deno.test("the stream loop has the memory that it was asked for", () => {
  for (const bytes of [1, 65_536, 65_537, 9_000_000]) {
    const { byteLength } = streamLoop(bytes).memory.buffer;
    assertEquals(byteLength, 65_536 * Math.ceil(bytes / 65_536));
  }
});
