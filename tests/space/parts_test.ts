import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import {
  choice,
  defineSpace,
  nasBench201,
  oneOf,
  type Part,
  product,
  repeat,
  sampleByDecision,
  type SearchSpace,
  spaceContract,
  spacePart,
  subset,
  subspace,
  walk,
} from "naskit/space/mod.ts";
import { trees } from "./part_trees.ts";

function spaceOf<T>(part: Part<T>): SearchSpace<T> {
  return defineSpace({
    name: "parts",
    part,
    lower: () => {
      const net = new GraphBuilder([4, 4, 1]);
      return net.build(net.add("conv", { op: "conv", kernel: 1, channels: 1 }, net.input));
    },
  });
}

Deno.test("a tree of parts has exactly the values that counting by hand gives", () => {
  fc.assert(
    fc.property(trees(fc), ({ part, values }) => {
      const found = [...spaceOf(part).enumerate()].map((value) => JSON.stringify(value));
      assertEquals(part.size, BigInt(values.length));
      assertEquals(found.toSorted(), values.toSorted());
    }),
    { numRuns: 200, seed: 5 },
  );
});

Deno.test("a space of any tree of parts keeps the contract", async () => {
  await fc.assert(
    fc.asyncProperty(trees(fc, 40), async ({ part }) => {
      await spaceContract(spaceOf(part), { runs: 5 });
    }),
    { numRuns: 60, seed: 6 },
  );
});

Deno.test("a choice nobody can see is not counted: a block beyond the depth has one form", () => {
  const block = product({ kernel: choice([3, 5, 7]), expansion: choice([3, 4, 6]) });
  const net = product(Array(5).fill(repeat(block, { counts: [2, 3, 4] })) as Part<unknown>[]);
  assertEquals(net.size, 21_758_655_492_572_485_851n);
  assertEquals(net.decisions.length, 5 * (1 + 4 * 2));
  assertEquals(net.decisions[11]?.name, "2 1 expansion");
});

Deno.test("decisions are named by the way to them", () => {
  const part = product({
    stage: repeat(oneOf({ conv: product({ kernel: choice([1, 3]) }), skip: choice([null]) }), {
      counts: [1, 2],
    }),
    inputs: subset([0, 1]),
  });
  assertEquals(part.decisions.map(({ name }) => name), [
    "stage count",
    "stage 1 kind",
    "stage 1 conv kernel",
    "stage 2 kind",
    "stage 2 conv kernel",
    "inputs 0",
    "inputs 1",
  ]);
});

Deno.test("paths on a grid are counted without listing them", () => {
  const levels = ["1/4", "1/8", "1/16", "1/32"];
  const path = walk({
    decisions: Array.from({ length: 11 }, (_, i) => ({ name: `layer ${i + 2}`, options: levels })),
    start: 0,
    next: (level, to) => Math.abs(to - level) <= 1 ? to : undefined,
  });
  assertEquals(path.size, 28_657n);
  // Uniform over paths: the share of those that go down at once is a ratio of path counts.
  const space = spaceOf(path);
  const down = [...space.enumerate()].filter(([first]) => first === "1/8").length / 28_657;
  const rng = createRng("paths");
  let drawn = 0;
  for (let i = 0; i < 4000; i++) drawn += space.sample(rng)[0] === "1/8" ? 1 : 0;
  assert(Math.abs(drawn / 4000 - down) < 0.03);
  let byDecision = 0;
  for (let i = 0; i < 4000; i++) byDecision += sampleByDecision(space, rng)[0] === "1/8" ? 1 : 0;
  assert(Math.abs(byDecision / 4000 - 0.5) < 0.03 && Math.abs(down - 0.5) > 0.05);
});

Deno.test("neighbours come one by one, however many there are", () => {
  const space = spaceOf(repeat(choice([1, 2, 3, 4]), { counts: [1, 40] }));
  const [first] = space.neighbours([2]);
  assertEquals(first?.length, 40);
});

Deno.test("a value that is not a part's is refused with its place", () => {
  const space = spaceOf(product({
    width: choice([8, 16]),
    blocks: repeat(oneOf({ conv: product({ kernel: choice([3, 5]) }), skip: choice([null]) }), {
      counts: [1, 2],
    }),
    inputs: subset([0, 1, 2], { sizes: [2] }),
    way: walk({
      decisions: [{ name: "step", options: ["a", "b"] }],
      start: 0,
      next: (_, step) => step === 0 ? 0 : undefined,
    }),
  }));
  const good = {
    width: 8,
    blocks: [{ kind: "skip", value: null }],
    inputs: [0, 2],
    way: ["a"],
  };
  type Arch = Parameters<typeof space.encode>[0];
  const refuse = (change: object, message: string) =>
    assertThrows(
      () => space.toChoices({ ...good, ...change } as unknown as Arch),
      TypeError,
      message,
    );
  space.toChoices(good as Arch);
  refuse({ width: 12 }, "width: must be one of 8, 16, got 12");
  refuse({ other: 1 }, "must be an object of width, blocks, inputs, way, got");
  refuse({ blocks: [] }, "blocks: must be an array of 1 or 2, got []");
  refuse({ blocks: [{ kind: "pool", value: 1 }] }, "blocks: 0: must be { kind, value } of kind");
  refuse(
    { blocks: [{ kind: "conv", value: { kernel: 4 } }] },
    "blocks: 0: conv: kernel: must be one of 3, 5, got 4",
  );
  refuse({ inputs: [0, 1, 2] }, "inputs: must be 2 of 0, 1, 2 in this order, got [0,1,2]");
  refuse({ inputs: [2, 0] }, "in this order");
  refuse({ way: ["b"] }, 'way: step must be one of a, got "b"');
  refuse({ way: [] }, "way: must be an array of 1");
});

Deno.test("parts that make no sense are refused", () => {
  assertThrows(() => choice([]), RangeError, "options must be one or more different values");
  assertThrows(() => choice([1, "1", 1]), RangeError, "different values");
  assertThrows(() => subset(["a"], { sizes: [2] }), RangeError, "sizes must be whole numbers");
  assertThrows(() => subset([]), RangeError, "options must be");
  assertThrows(() => repeat(choice([1, 2]), { counts: [2, 1] }), RangeError, "counts must be");
  assertThrows(() => repeat(choice([1, 2]), { counts: [] }), RangeError, "counts must be");
  assertThrows(() => product({}), RangeError, "got no parts");
  assertThrows(() => oneOf({}), RangeError, "got no alternatives");
  const decisions = [{ name: "step", options: ["a"] }];
  assertThrows(
    () => walk({ decisions, start: 0, next: () => undefined }),
    RangeError,
    "no choices lead to the end",
  );
});

Deno.test("a space of one architecture cannot mutate it", async () => {
  const space = spaceOf(product({ width: choice([8]) }));
  assertEquals([space.size, space.decisions], [1n, []]);
  await spaceContract(space, { runs: 3 });
  assertThrows(() => space.mutate({ width: 8 }, createRng(0)), RangeError, "single architecture");
  assertEquals(space.mutate({ width: 8 }, createRng(0), 0.5), { width: 8 });
});

Deno.test("spaces are parts: of products, of repeats, with decisions that depend on one another", async () => {
  const deep = spaceOf(repeat(choice([1, 2, 3]), { counts: [1, 2] }));
  const some = subspace(deep, [[1], [2, 3], [2, 2], [3, 1]], { name: "four" });
  const both = product({ deep: spacePart(deep), some: spacePart(some), last: choice([0, 1]) });
  assertEquals(both.size, 12n * 4n * 2n);
  await spaceContract(spaceOf(both), { runs: 30 });
  await spaceContract(spaceOf(repeat(spacePart(deep), { counts: [1, 2] })), { runs: 30 });
  const cells = spaceOf(product([spacePart(nasBench201()), oneOf({ a: spacePart(deep) })]));
  await spaceContract(cells, { runs: 20 });
  assertEquals(cells.decisions[1]?.name, "1 edge 0→2");
});

Deno.test("a space that is a part says what it refuses, and where", () => {
  const space = spaceOf(product({ cell: spacePart(nasBench201()), width: choice([1, 2]) }));
  const arch = space.sample(createRng("part"));
  assertThrows(
    () => space.toChoices({ ...arch, cell: ["?", ...arch.cell.slice(1)] as typeof arch.cell }),
    TypeError,
    "cell: must be an architecture of nas-bench-201",
  );
});
