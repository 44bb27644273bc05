import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { atMost } from "../../lib/cost/constraint.ts";
import { createRng } from "../../lib/engine/rng.ts";
import {
  evolution,
  InfeasibleError,
  maximize,
  minimize,
  search,
  strategyContract,
  type Trial,
} from "../../lib/search/mod.ts";
import { type Drive, drive } from "./support/drive.ts";
import { type Toy, toySpace } from "./support/toy.ts";

/** So large that children of different parents hardly ever come twice. */
const space = toySpace(14);

const value = ({ widths }: Toy) => createRng(widths.join()).normal() + widths[0]! + widths[3]!;

const base: Omit<Drive<Toy>, "strategy"> = {
  space,
  goals: [maximize("value")],
  trials: 100,
  evaluate: (arch) => ({ value: value(arch) }),
};

const small = evolution({ population: 20 });

/** The best so many of some trials. */
const best = (trials: readonly Trial<Toy>[], count: number) =>
  trials.toSorted((a, b) => b.metrics.value! - a.metrics.value!).slice(0, count);

for (
  const options of [
    {},
    { population: 4 },
    { population: 3, parentShare: 0, mutantShare: 1, mutationRate: 0 },
    { population: 2, parentShare: 1, mutantShare: 0, mutationRate: 1 },
  ]
) {
  Deno.test(`evolution(${JSON.stringify(options)}) keeps the contract`, async () => {
    await strategyContract(evolution(options));
  });
}

Deno.test("parents are the best of all before their generation, whenever they were born", () => {
  for (const inFlight of [1, 7, 50]) {
    const [trials] = drive({ ...base, strategy: small, inFlight });
    let elders = 0;
    for (const { index, parents = [], notes } of trials) {
      const generation = Math.floor(index / 20);
      assertEquals(notes, { generation });
      const allowed = best(trials.slice(0, generation * 20), 5).map(({ index }) => index);
      assert(parents.every((parent) => allowed.includes(parent)));
      elders += parents.filter((parent) => parent < (generation - 1) * 20).length;
    }
    assert(elders > 0);
  }
});

Deno.test("half of a generation are mutants, half crossings of two", () => {
  const [trials] = drive({ ...base, strategy: small });
  for (let start = 20; start < 100; start += 20) {
    const parents = trials.slice(start, start + 20).map(({ parents }) => parents?.length);
    assertEquals(parents.filter((count) => count === 1).length, 10);
    assertEquals(parents.filter((count) => count === 2).length, 10);
    // In turns, so that a generation that the budget cuts short has both.
    assertEquals(parents.slice(0, 4).filter((count) => count === 1).length, 2);
  }
});

Deno.test("a crossing takes every decision from one of its parents, from each as often", () => {
  const strategy = evolution({ population: 40, mutantShare: 0 });
  const [trials] = drive({ ...base, space: toySpace(30), strategy });
  let [first, second] = [0, 0];
  for (const { arch, parents } of trials.slice(40, 80)) {
    const [mother, father] = parents!.map((parent) => trials[parent]!.arch.widths);
    arch.widths.forEach((width, i) => {
      assert(width === mother![i] || width === father![i]);
      if (mother![i] === father![i]) return;
      if (width === mother![i]) first++;
      else second++;
    });
  }
  // Four standard deviations of a fair coin.
  assert(Math.abs(first - second) < 4 * Math.sqrt(first + second), `${first} and ${second}`);
});

Deno.test("a mutant has each decision drawn anew at the rate given", () => {
  const wide = toySpace(60);
  const [trials] = drive({
    ...base,
    space: wide,
    strategy: evolution({ population: 50, mutantShare: 1, mutationRate: 0.3 }),
    trials: 250,
  });
  const children = trials.filter(({ parents }) => parents !== undefined);
  const differences = children.reduce(
    (sum, { arch, parents }) =>
      sum + arch.widths.filter((width, i) => width !== trials[parents![0]!]!.arch.widths[i]).length,
    0,
  );
  // Two of the three options change it: a rate of 0.2, over 12,000 decisions.
  assert(Math.abs(differences / (children.length * 60) - 0.2) < 4 * Math.sqrt(0.16 / 12000));
});

Deno.test("no architecture is tried twice, until none is left", () => {
  const tiny = toySpace(3);
  for (const inFlight of [1, 4]) {
    const [trials] = drive({
      ...base,
      space: tiny,
      strategy: evolution({ population: 5 }),
      inFlight,
    });
    assertEquals(trials.length, 27);
    assertEquals(new Set(trials.map(({ key }) => key)).size, 27);
  }
});

Deno.test("with no rate at all a mutant still is no copy", () => {
  const strategy = evolution({ population: 10, mutantShare: 1, mutationRate: 0 });
  const [trials] = drive({ ...base, strategy });
  assertEquals(new Set(trials.map(({ key }) => key)).size, 100);
});

Deno.test("it finds one optimum of 6,561 in 200 trials, and the study has it", async () => {
  const study = await search({
    space: toySpace(8),
    strategy: small,
    evaluate: ({ widths }) => ({ total: widths.reduce((sum, width) => sum + width, 0) }),
    objective: maximize("total"),
    budget: { trials: 200 },
    seed: "evolution",
  });
  assertEquals(study.best().metrics.total, 48);
});

Deno.test("the best of the last generation counts", async () => {
  const study = await search({
    space,
    strategy: small,
    // The later the better.
    evaluate: (_arch, { seed }) => ({ value: Number(seed.split("/").at(-1)) }),
    objective: maximize("value"),
    budget: { trials: 40 },
    seed: "last",
  });
  assertEquals(study.best().index, 39);
});

Deno.test("it minimises where the goal says so", () => {
  const goals = [minimize("value")];
  const [trials] = drive({ ...base, strategy: small, goals });
  const worst = best(trials.slice(0, 20), 20).slice(-5).map(({ index }) => index);
  assert(trials.slice(20, 40).every(({ parents }) => parents!.every((one) => worst.includes(one))));
});

Deno.test("a rejected child leaves its place, a failed one has had it", () => {
  let candidates = 0;
  const [trials, rejected] = drive({
    ...base,
    strategy: small,
    evaluate: (arch) =>
      (["failed", "rejected", { value: value(arch) }] as const)[candidates++ % 3]!,
  });
  assert(rejected.length > 40);
  trials.forEach(({ index, notes }) => assertEquals(notes!.generation, Math.floor(index / 20)));
  for (const { parents = [] } of trials) {
    assert(parents.every((parent) => trials[parent]!.status === "complete"));
  }
});

Deno.test("a generation of failures is followed by another random one", () => {
  const [trials] = drive({
    ...base,
    strategy: small,
    evaluate: (arch, index) => index < 20 ? "failed" : { value: value(arch) },
  });
  assertEquals(trials.findIndex(({ parents }) => parents !== undefined), 40);
});

Deno.test("constraints that nothing keeps end it with an error that says so", async () => {
  const error = await assertRejects(
    () =>
      search({
        space,
        strategy: small,
        evaluate: () => ({ value: 1 }),
        objective: maximize("value"),
        constraints: [atMost("macs", 3)],
        budget: { trials: 10 },
        maxRejections: 100,
        seed: "x",
      }),
    InfeasibleError,
    "101 in a row were rejected; macs ≤ 3 was broken 101 times",
  );
  assertEquals(error.study.rejected.length, 101);
});

Deno.test("bad options are refused", () => {
  assertThrows(
    () => evolution({ population: -1 }),
    RangeError,
    "Cannot make evolution: population must be a positive integer, got -1",
  );
  assertThrows(
    () => evolution({ parentShare: 1.2 }),
    RangeError,
    "parentShare must be from 0 to 1, got 1.2",
  );
  assertThrows(() => evolution({ mutantShare: NaN }), RangeError, "mutantShare must be");
  assertThrows(() => evolution({ mutationRate: -0.1 }), RangeError, "mutationRate must be");
  assertThrows(
    () => evolution()(space, createRng("x"), [maximize("a"), minimize("b")]),
    RangeError,
    "evolution pursues one objective",
  );
});

Deno.test("its options are part of its name", () => {
  assertEquals(
    evolution({ population: 8 }).strategyName,
    "evolution(population: 8, parentShare: 0.25, mutantShare: 0.5, mutationRate: 0.1)",
  );
});
