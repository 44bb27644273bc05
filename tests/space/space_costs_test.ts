import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cost, type CostOptions, float32Energy } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import {
  type Block,
  cellOps,
  choice,
  dartsCells,
  defineSpace,
  lectureCells,
  lowerChain,
  mobileNetwork,
  nasBench201,
  repeat,
  type SearchSpace,
  spaceContract,
  spaceCosts,
} from "naskit/space/mod.ts";

function totals<A>(space: SearchSpace<A>, arch: A, countBias = true) {
  const { nodes: _, ...rest } = cost(space.lower(arch), { countBias });
  return rest;
}

Deno.test("costs by blocks are those of the whole graph, for every ninth NAS-Bench-201 cell", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 3, size: 8 });
  const costsOf = spaceCosts(space);
  const without = spaceCosts(space, { countBias: false });
  let index = 0;
  for (const arch of space.enumerate()) {
    const found = costsOf(arch);
    if (index++ % 9 !== 0) continue;
    assertEquals(found, totals(space, arch));
    assertEquals(without(arch), totals(space, arch, false));
  }
});

Deno.test("costs by blocks are those of the whole graph by every convention", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 3, size: 8 });
  const mobile = mobileNetwork({ resolutions: [20, 28], widths: [0.5, 1] });
  const conventions: CostOptions[] = [
    { inPlace: false },
    { inPlaceDepthwise: true },
    { rule: "mcunet", bytesPerElement: 2 },
    { bytesPerWeight: 0.5, bytesPerScale: 4, energy: float32Energy },
  ];
  for (const options of conventions) {
    const [costsOf, mobileCostsOf] = [spaceCosts(space, options), spaceCosts(mobile, options)];
    const rng = createRng("conventions");
    for (let i = 0; i < 150; i++) {
      const arch = space.sample(rng);
      const { nodes: _, ...expected } = cost(space.lower(arch), options);
      assertEquals(costsOf(arch), expected);
      const other = mobile.sample(rng);
      const { nodes: __, ...mobileExpected } = cost(mobile.lower(other), options);
      assertEquals(mobileCostsOf(other), mobileExpected);
    }
  }
});

Deno.test("costs by blocks of DARTS' and the lecture's cells are those of the whole graphs", () => {
  const small = { channels: 4, size: 9, inputChannels: 2 };
  const lecture = { blocks: 3, stages: 2, ...small };
  const conventions: CostOptions[] = [
    {},
    { inPlace: false, countBias: false },
    { inPlaceDepthwise: true, bytesPerWeight: 0.5 },
    { rule: "mcunet", bytesPerElement: 2, energy: float32Energy },
  ];
  const check = <A>(space: SearchSpace<A>) => {
    for (const options of conventions) {
      const costsOf = spaceCosts(space, options);
      const rng = createRng("cells");
      for (let i = 0; i < 60; i++) {
        const arch = space.sample(rng);
        const { nodes: _, ...expected } = cost(space.lower(arch), options);
        assertEquals(costsOf(arch), expected);
      }
    }
  };
  check(dartsCells({ nodes: 3, cells: 8, ...small }));
  check(lectureCells({ cellsPerStage: 4, ...lecture }));
  check(lectureCells({ inputs: "blocks", ops: cellOps, ...lecture }));
});

Deno.test("a cell may have any number of nodes alive", () => {
  const space = dartsCells({ nodes: 40, cells: 2, channels: 1, size: 4 });
  const arch = space.sample(createRng("many"));
  assertEquals(spaceCosts(space)(arch), totals(space, arch));
});

Deno.test("costs by blocks do not depend on what was counted before", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 4, size: 8 });
  const rng = createRng("order");
  for (let i = 0; i < 40; i++) {
    const arch = space.sample(rng);
    assertEquals(spaceCosts(space)(arch), totals(space, arch));
  }
});

/** A chain of convolutions, each of which also reads the value before the last. */
function dense(forget: boolean): SearchSpace<readonly number[]> {
  return defineSpace<readonly number[]>({
    name: "dense",
    part: repeat(choice([1, 3]), { counts: [1, 2, 3, 4] }),
    chain: (kernels) => ({
      input: [6, 6, 2],
      blocks: kernels.map((kernel, i): Block => ({
        name: `layer${i}`,
        key: forget ? "layer" : `layer ${kernel}, ${i + 1 === kernels.length}`,
        add: (net, values) => {
          const last = values.at(-1) as string;
          const x = net.add(`layer${i}.conv`, { op: "conv", kernel, channels: 2 }, last);
          const sum = net.add(`layer${i}.sum`, { op: "add" }, x, values[0] as string);
          return i + 1 === kernels.length ? [sum] : [last, sum];
        },
      })),
    }),
  });
}

Deno.test("several values may be alive between two blocks", async () => {
  await spaceContract(dense(false));
});

Deno.test("spaceContract() finds a block's key that forgets", async () => {
  await assertRejects(
    () => spaceContract(dense(true)),
    Error,
    "what a network costs follows from its blocks",
  );
});

Deno.test("costs of a space without blocks are those of its graphs", () => {
  const { chain: _, ...space } = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
  const arch = space.sample(createRng("graph"));
  assertEquals(spaceCosts(space)(arch), totals(space, arch));
});

Deno.test("a chain must end in one value", () => {
  assertThrows(() => lowerChain({ input: [2, 2, 1], blocks: [split] }), RangeError, "one value");
});

const split: Block = { name: "split", key: "split", add: (_, [x]) => [x as string, x as string] };
