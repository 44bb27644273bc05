import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import { nasBench201, nasBench201Class, spaceContract } from "naskit/space/mod.ts";
import { publishedTable } from "../support/data_folder.ts";

const space = nasBench201();

Deno.test("NAS-Bench-201 keeps the contract of a space", async () => {
  await spaceContract(nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }));
});

Deno.test("with fewer operations it is the smaller space, of the same networks", async () => {
  const skeleton = { channels: 4, cellsPerStage: 1, size: 8 };
  const operations = ["none", "nor_conv_3x3"] as const;
  const small = nasBench201({ ...skeleton, operations });
  await spaceContract(small, { runs: 30 });
  const [whole, archs] = [nasBench201(skeleton), [...small.enumerate()]];
  assertEquals(archs.length, 64);
  for (const arch of archs) {
    assertEquals(whole.decode(small.encode(arch)), arch);
    assertEquals(small.lower(arch), whole.lower(arch));
  }
  assertThrows(
    () => small.decode(whole.encode(whole.fromChoices([0, 3, 0, 4, 0, 0]))),
    SyntaxError,
    'edge 0→3 must be one of none, nor_conv_3x3, got "avg_pool_3x3"',
  );
  for (const bad of [[], ["nor_conv_3x3", "none"], ["none", "none"], ["conv"]]) {
    assertThrows(
      () => nasBench201({ operations: bad as unknown as typeof operations }),
      RangeError,
      "operations must be some of",
    );
  }
});

Deno.test("the benchmark's strings are read and written", () => {
  const text =
    "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|";
  const arch = space.decode(text);
  assertEquals(arch, [
    "nor_conv_3x3",
    "nor_conv_1x1",
    "avg_pool_3x3",
    "skip_connect",
    "nor_conv_3x3",
    "none",
  ]);
  assertEquals(space.encode(arch), text);
});

Deno.test("a malformed string is refused with the place and the reason", () => {
  const cases: [string, string][] = [
    ["", "expected 3 nodes"],
    ["|none~0|+|none~0|none~1|", 'expected 3 nodes with "+" between, got 2'],
    ["none~0+|none~0|none~1|+|none~0|none~1|none~2|", "node 1 must stand between bars"],
    ["|none~0|+|none~0|+|none~0|none~1|none~2|", "node 2 has 2 inputs, got 1"],
    ["|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|", "edge 0→1 must be one of none"],
    ["|none~0|+|none~0|none~0|+|none~0|none~1|none~2|", 'edge 1→2 must end in "~1"'],
    ["|none~0|+|none~0|none~1|+|none~0|none~1|none~2| ", "node 3 must stand between bars"],
  ];
  for (const [text, reason] of cases) assertThrows(() => space.decode(text), SyntaxError, reason);
});

Deno.test("uniqueness classes are 6,466, and merge what is the same network", () => {
  const classes = new Set<string>();
  for (const arch of space.enumerate()) classes.add(nasBench201Class(arch));
  assertEquals(classes.size, 6_466);
  const classOf = (...ops: number[]) => nasBench201Class(space.fromChoices(ops));
  // A conv after a skip is the conv itself, whichever way round.
  assertEquals(classOf(1, 0, 3, 0, 0, 1), classOf(3, 0, 1, 0, 0, 1));
  assertNotEquals(classOf(1, 0, 3, 0, 0, 1), classOf(1, 0, 2, 0, 0, 1));
});

Deno.test({
  name: "uniqueness classes partition as the published table does",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: () => {
    const [header, ...rows] = Deno.readTextFileSync(publishedTable("nasbench201.csv") as string)
      .trim().split("\n").map((line) => line.split(","));
    const names = header as string[];
    const id = names.indexOf("unique_id_6466_computed");
    const pairs = new Set<string>();
    const ours = new Set<string>();
    const theirs = new Set<string>();
    for (const row of rows) {
      const mine = nasBench201Class(space.decode(row[names.indexOf("arch")] as string));
      ours.add(mine);
      theirs.add(row[id] as string);
      pairs.add(`${mine} ${row[id]}`);
    }
    assertEquals([ours.size, theirs.size, pairs.size], [6_466, 6_466, 6_466]);
  },
});

Deno.test("lowering scales with width, depth, input and classes", () => {
  const graph = nasBench201({
    channels: 5,
    cellsPerStage: 2,
    size: 12,
    inputChannels: 1,
    classes: 7,
  }).lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
  const shapes = inferShapes(graph);
  assertEquals(shapes.get("stage0.cell1.node3"), [12, 12, 5]);
  assertEquals(shapes.get("stage1.cell1.node3"), [6, 6, 10]);
  assertEquals(shapes.get("stage2.cell1.node3"), [3, 3, 20]);
  assertEquals(shapes.get(graph.output), [7]);
  assertEquals(graph.nodes.filter(({ op }) => op === "conv").length, 1 + 6 * 2 * 3 + 3 * 2);
});

Deno.test("samples are uniform over the operations of every edge", () => {
  const rng = createRng("uniform");
  const counts = space.decisions.map(() => new Map<string, number>());
  for (let i = 0; i < 5_000; i++) {
    space.sample(rng).forEach((op, edge) => {
      const tally = counts[edge] as Map<string, number>;
      tally.set(op, (tally.get(op) ?? 0) + 1);
    });
  }
  // Chi-squared with 4 degrees of freedom: 23.5 is passed once in 10,000 times.
  for (const tally of counts) {
    const chi = [...tally.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    assertEquals(tally.size === 5 && chi < 23.5, true);
  }
});

Deno.test("options out of range are refused", () => {
  assertThrows(() => nasBench201({ channels: 0 }), RangeError, "channels must be a positive whole");
  assertThrows(() => nasBench201({ size: 8.5 }), RangeError, "size must be a positive whole");
});
