import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { choicesOf, type Graph } from "naskit/graph/mod.ts";
import { compile, type CompileOptions } from "naskit/model/mod.ts";
import {
  dartsCells,
  dartsGenotype,
  dartsPrimitives,
  enasMacro,
  mobileNetwork,
  type MobileSkeleton,
  mobileSkeletons,
  nasBench201,
  nasBenchMacro,
  type Path,
  type SearchSpace,
} from "naskit/space/mod.ts";
import { discretise, inheritWeights, pathGates, supernetOf } from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";
import { randomGraph } from "../support/random_graph.ts";
import { assertSameGraph } from "./support/same_graph.ts";

const skeleton: MobileSkeleton = {
  ...mobileSkeletons.small,
  resolution: 8,
  stem: { channels: 4, stride: 1, activation: "relu" },
  stages: [
    {
      channels: [4],
      stride: 1,
      depths: [1, 3],
      kernels: [3],
      expansions: [1, 2],
      activation: "relu",
    },
    { channels: [8], stride: 2, depths: [1], kernels: [3], expansions: [2], activation: "hswish" },
    {
      channels: [8],
      stride: 2,
      depths: [1, 2],
      kernels: [3, 5],
      expansions: [2, 3],
      activation: "hswish",
      squeeze: "expanded",
    },
  ],
};

const spaces = {
  "NAS-Bench-201": nasBench201({ channels: 4, cellsPerStage: 2, size: 8 }),
  "NAS-Bench-201 with fewer operations": nasBench201({
    channels: 4,
    cellsPerStage: 1,
    size: 8,
    operations: ["skip_connect", "nor_conv_3x3"],
  }),
  "DARTS": dartsCells({ channels: 4, cells: 3, size: 9 }),
  "DARTS with one node": dartsCells({ nodes: 1, channels: 4, cells: 3, size: 8 }),
  "NAS-Bench-Macro": nasBenchMacro({ channels: 4, headChannels: 16, size: 8 }),
  "mobile networks": mobileNetwork({ skeleton }),
};

for (const [name, space] of Object.entries(spaces) as [string, SearchSpace<unknown>][]) {
  const supernet = supernetOf(space, { affine: true });

  Deno.test(`the network of a path of ${name} is that of its architecture`, () => {
    assertEquals(
      [...choicesOf(supernet.graph)],
      supernet.choices.map(({ name, options }) => [name, options.length]),
    );
    const rng = createRng(name);
    for (let i = 0; i < 60; i++) {
      const arch = space.sample(rng), path = supernet.pathOf(arch);
      const graph = discretise(supernet.graph, path), expected = space.lower(arch);
      assertSameGraph(graph, expected);
      for (const what of ["params", "macs"] as const) {
        assertEquals(cost(graph)[what], cost(expected)[what], `${what} of ${space.encode(arch)}`);
      }
      assertEquals(supernet.archOf(pathGates(supernet.graph, path)), arch);
    }
  });

  Deno.test(`another thread makes the same space of ${name}, and its architectures take the same paths`, async () => {
    const { module, factory, args } = structuredClone(space.recipe!);
    const made: SearchSpace<unknown> = (await import(module))[factory](...args);
    assertEquals([made.name, made.size], [space.name, space.size]);
    const { graph, pathOf } = supernetOf(made, { affine: true });
    assertEquals(graph, supernet.graph);
    for (let i = 0; i < 5; i++) {
      const arch = space.sample(createRng(i));
      assertEquals([...pathOf(arch)], [...supernet.pathOf(arch)]);
    }
  });

  Deno.test(`a path of the supernet of ${name} and its own network return the same numbers`, () => {
    const { graph, pathOf } = supernetOf(space);
    const rng = createRng(name), batch = batchFor(graph, 3, name, 10);
    const plan = compile(graph, { batch: 3 });
    plan.initialise({ rng: createRng("weights") });
    for (let i = 0; i < 6; i++) {
      const path = pathOf(space.sample(rng));
      plan.setGates(pathGates(graph, path));
      const single = compile(discretise(graph, path), { batch: 3 });
      inheritWeights(single, plan);
      for (const options of [{ statistics: "batch", updateStatistics: true }, {}] as const) {
        const expected = single.forward(batch.images, options);
        assertEquals(plan.forward(batch.images, options), expected);
      }
      single.dispose();
    }
    plan.dispose();
  });
}

Deno.test("only norms that a gate weighs lose their scale and shift in cells", () => {
  const { graph } = supernetOf(spaces["NAS-Bench-201"]);
  const affine = (part: RegExp) =>
    new Set(
      graph.nodes.flatMap((node) =>
        node.op === "batchNorm" && part.test(node.name) ? [node.affine ?? true] : []
      ),
    );
  assertEquals([...affine(/^stage/)], [false]);
  assertEquals([...affine(/^(stem|reduce|head)/)], [true]);
  const layers = supernetOf(spaces["NAS-Bench-Macro"], { affine: false }).graph;
  const norms = layers.nodes.filter(({ op }) => op === "batchNorm");
  assertEquals(
    norms.every((node) =>
      node.op === "batchNorm" && node.affine === false === /^layer/.test(node.name)
    ),
    true,
  );
});

Deno.test("every path of a random supernet returns what its own network returns", () => {
  let paths = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const graph = randomGraph(createRng(seed), { nodes: 14, mixed: true });
      const choices = [...choicesOf(graph)];
      if (choices.length === 0) return;
      const options: CompileOptions = { batch: 2 };
      const plan = compile(graph, options), batch = batchFor(graph, 2, seed);
      plan.initialise({ rng: createRng(seed), init: "torchDefault" });
      const total = choices.reduce((product, [, inputs]) => product * inputs, 1);
      // All of them, or some dozen spread evenly.
      for (let number = 0; number < total; number += Math.ceil(total / 12)) {
        const path = pathOf(number, choices);
        plan.setGates(pathGates(graph, path));
        const single = compile(discretise(graph, path), options);
        inheritWeights(single, plan);
        const run = { statistics: "batch" } as const;
        assertEquals(plan.forward(batch.images, run), single.forward(batch.images, run));
        single.dispose();
        paths++;
      }
      plan.dispose();
    }),
    { numRuns: 100, seed: 11 },
  );
  assertEquals(paths > 200, true, `${paths} paths`);
});

/** The choices' places as the digits of a number. */
function pathOf(number: number, choices: readonly (readonly [string, number])[]): Path {
  return new Map(choices.map(([choice, inputs]) => {
    const place = number % inputs;
    number = Math.floor(number / inputs);
    return [choice, place];
  }));
}

Deno.test("the weights of a DARTS supernet are read as its published rule says", () => {
  const space = dartsCells({ channels: 4, cells: 3, size: 8 }), supernet = supernetOf(space);
  const rng = createRng("logits");
  const rows = () => Array.from({ length: 14 }, () => dartsPrimitives.map(() => rng.normal()));
  const logits = { normal: rows(), reduce: rows() };
  const all = [...logits.normal, ...logits.reduce];
  const weights = new Map(supernet.choices.map(({ name }, i) => {
    const exps = all[i]!.map(Math.exp), total = exps.reduce((a, b) => a + b);
    return [name, exps.map((each) => each / total)];
  }));
  assertEquals(supernet.archOf(weights), dartsGenotype(logits));
});

Deno.test("a stage of a mobile network has the depth that is most likely with its blocks", () => {
  const supernet = supernetOf(spaces["mobile networks"]);
  const names = supernet.choices.map(({ name, options }) => `${name}: ${options.join(" ")}`);
  assertEquals(names, [
    "stage 0 block 0: k3e1 k3e2",
    "stage 0 block 1: k3e1 k3e2 skip",
    "stage 0 block 2: k3e1 k3e2 skip",
    "stage 2 block 0: k3e2 k3e3 k5e2 k5e3",
    "stage 2 block 1: k3e2 k3e3 k5e2 k5e3 skip",
  ]);
  const weights = (second: number[], third: number[]) =>
    new Map([
      ["stage 0 block 0", [0.1, 0.9]],
      ["stage 0 block 1", second],
      ["stage 0 block 2", third],
      ["stage 2 block 0", [0, 0, 1, 0]],
      ["stage 2 block 1", [0.2, 0.2, 0.15, 0.2, 0.25]],
    ]);
  // A depth of 2 is not to be had: 0.5 * 0.3 for 3 blocks, 0.4 * 0.6 for 1.
  const short = supernet.archOf(weights([0.1, 0.5, 0.4], [0.1, 0.3, 0.6]));
  assertEquals(short.stages.map(({ blocks }) => blocks.length), [1, 1, 1]);
  const long = supernet.archOf(weights([0.1, 0.7, 0.2], [0.1, 0.3, 0.6]));
  assertEquals(long.stages[0]?.blocks.map(({ expansion }) => expansion), [2, 2, 2]);
});

Deno.test("what has no supernet is refused with the reason", () => {
  assertThrows(() => supernetOf(enasMacro()), TypeError, "cannot put its networks in one");
  assertThrows(
    () => supernetOf(mobileNetwork({ widths: [0.5, 1], skeleton })),
    RangeError,
    "widths must be decided, got 0.5, 1",
  );
  const { graph, choices, archOf } = supernetOf(spaces["NAS-Bench-201"]);
  const path = new Map(choices.map(({ name }) => [name, 0]));
  const without = (changes: (path: Map<string, number>) => void): Graph => {
    const changed = new Map(path);
    changes(changed);
    return discretise(graph, changed);
  };
  assertThrows(
    () => without((path) => path.set("edge 0→1", 5)),
    RangeError,
    'the path must take one of the 5 options of "edge 0→1", got 5',
  );
  assertThrows(() => without((path) => path.delete("edge 1→3")), RangeError, "got none");
  assertThrows(
    () => archOf(new Map([["edge 0→1", [1, 0]]])),
    RangeError,
    'weights of "edge 0→1" must be 5 numbers from 0, got [1, 0]',
  );
});

Deno.test("weights that are not there or of another size are not inherited", () => {
  const [small, large] = [4, 8].map((channels) =>
    compile(supernetOf(nasBench201({ channels, cellsPerStage: 1, size: 8 })).graph, { batch: 1 })
  ) as [ReturnType<typeof compile>, ReturnType<typeof compile>];
  assertThrows(() => inheritWeights(small, large), RangeError, "must have 108 numbers, got 216");
  const other = compile(
    nasBenchMacro({ channels: 4, headChannels: 8, size: 8 }).lower(Array(8).fill("identity")),
    { batch: 1 },
  );
  assertThrows(() => inheritWeights(other, small), RangeError, "layer0");
  for (const plan of [small, large, other]) plan.dispose();
});
