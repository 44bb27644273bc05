import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import {
  agingEvolution,
  maximize,
  minimize,
  strategyContract,
  type Trial,
} from "../../lib/search/mod.ts";
import { type Drive, drive } from "./support/drive.ts";
import { type Toy, toySpace } from "./support/toy.ts";

const space = toySpace(5);

/** Draws of which several are equal. */
const value = (arch: Toy) => createRng(JSON.stringify(arch)).int(50);

const base: Omit<Drive<Toy>, "strategy"> = {
  space,
  goals: [maximize("value")],
  trials: 60,
  evaluate: (arch) => ({ value: value(arch) }),
};

const population = 6;

/** How many decisions two architectures differ in. */
const distance = (a: Toy, b: Toy) => a.widths.filter((width, i) => width !== b.widths[i]).length;

/** Each trial with a parent, and that parent. */
function families(trials: readonly Trial<Toy>[]): [child: Trial<Toy>, parent: Trial<Toy>][] {
  return trials.flatMap((child) =>
    child.parents === undefined
      ? []
      : [[child, trials[child.parents[0]!]!] as [Trial<Toy>, Trial<Toy>]]
  );
}

for (
  const options of [
    {},
    { population: 3, tournament: 2 },
    { population: 4, tournament: 4, replacement: false },
    { population: 2, tournament: 5, kill: "worst" },
  ] as const
) {
  Deno.test(`agingEvolution(${JSON.stringify(options)}) keeps the contract`, async () => {
    await strategyContract(agingEvolution(options));
  });
}

Deno.test("the first population is random, everyone later has a parent", () => {
  const strategy = agingEvolution({ population, tournament: 2 });
  const [trials] = drive({ ...base, strategy });
  trials.forEach(({ index, parents }) => assertEquals(parents?.length, index < 6 ? undefined : 1));
});

Deno.test("a child differs from its parent in exactly one decision", () => {
  for (const inFlight of [1, 4]) {
    const strategy = agingEvolution({ population, tournament: 2 });
    const [trials] = drive({ ...base, strategy, inFlight });
    for (const [child, parent] of families(trials)) {
      assertEquals(distance(child.arch, parent.arch), 1);
    }
  }
});

Deno.test("everyone dies after as many births as there are places", () => {
  const strategy = agingEvolution({ population, tournament: 3 });
  const [trials] = drive({
    ...base,
    strategy,
    trials: 300,
    onAsk: (strategy) => {
      const { living } = strategy.snapshot() as { living: { index: number }[] };
      const indices = living.map(({ index }) => index);
      const last = indices.at(-1) ?? -1;
      const first = Math.max(0, last - population + 1);
      assertEquals(indices, Array.from({ length: last - first + 1 }, (_, i) => first + i));
    },
  });
  // So that parents are of every age up to that, and of none beyond.
  const ages = new Set(families(trials).map(([child, parent]) => child.index - parent.index));
  assertEquals([...ages].sort(), [1, 2, 3, 4, 5, 6]);
});

Deno.test("a tournament of all makes the best of the population the parent", () => {
  const strategy = agingEvolution({ population, tournament: population, replacement: false });
  for (const goal of [maximize("value"), minimize("value")]) {
    const better = goal.direction === "maximize" ? Math.max : Math.min;
    const [trials] = drive({ ...base, strategy, goals: [goal] });
    for (const [child, parent] of families(trials)) {
      const alive = trials.slice(child.index - population, child.index);
      assertEquals(parent.metrics.value, better(...alive.map(({ metrics }) => metrics.value!)));
    }
  }
});

Deno.test("a tournament of one is a random walk: every age is as likely", () => {
  for (const replacement of [true, false]) {
    const strategy = agingEvolution({ population, tournament: 1, replacement });
    const [trials] = drive({ ...base, strategy, trials: 1806 });
    const counts = Map.groupBy(families(trials), ([child, parent]) => child.index - parent.index);
    const chi = [...counts.values()].reduce((sum, each) => sum + (each.length - 300) ** 2 / 300, 0);
    // The 99.9 % point of chi-squared with 5 degrees of freedom.
    assert(counts.size === 6 && chi < 20.5, `chi-squared ${chi}`);
  }
});

Deno.test("a tournament is drawn with replacement, unless told otherwise", () => {
  // The worst of two wins only against itself: with probability 1/4, or never.
  const wins = (replacement: boolean) => {
    const [trials] = drive<Toy>({
      ...base,
      strategy: agingEvolution({ population: 2, tournament: 2, replacement }),
      evaluate: (_arch, index) => ({ value: index }),
      trials: 2002,
    });
    return families(trials).filter(([child, parent]) => child.index - parent.index === 2).length;
  };
  // Four standard deviations of 2,000 such draws.
  assert(Math.abs(wins(true) - 500) < 78, `${wins(true)} of 2,000`);
  assertEquals(wins(false), 0);
});

Deno.test("where the worst dies, the best ones found live", () => {
  const strategy = agingEvolution({ population, tournament: 3, kill: "worst" });
  let told: number[] = [];
  drive({
    ...base,
    strategy,
    trials: 100,
    evaluate: (arch) => {
      told = [...told, value(arch)];
      return { value: value(arch) };
    },
    onAsk: (strategy) => {
      const { living } = strategy.snapshot() as { living: { fitness: number }[] };
      const best = told.toSorted((a, b) => b - a).slice(0, population);
      assertEquals(living.map(({ fitness }) => fitness).sort((a, b) => b - a), best);
    },
  });
});

Deno.test("failed and rejected candidates are not born, and their places are filled", () => {
  const strategy = agingEvolution({ population, tournament: 3 });
  for (const inFlight of [1, 5]) {
    let candidates = 0;
    const [trials, rejected] = drive({
      ...base,
      strategy,
      inFlight,
      evaluate: (arch) =>
        (["failed", "rejected", { value: value(arch) }] as const)[candidates++ % 3]!,
    });
    assert(rejected.length > 20);
    const born = trials.filter(({ status }) => status === "complete").map(({ index }) => index);
    for (const [child, parent] of families(trials)) {
      const before = born.filter((index) => index <= child.index - inFlight).slice(-population);
      assert(before.includes(parent.index), `${parent.index} bears ${child.index}`);
    }
    const founders = trials.filter(({ parents }) => parents === undefined);
    assertEquals(founders.filter(({ status }) => status === "complete").length, population);
  }
});

Deno.test("with many in flight, those who are not born yet are no parents", () => {
  const strategy = agingEvolution({ population: 3, tournament: 2 });
  const [trials] = drive({ ...base, strategy, inFlight: 10 });
  assertEquals(trials.length, 60);
  // It waits for the first founder, then goes on.
  assertEquals(trials.slice(3, 6).map(({ parents }) => parents), [[0], [0], [0]]);
});

Deno.test("bad options and spaces are refused", () => {
  assertThrows(
    () => agingEvolution({ population: 0 }),
    RangeError,
    "Cannot make agingEvolution: population must be a positive integer, got 0",
  );
  assertThrows(() => agingEvolution({ tournament: 1.5 }), RangeError, "tournament must be");
  assertThrows(
    () => agingEvolution({ population: 4, tournament: 5, replacement: false }),
    RangeError,
    "tournament must be at most population (4) without replacement, got 5",
  );
  assertThrows(
    () => agingEvolution({ kill: "best" as "worst" }),
    TypeError,
    'kill must be "oldest" or "worst", got best',
  );
  const rng = createRng("x");
  assertThrows(
    () => agingEvolution()(space, rng, [maximize("a"), minimize("b")]),
    RangeError,
    "agingEvolution pursues one objective, got 2 (a, b)",
  );
  assertThrows(
    () => agingEvolution()({ ...space, size: 1n }, rng, [maximize("a")]),
    RangeError,
    "agingEvolution needs at least two architectures, and toy(5) has 1",
  );
});

Deno.test("its options are part of its name", () => {
  assertEquals(
    agingEvolution().strategyName,
    "agingEvolution(population: 100, tournament: 25, replacement: true, kill: oldest)",
  );
});
