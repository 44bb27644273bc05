import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { nasBench201, type NasBench201Arch, subspace } from "naskit/space/mod.ts";

const whole = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
const everything = [...whole.enumerate()];

/** Random members, as many as asked for, and their subspace. */
function some(count: number) {
  const members = createRng(count).shuffle(everything).slice(0, count);
  const keys = new Set(members.map((arch) => whole.encode(arch)));
  return { members, keys, space: subspace(whole, members, { name: "some" }) };
}

function distance(a: NasBench201Arch, b: NasBench201Arch): number {
  return a.filter((op, i) => op !== b[i]).length;
}

Deno.test("everything that a subspace gives is a member", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer(), (count, seed) => {
      const { keys, members, space } = some(count);
      const rng = createRng(seed);
      const [a, b] = [space.sample(rng), space.sample(rng)];
      const mutant = space.mutate(a, rng);
      const near = members.map((arch) => distance(a, arch)).filter((d) => d > 0);
      assertEquals(distance(a, mutant), count === 1 ? 0 : Math.min(...near));
      const child = space.crossover(a, b, rng);
      assert(child.every((op, i) => op === a[i] || op === b[i]));
      for (const arch of [a, b, mutant, child, space.mutate(a, rng, 0.5)]) {
        assert(keys.has(space.encode(arch)));
        assertEquals(space.decode(space.encode(arch)), arch);
        assertEquals(space.fromChoices(space.toChoices(arch)), arch);
      }
      assertEquals(
        [...space.neighbours(a)].map((arch) => space.encode(arch)).sort(),
        members.filter((arch) => distance(a, arch) === 1).map((arch) => space.encode(arch)).sort(),
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("the options that are allowed lead to the members, and to nothing else", () => {
  const { keys, space } = some(200);
  const found: string[] = [];
  const walk = (prefix: readonly number[]): void => {
    if (prefix.length === 6) found.push(space.encode(space.fromChoices(prefix)));
    else for (const option of space.allowed(prefix)) walk([...prefix, option]);
  };
  walk([]);
  assertEquals(found.toSorted(), [...keys].sort());
  assertThrows(() => space.allowed([0, 0, 0, 0, 0, 0]), RangeError, "has 6 decisions");
});

Deno.test("a subspace walks its members once, and samples each as often", () => {
  const { members } = some(4);
  const space = subspace(whole, [...members, members[0]!], { name: "four" });
  assertEquals(space.size, 4n);
  assertEquals([...space.enumerate()], members);
  const rng = createRng("even");
  const counts = new Map<string, number>();
  for (let i = 0; i < 4_000; i++) {
    const key = space.encode(space.sample(rng));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 4);
  for (const count of counts.values()) assert(Math.abs(count - 1_000) < 120, String(count));
  assertEquals(space.name, `${whole.name}, four`);
  assertEquals(space.lower(members[0]!), whole.lower(members[0]!));
});

Deno.test("a mutant at a rate that never hits a member is the parent", () => {
  const { members, space } = some(1);
  assertEquals(space.mutate(members[0]!, createRng("r"), 1), members[0]!);
});

Deno.test("a subspace refuses what is not in it, and to be empty", () => {
  const { space, keys } = some(10);
  const other = everything.find((arch) => !keys.has(whole.encode(arch)))!;
  const message = `Not an architecture of ${whole.name}, some: ${whole.encode(other)}`;
  const rng = createRng("no");
  const member = space.sample(rng);
  for (
    const act of [
      () => space.fromChoices(whole.toChoices(other)),
      () => space.toChoices(other),
      () => [...space.neighbours(other)],
      () => space.mutate(other, rng),
      () => space.mutate(other, rng, 0.5),
      () => space.crossover(other, member, rng),
    ]
  ) assertThrows(act, RangeError, message);
  assertThrows(() => space.decode(whole.encode(other)), SyntaxError, "it is not in ");
  assertThrows(() => space.decode("?"), SyntaxError);
  assertThrows(() => subspace(whole, [], { name: "none" }), RangeError, "it has no members");
});
