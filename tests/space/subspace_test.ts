import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { changesBetween, madeBy } from "naskit/space/contract/made.ts";
import { defineSpace, nasBench201, type NasBench201Arch, subspace } from "naskit/space/mod.ts";
import { trees } from "./part_trees.ts";

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
      const mutant = count === 1 ? a : space.mutate(a, rng);
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

/** What `draw` gives with enough seeds to see each of a few. */
function drawn<A>(draw: (seed: number) => A): Set<string> {
  return new Set(Array.from({ length: 150 }, (_, seed) => JSON.stringify(draw(seed))));
}

Deno.test("in spaces of any decisions neighbours differ in one, and mutants in the fewest", () => {
  const cases = fc.tuple(trees(fc, 40), fc.integer(), fc.integer({ min: 1, max: 8 }));
  fc.assert(
    fc.property(cases, ([{ part }, seed, most]) => {
      const tree = defineSpace({
        name: "parts",
        part,
        lower: () => {
          const net = new GraphBuilder([4, 4, 1]);
          return net.build(net.add("conv", { op: "conv", kernel: 1, channels: 1 }, net.input));
        },
      });
      const rng = createRng(seed);
      const members = rng.shuffle([...tree.enumerate()]).slice(0, most);
      const space = subspace(tree, members, { name: "some" });
      const [a, b] = [members[0], rng.pick(members)];
      const changes = new Map(members.map((other) => [
        JSON.stringify(other),
        changesBetween(madeBy(tree, a), madeBy(tree, other)),
      ]));
      const at = (wanted: number) =>
        [...changes].filter(([, count]) => count === wanted).map(([key]) => key).sort();
      const before = JSON.stringify([a, b]);

      assertEquals([...space.neighbours(a)].map((one) => JSON.stringify(one)).sort(), at(1));
      if (members.length > 1) {
        const fewest = Math.min(...[...changes.values()].filter((count) => count > 0));
        const mutants = drawn((seed) => space.mutate(a, createRng(seed)));
        assertEquals([...mutants].sort(), at(fewest));
      }
      assertEquals(space.mutate(a, rng, 0), a);
      const whole = drawn((seed) => tree.crossover(a, b, createRng(seed)));
      for (const child of drawn((seed) => space.crossover(a, b, createRng(seed)))) {
        assert(changes.has(child) && (whole.has(child) || child === JSON.stringify(b)));
      }
      for (const mutant of drawn((seed) => space.mutate(a, createRng(seed), 0.5))) {
        assert(changes.has(mutant));
      }
      assertEquals(JSON.stringify([a, b]), before);
    }),
    { numRuns: 60, seed: 7 },
  );
});

Deno.test("an architecture is a neighbour of its neighbours, and may have none", () => {
  const { space, members } = some(300);
  const alone = members.filter((arch) => [...space.neighbours(arch)].length === 0);
  assert(alone.length > 0 && alone.length < 300);
  for (const arch of members) {
    for (const near of space.neighbours(arch)) {
      const back = [...space.neighbours(near)].map((each) => space.encode(each));
      assert(back.includes(space.encode(arch)));
    }
  }
});

Deno.test("all of a space is a subspace that does what the space does", () => {
  const space = subspace(whole, everything.toReversed(), { name: "all" });
  const a = everything[777]!;
  assertEquals([...space.neighbours(a)], [...whole.neighbours(a)]);
  assertEquals(space.mutate(a, createRng(2), 0.3), whole.mutate(a, createRng(2), 0.3));
  assertEquals([...space.enumerate()], everything);
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
  const inOrder = everything.filter((arch) => members.includes(arch));
  assertEquals([...space.enumerate()], inOrder);
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
  assertThrows(
    () => space.mutate(members[0]!, createRng("r")),
    RangeError,
    `Cannot mutate: ${whole.name}, some has a single architecture`,
  );
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
