import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as fc from "fast-check";
import { floatsAt, heapInUse } from "naskit/engine/heap.ts";
import { Buffers } from "../../lib/proxy/flow/buffers.ts";

/** Gives a test buffers, and frees them. */
function withBuffers(test: (buffers: Buffers) => void): void {
  const buffers = new Buffers();
  try {
    test(buffers);
  } finally {
    buffers.free();
  }
}

Deno.test("a buffer that was given back is lent again, to whoever wants as many numbers", () => {
  const before = heapInUse();
  withBuffers((buffers) => {
    const [first, second] = [buffers.take(10), buffers.take(10)];
    assertNotEquals(first.address, second.address);
    buffers.giveBack(first);
    assertNotEquals(buffers.take(20).address, first.address);
    assertEquals(buffers.take(10), first);
    assertNotEquals(buffers.take(10).address, first.address);
  });
  assertEquals(heapInUse(), before);
});

Deno.test("numbers that are settled are near 1, and the same times 2 to the exponent", () => {
  const number = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  const numbers = fc.array(number, { minLength: 1, maxLength: 40 });
  withBuffers((buffers) =>
    fc.assert(fc.property(numbers, fc.integer({ min: -118, max: 110 }), (values, power) => {
      const wanted = Float32Array.from(values, (value) => value * 2 ** power);
      const buffer = buffers.take(wanted.length);
      floatsAt(buffer.address, buffer.floats).set(wanted);
      const exponent = buffers.settle(buffer);
      const settled = floatsAt(buffer.address, buffer.floats).slice();
      buffers.giveBack(buffer);
      assertEquals(settled.map((value) => value * 2 ** exponent), wanted);
      const mean = settled.reduce((sum, value) => sum + value, 0) / settled.length;
      assert(mean > 2 ** -8.01 && mean < 2 ** 8.01, `${mean}`);
    }))
  );
});

Deno.test("zeros have an exponent of -Infinity", () => {
  withBuffers((buffers) => {
    const buffer = buffers.take(7);
    floatsAt(buffer.address, 7).fill(0);
    assertEquals(buffers.settle(buffer), -Infinity);
  });
});
