import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { layOut } from "../../../lib/model/plan/place.ts";
import { type Region, region } from "../../../lib/model/plan/region.ts";
import type { Access } from "../../../lib/model/plan/schedule.ts";

/** Steps that each write a new region and read some of those before, any of which it may replace. */
const programs = fc.array(
  fc.record({
    floats: fc.integer({ min: 1, max: 200 }),
    reads: fc.array(fc.nat(), { maxLength: 3 }),
    inPlace: fc.boolean(),
  }),
  { maxLength: 30 },
).map((steps) => {
  const regions: Region[] = [];
  return steps.map(({ floats, reads, inPlace }): Access => {
    const seen = regions.length === 0 ? [] : reads.map((i) => regions[i % regions.length]!);
    const written = region(inPlace && seen[0] ? seen[0].floats : floats);
    regions.push(written);
    return { reads: seen, writes: [written], ...(inPlace ? { inPlaceOf: seen } : {}) };
  });
});

Deno.test("whatever is read still holds what was written there", () => {
  fc.assert(
    fc.property(programs, (steps) => {
      const layout = layOut(steps);
      layout.place(64);
      const owner = new Map<number, Region>();
      for (const { reads, writes: [written], inPlaceOf = [] } of steps) {
        for (const each of reads) {
          for (let i = 0; i < each.floats; i++) {
            assertEquals(owner.get(each.address + 4 * i), each);
          }
        }
        const to = written as Region;
        assert(to.address % 64 === 0 && to.address >= 64);
        assert(to.address + 4 * to.floats <= 64 + layout.bytes);
        for (const each of reads) {
          const apart = to.address + 4 * to.floats <= each.address ||
            each.address + 4 * each.floats <= to.address;
          assert(apart || (inPlaceOf.includes(each) && to.address === each.address));
        }
        for (let i = 0; i < to.floats; i++) owner.set(to.address + 4 * i, to);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a chain of steps in place takes one region, and one of steps that are not takes two", () => {
  for (const inPlace of [true, false]) {
    const regions = Array.from({ length: 10 }, () => region(16));
    const steps = regions.map((written, i): Access => {
      const reads = i === 0 ? [] : [regions[i - 1] as Region];
      return { reads, writes: [written], ...(inPlace ? { inPlaceOf: reads } : {}) };
    });
    assertEquals(layOut(steps).bytes, (inPlace ? 1 : 2) * 64);
  }
});
