import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import {
  type ArchFeature,
  type Described,
  describer,
  featuresOf,
} from "naskit/search/bayesian/features.ts";
import { Inputs } from "naskit/search/bayesian/inputs.ts";
import { Rows } from "naskit/search/bayesian/rows.ts";
import { Scale } from "naskit/search/bayesian/scale.ts";
import { toySpace } from "../support/toy.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const describe = describer(space, ["decisions", "paths", "costs"]);

Deno.test("a description holds the choices, the paths and the logarithms of costs", () => {
  const arch = space.fromChoices([3, 1, 0, 4, 2, 1]);
  const { decisions, paths, costs, key, network } = describe(arch);
  const { params, macs, activations } = cost(space.lower(arch));
  assertEquals(Array.from(decisions), [3, 1, 0, 4, 2, 1]);
  assertEquals(paths.length, 3);
  [params, macs, activations].forEach((value, i) =>
    assertAlmostEquals(Math.expm1(costs[i]!), value, 1e-9 * value)
  );
  assertEquals([key, network], [space.encode(arch), space.network?.(arch)]);
});

Deno.test("features that are not looked at are empty, and paths need a space that has them", () => {
  const { decisions, paths, costs } = describer(space, ["paths"])(space.sample(createRng(1)));
  assertEquals([decisions.length, costs.length, paths.length > 0], [0, 0, true]);
  assertEquals(featuresOf(space), ["decisions", "paths", "costs"]);
  assertEquals(featuresOf(toySpace()), ["decisions"]);
  assertThrows(() => describer(toySpace(), ["paths"]), RangeError, 'without "paths" in space "toy');
});

/** What is seen of an architecture that is nothing else. */
function seen(part: { decisions?: number[]; paths?: number[]; costs?: number[] }) {
  return {
    arch: undefined,
    key: "",
    network: "",
    decisions: Int32Array.from(part.decisions ?? []),
    paths: Int32Array.from(part.paths ?? []),
    costs: Float64Array.from(part.costs ?? []),
  } satisfies Described<unknown>;
}

/** The distances of the first architecture to the others. */
function distances(
  features: readonly ArchFeature[],
  [first, ...others]: readonly Described<unknown>[],
): Float64Array {
  const rows = new Rows(features);
  others.forEach((other) => rows.push(other));
  const into = new Float64Array(features.length * others.length);
  rows.measure(first!, { from: 0, into });
  return into;
}

const list = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 8 });

Deno.test("the distance of paths is that of their counts", () => {
  fc.assert(fc.property(list, fc.array(list), (a, others) => {
    const count = (paths: number[], which: number) => paths.filter((path) => path === which).length;
    const expected = others.map((b) =>
      [0, 1, 2, 3, 4].reduce((sum, which) => sum + (count(a, which) - count(b, which)) ** 2, 0)
    );
    const archs = [a, ...others].map((paths) => seen({ paths }));
    assertEquals(distances(["paths"], archs), Float64Array.from(expected));
  }));
});

Deno.test("distances of decisions and costs are means", () => {
  const archs = [
    seen({ decisions: [1, 2, 3, 4], costs: [1, 2] }),
    seen({ decisions: [1, 0, 3, 0], costs: [3, 2] }),
    seen({ decisions: [1, 2, 3, 5], costs: [1, 5] }),
  ];
  assertEquals(distances(["decisions", "costs"], archs), Float64Array.of(0.5, 2, 0.25, 4.5));
});

Deno.test("rows that are dropped and replaced leave nothing behind", () => {
  fc.assert(fc.property(fc.array(list), fc.array(list), list, (first, second, candidate) => {
    const archOf = (paths: number[]) => seen({ paths, decisions: [paths.length], costs: [1] });
    const features = ["costs", "paths", "decisions"] as const;
    const rows = new Rows(features);
    const kept = Math.floor(first.length / 2);
    first.forEach((paths) => rows.push(archOf(paths)));
    rows.truncate(kept);
    second.forEach((paths) => rows.push(archOf(paths)));
    const archs = [candidate, ...first.slice(0, kept), ...second].map(archOf);
    const from = Math.floor(kept / 2);
    const into = new Float64Array(3 * (rows.size - from));
    rows.measure(archs[0]!, { from, into });
    assertEquals(into, distances(features, archs).slice(3 * from));
  }));
});

Deno.test("inputs of networks are choices, counts of known paths and standardised costs", () => {
  const known = [[3, 1, 0, 4, 2, 1], [1, 1, 1, 1, 1, 1]]
    .map((choices) => describe(space.fromChoices(choices)));
  const inputs = new Inputs(space.decisions.map(({ options }) => options.length), known);
  // Six decisions of five options; three paths of the one, "" of both; three costs.
  assertEquals(inputs.size, 30 + 3 + 3);
  const { indices, values } = inputs.of(known[1]!);
  assertEquals(Array.from(indices).slice(0, 6), [1, 6, 11, 16, 21, 26]);
  assertEquals(Array.from(values).slice(0, 7), [1, 1, 1, 1, 1, 1, 4]);
  Array.from(values).slice(7).forEach((value) => assertAlmostEquals(value, -1, 1e-9));
  const stranger = inputs.of(describe(space.fromChoices([0, 0, 0, 3, 0, 0])));
  assertEquals(stranger.indices.length, 6 + 0 + 3);
});

Deno.test("a scale has mean 0 and deviation 1, keeps the order, and can be read backwards", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: -1e5, max: 1e5 }), { minLength: 2, maxLength: 30 }),
    (numbers) => {
      const list = numbers.map((number) => number / 100);
      const scale = new Scale(Float64Array.from(list));
      const { values } = scale;
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      assertAlmostEquals(mean, 0, 1e-9);
      if (Math.max(...list) - Math.min(...list) > 1e-3) assertAlmostEquals(square, 1, 1e-6);
      const order = [...list.keys()].sort((a, b) => list[a]! - list[b]!);
      order.slice(1).forEach((i, k) => {
        assert(values[i]! >= values[order[k]!]! - 1e-9);
      });
      list.forEach((value, i) => assertAlmostEquals(scale.valueAt(values[i]!), value, 1e-6));
    },
  ));
});

Deno.test("a network that did not learn does not flatten the others", () => {
  const good = [70, 71, 72, 73];
  const apart = (values: number[]) => {
    const { values: scaled } = new Scale(Float64Array.from(values));
    return scaled[3]! - scaled[2]!;
  };
  // Standardised as they are, 73 and 72 would be 0.04 apart.
  assert(apart([...good, 1]) > 0.25);
});
