import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import seedrandom from "seedrandom";
import { createRng } from "../../lib/engine/rng.ts";

Deno.test("a stream is seedrandom's of its seed, however it is drawn from", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.double({ noNaN: true }),
      fc.constant("é😀".repeat(150)),
    ),
    fc.array(fc.nat(99), { maxLength: 20 }),
    (seed, bounds) => {
      const rng = createRng(seed);
      const draw = seedrandom(String(seed));
      assertEquals(rng.seed, String(seed));
      for (const bound of bounds) {
        assertEquals(
          bound === 0 ? rng() : rng.int(bound),
          bound === 0 ? draw() : Math.floor(draw() * bound),
        );
      }
      const letters = ["a", "b", "c"];
      assertEquals(rng.pick(letters), letters[Math.floor(draw() * 3)]);
    },
  ));
});

Deno.test("a split is the stream of seed and label, whoever is drawn from first", () => {
  fc.assert(fc.property(
    fc.string(),
    fc.oneof(fc.string(), fc.nat()),
    fc.array(fc.constantFrom("parent", "child", "grandchild")),
    (seed, label, order) => {
      const parent = createRng(seed);
      const child = parent.split(label);
      const streams = { parent, child, grandchild: child.split("more") };
      const expected = {
        parent: seedrandom(seed),
        child: seedrandom(`${seed}/${label}`),
        grandchild: seedrandom(`${seed}/${label}/more`),
      };
      for (const name of order) assertEquals(streams[name](), expected[name]());
      assertEquals(parent.split(label)(), seedrandom(`${seed}/${label}`)());
    },
  ));
});

Deno.test("normal numbers come in pairs from two draws, by Box and Muller", () => {
  const rng = createRng("pairs");
  const draw = seedrandom("pairs");
  for (let pair = 0; pair < 20; pair++) {
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    const angle = 2 * Math.PI * draw();
    assertEquals(rng.normal(), radius * Math.cos(angle));
    assertEquals(rng.normal(), radius * Math.sin(angle));
  }
});

Deno.test("bounds that are no positive integers and empty lists are refused", () => {
  const rng = createRng("bad");
  for (const bound of [0, -1, 0.5, NaN, Infinity]) assertThrows(() => rng.int(bound), RangeError);
  assertThrows(() => rng.pick([]), RangeError, "items is empty");
});
