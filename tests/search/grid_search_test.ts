import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import {
  gridSearch,
  type GridSearchOptions,
  maximize,
  strategyContract,
} from "naskit/search/mod.ts";
import { choice, defineSpace, product, repeat, type SearchSpace } from "naskit/space/mod.ts";
import { toySpace } from "./support/toy.ts";

const goals = [maximize("score")];

/** The choices of all points, in the order of asking. */
function points<A>(space: SearchSpace<A>, options: GridSearchOptions, seed = "grid"): number[][] {
  const strategy = gridSearch(options)(space, createRng(seed), goals);
  const asked: number[][] = [];
  for (let next = strategy.ask(); next !== undefined; next = strategy.ask()) {
    asked.push(space.toChoices(next.arch));
  }
  return asked;
}

/** One to three layers, each with a kernel: how many decisions are made depends on the first. */
const nested = defineSpace({
  name: "nested",
  part: product({
    size: choice([8, 16, 24, 32]),
    layers: repeat(choice([3, 5, 7]), { counts: [1, 2, 3] }),
  }),
  lower: () => ({ nodes: [], output: "x" }),
});

for (const options of [{}, { levels: 2 }, { order: "shuffled" as const }]) {
  Deno.test(`gridSearch(${JSON.stringify(options)}) keeps the contract`, async () => {
    await strategyContract(gridSearch(options));
  });
}

Deno.test("a grid of everything is the whole space, each architecture once, in order", () => {
  const space = toySpace(3);
  assertEquals(points(space, {}), [...space.enumerate()].map(space.toChoices));
  assertEquals(points(nested, {}).length, Number(nested.size));
});

Deno.test("a grid visits levels to the power of decisions, whatever the order", () => {
  fc.assert(fc.property(
    fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    fc.integer({ min: 1, max: 3 }),
    fc.string(),
    (which, levels, seed) => {
      const space = toySpace(4);
      const vary = which.map((i) => space.decisions[i]!.name);
      const ordered = points(space, { vary, levels });
      assertEquals(ordered.length, levels ** which.length);
      assertEquals(new Set(ordered.map(String)).size, ordered.length);
      const shuffled = points(space, { vary, levels, order: "shuffled" }, seed);
      assertEquals(shuffled.map(String).sort(), ordered.map(String).sort());
      // What does not vary is the same everywhere.
      for (const i of [0, 1, 2, 3].filter((i) => !which.includes(i))) {
        assertEquals(new Set(ordered.map((choices) => choices[i])).size, 1);
      }
    },
  ));
});

Deno.test("levels are evenly spread with both ends, and one level is the middle", () => {
  const sizes = (levels: number) =>
    points(nested, { vary: ["size"], levels }).map(([size]) => size);
  assertEquals(sizes(2), [0, 3]);
  assertEquals(sizes(3), [0, 2, 3]);
  assertEquals(sizes(9), [0, 1, 2, 3]);
  assertEquals(sizes(1), [2]);
});

Deno.test("what does not vary is as in base, where that is allowed", () => {
  const base = nested.encode(nested.fromChoices([1, 2, 0, 1, 2]));
  for (const [i, choices] of points(nested, { vary: ["size"], base }).entries()) {
    assertEquals(choices, [i, 2, 0, 1, 2]);
  }
  // With one layer the kernels of the others are not decided.
  const counts = points(nested, { vary: ["layers count"], base });
  assertEquals(counts.map(([, count, first]) => [count, first]), [[0, 0], [1, 0], [2, 0]]);
  assertEquals(counts[2], [1, 2, 0, 1, 2]);
});

Deno.test("a shuffled grid has every point first as often", () => {
  const space = toySpace(2);
  const first = new Map<string, number>();
  for (let seed = 0; seed < 900; seed++) {
    const [point] = points(space, { order: "shuffled" }, String(seed));
    first.set(String(point), (first.get(String(point)) ?? 0) + 1);
  }
  assertEquals(first.size, 9);
  // The 99.9 % point of chi-squared with 8 degrees of freedom.
  assert([...first.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0) < 26.1);
});

Deno.test("bad grids are refused, those that need the space when the search begins", () => {
  const refused: [GridSearchOptions, string][] = [
    [{ vary: [] }, "vary names no decision"],
    [{ vary: "width" as never }, "vary must be names of decisions, got width"],
    [{ base: 3 as never }, "base must be an architecture's text, got 3"],
    [{ levels: 0 }, "levels must be a whole number from 1 up, got 0"],
    [{ order: "random" as never }, 'order must be "ordered" or "shuffled", got random'],
  ];
  for (const [options, message] of refused) {
    assertThrows(() => gridSearch(options), Error, `Cannot make a grid: ${message}`);
  }
  const begin = (options: GridSearchOptions) => () =>
    gridSearch(options)(nested, createRng(1), goals);
  assertThrows(
    begin({ vary: ["depth"] }),
    RangeError,
    'vary names "depth", but the decisions of nested are "size", "layers count", ',
  );
  assertThrows(begin({ base: "nonsense" }), SyntaxError);
  const large = toySpace(12);
  assertThrows(
    () => gridSearch({ order: "shuffled" })(large, createRng(1), goals),
    RangeError,
    "more than 200,000 points",
  );
});
