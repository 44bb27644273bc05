import { assert, assertEquals } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import { maximize, randomSearch, strategyContract } from "../../lib/search/mod.ts";
import { type Toy, toySpace } from "./support/toy.ts";

const start = (seed: number, unique: boolean, depth = 2) =>
  randomSearch({ unique })<Toy>(toySpace(depth), createRng(seed), [maximize("score")]);

for (const unique of [true, false]) {
  Deno.test(`randomSearch(unique: ${unique}) keeps the contract`, async () => {
    await strategyContract(randomSearch({ unique }));
  });

  Deno.test(`randomSearch(unique: ${unique}) draws uniformly`, () => {
    // The first and the third ask over many seeds: chi-squared against 9 equal cells.
    const space = toySpace(2);
    for (const which of [1, 3]) {
      const counts = new Map<string, number>();
      for (let seed = 0; seed < 1800; seed++) {
        const strategy = start(seed, unique);
        let arch: Toy | undefined;
        for (let i = 0; i < which; i++) arch = strategy.ask()?.arch;
        const key = space.encode(arch!);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      assertEquals(counts.size, 9);
      const chi = [...counts.values()].reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0);
      // The 99.9 % point of chi-squared with 8 degrees of freedom.
      assert(chi < 26.1, `chi-squared ${chi}`);
    }
  });
}

Deno.test("randomSearch() tries every architecture once and then ends", () => {
  const strategy = start(1, true, 4);
  const seen = new Set<string>();
  for (let i = 0; i < 81; i++) seen.add(JSON.stringify(strategy.ask()?.arch));
  assertEquals(seen.size, 81);
  assertEquals(strategy.ask(), undefined);
  assertEquals(strategy.ask(), undefined);
});

Deno.test("with replacement it never ends", () => {
  const strategy = start(1, false);
  for (let i = 0; i < 100; i++) assert(strategy.ask() !== undefined);
});

Deno.test("its options are part of its name", () => {
  assertEquals(randomSearch().strategyName, "randomSearch(unique: true)");
  assertEquals(randomSearch({ unique: false }).strategyName, "randomSearch(unique: false)");
});
