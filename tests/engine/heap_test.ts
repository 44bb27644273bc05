import { assert, assertEquals, assertThrows } from "@std/assert";
import { copyWithin } from "../../lib/engine/machine.ts";
import { Arena, floatsAt, heap, heapInUse, integersAt } from "../../lib/engine/heap.ts";

Deno.test("an arena is aligned, full of zeros, and counted until it is freed", () => {
  const before = heapInUse();
  for (const bytes of [0, 4, 100, 65_536]) {
    const arena = new Arena(bytes);
    assertEquals(arena.address % 64, 0);
    assertEquals(heapInUse(), before + bytes);
    const floats = floatsAt(arena.address, bytes / 4);
    assert(floats.every((value) => value === 0));
    floats.fill(NaN); // for whoever is given this memory next
    arena.free();
    arena.free();
    assertEquals(heapInUse(), before);
  }
});

Deno.test("arenas do not overlap", () => {
  const arenas = Array.from({ length: 20 }, (_, i) => new Arena(4 * (i + 1)));
  arenas.forEach(({ address }, i) => floatsAt(address, i + 1).fill(i));
  arenas.forEach(({ address }, i) => {
    assertEquals([...floatsAt(address, i + 1)], Array(i + 1).fill(i));
  });
  for (const arena of arenas) arena.free();
});

Deno.test("an arena that has no room is refused and counts nothing", () => {
  const before = heapInUse();
  for (const bytes of [2 ** 32 - 64, 2 ** 32, 2 ** 40]) {
    assertThrows(
      () => new Arena(bytes),
      RangeError,
      `Cannot allocate ${bytes} bytes: the WebAssembly heap has no room for them`,
    );
  }
  assertEquals(heapInUse(), before);
});

Deno.test("floats are copied within the heap, and read as whole numbers where they are some", () => {
  const arena = new Arena(64);
  floatsAt(arena.address, 4).set([1, 2, 3, 4]);
  copyWithin(heap, { from: arena.address, to: arena.address + 8, count: 4 });
  assertEquals([...floatsAt(arena.address, 6)], [1, 2, 1, 2, 3, 4]);
  integersAt(arena.address, 2).set([7, -7]);
  assertEquals([...integersAt(arena.address, 2)], [7, -7]);
  arena.free();
});
