import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import {
  cellOps,
  countLectureCells,
  type LectureCell,
  lectureCell,
  lectureCellClass,
  lectureCells,
  type LectureCellsOptions,
  lectureSteps,
  spaceContract,
} from "naskit/space/mod.ts";
import { assertRuns } from "../support/runs.ts";

const tiny = { channels: 2, stages: 2, cellsPerStage: 1, size: 8, inputChannels: 1, classes: 3 };

Deno.test("lecture cells keep the contract of a space", async () => {
  const spaces: LectureCellsOptions[] = [
    { blocks: 2 },
    { blocks: 3, inputs: "blocks", shared: true },
    // Few enough to be counted.
    { blocks: 1, ops: ["conv_1x1", "skip_connect"] },
    { blocks: 2, ops: ["avg_pool_3x3"], inputs: "blocks", shared: true },
  ];
  for (const options of spaces) {
    await spaceContract(lectureCells({ ...tiny, ...options }), { runs: 6 });
  }
});

Deno.test("sizes are the lecture's count and NASNet's", () => {
  const counts = countLectureCells({ blocks: 5, ops: 5, combiners: 2 });
  assertEquals(counts.lecture, 200n ** 5n);
  assertEquals(counts.nasnet, 720n ** 2n * 50n ** 5n);
  assertEquals(Number(counts.lecture).toExponential(1), "3.2e+11");
  assertEquals(Number(counts.nasnet).toExponential(2), "1.62e+14");
  assertEquals(lectureCells({ shared: true }).size, counts.lecture);
  assertEquals(lectureCells().size, counts.lecture ** 2n);
  assertEquals(lectureCells({ inputs: "blocks", shared: true }).size, counts.nasnet);
  assertEquals(lectureCells({ inputs: "blocks" }).size, counts.nasnet ** 2n);
  assertThrows(() => countLectureCells({ ops: 0 }), RangeError, "ops must be a positive");
});

Deno.test("classes are the different networks, as many as counted", () => {
  const settings: LectureCellsOptions[] = [
    { blocks: 1, ops: ["conv_1x1", "skip_connect", "max_pool_3x3"] },
    { blocks: 2, ops: ["conv_1x1", "skip_connect"], combiners: ["add"] },
    { blocks: 3, ops: ["conv_1x1"] },
  ];
  for (const options of settings) {
    const space = lectureCells({ ...options, shared: true });
    const { lecture, lectureDistinct } = countLectureCells({
      blocks: options.blocks!,
      ops: options.ops!.length,
      combiners: options.combiners?.length ?? 2,
    });
    const classes = new Set([...space.enumerate()].map(({ normal }) => lectureCellClass(normal)));
    assertEquals([space.size, BigInt(classes.size)], [lecture, lectureDistinct]);
  }
});

Deno.test("the class of a cell sees which block reads which, however they are ordered", () => {
  const space = lectureCells({ blocks: 3, inputs: "blocks", combiners: ["add"], shared: true });
  const classOf = (text: string) => lectureCellClass(space.decode(text).normal);
  const conv = "add(sep_conv_3x3~0,sep_conv_3x3~1)";
  const pool = "add(max_pool_3x3~1,skip_connect~0)";
  const same = [
    `${conv}|${pool}|add(skip_connect~2,max_pool_3x3~3)`,
    `${pool}|${conv}|add(skip_connect~3,max_pool_3x3~2)`,
    `${pool.replace(/\((.*),(.*)\)/, "($2,$1)")}|${conv}|add(max_pool_3x3~2,skip_connect~3)`,
  ].map(classOf);
  assertEquals(new Set(same).size, 1);
  // One block that is read twice is not two equal blocks that are read once each.
  const once = classOf(`${conv}|${conv}|add(skip_connect~2,skip_connect~3)`);
  const twice = classOf(`${conv}|${conv}|add(skip_connect~2,skip_connect~2)`);
  assertEquals(new Set([once, twice, ...same]).size, 3);
});

Deno.test("decisions come in the controller's order, with the names of what may be read", () => {
  const { decisions } = lectureCells({ blocks: 2, inputs: "blocks" });
  const each = ["inputA", "inputB", "opA", "opB", "combine"];
  assertEquals(
    decisions.map(({ name }) => name),
    ["normal", "reduction"].flatMap((kind) =>
      [1, 2].flatMap((block) => each.map((name) => `${kind} ${block} ${name}`))
    ),
  );
  assertEquals(decisions[0]?.options, ["cell k−2", "cell k−1"]);
  assertEquals(decisions[6]?.options, ["cell k−2", "cell k−1", "block 1"]);
  assertEquals(decisions[4]?.options, ["add", "concat"]);
});

Deno.test("random networks of every op train on small images", () => {
  const rng = createRng("lecture");
  for (const size of [8, 16, 5]) {
    const space = lectureCells({ ...tiny, size, ops: cellOps, inputs: "blocks" });
    assertRuns(space.lower(space.sample(rng)));
  }
  for (const op of cellOps) {
    const space = lectureCells({ ...tiny, blocks: 1, ops: [op], shared: true });
    assertRuns(space.lower(space.sample(rng)));
  }
});

Deno.test("a block may read one value twice, and cells that nothing reads are left out", () => {
  const space = lectureCells({ ...tiny, stages: 3, blocks: 1 });
  for (const [input, expected] of [[0, [0, 2, 4]], [1, [0, 1, 2, 3, 4]]] as const) {
    for (const combine of ["add", "concat"] as const) {
      const cell: LectureCell = [{
        inputA: input,
        inputB: input,
        opA: "skip_connect",
        opB: "skip_connect",
        combine,
      }];
      const graph = space.lower({ normal: cell, reduction: cell });
      assertRuns(graph);
      const cells = graph.nodes.flatMap(({ name }) => /^cell(\d+)\.block/.exec(name)?.[1] ?? []);
      assertEquals([...new Set(cells)].map(Number), [...expected]);
      assertEquals(inferShapes(graph).get("head.relu"), [2, 2, 8]);
    }
  }
});

Deno.test("the blocks that no other reads are the output, side by side", () => {
  const space = lectureCells({ ...tiny, blocks: 3, inputs: "blocks", stages: 1 });
  const cell = (first: number) =>
    `add(skip_connect~0,skip_connect~1)|add(skip_connect~0,skip_connect~${first})|` +
    "add(max_pool_3x3~1,sep_conv_3x3~0)";
  const shape = (first: number) =>
    inferShapes(space.lower(space.decode(`${cell(first)};${cell(1)}`))).get("cell0.concat");
  assertEquals(shape(1), [8, 8, 6]);
  assertEquals(shape(2), [8, 8, 4]);
});

Deno.test("text is read and written", () => {
  const space = lectureCells({ inputs: "blocks" });
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const arch = space.sample(createRng(String(seed)));
      assertEquals(space.decode(space.encode(arch)), arch);
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("malformed text and options out of range are refused with the reason", () => {
  const space = lectureCells({ blocks: 2, ops: ["conv_3x3", "skip_connect"] });
  const block = "add(conv_3x3~0,skip_connect~1)";
  const good = `${block}|${block}`;
  const cases: [string, string][] = [
    ["", "block 1 must be like add("],
    [good, 'expected two cells with ";" between'],
    [`${good};${block}`, "reduction: must be an array of 2"],
    [`${good};${good};${good}`, 'expected two cells with ";" between'],
    [`${good};${block}|add(conv_3x3~0)`, "block 2 must be like add("],
    [`${good};${good.replace("conv_3x3", "conv_5x5")}`, "opA: must be one of conv_3x3"],
    [`${good};${good.replace("~1", "~2")}`, "inputB: must be one of cell k−2, cell k−1"],
    [`${good.replace("add", "max")};${good}`, "combine: must be one of add, concat"],
  ];
  for (const [text, reason] of cases) assertThrows(() => space.decode(text), SyntaxError, reason);
  const ops = (ops: readonly string[]) => () => lectureCells({ ops } as LectureCellsOptions);
  for (const bad of [[], ["conv_3x3", "conv_3x3"], ["conv_1x7"]]) {
    assertThrows(ops(bad), RangeError, "ops must be different ones of skip_connect");
  }
  assertThrows(() => lectureCells({ combiners: [] }), RangeError, "combiners must be");
  const inputs = "nodes" as "blocks";
  assertThrows(
    () => lectureCells({ inputs }),
    RangeError,
    "inputs must be different ones of cells",
  );
  assertThrows(() => lectureCells({ blocks: 0 }), RangeError, "blocks must be a positive");
});

Deno.test("the drawing of a cell joins its blocks to what they read, and the unread to the output", () => {
  const space = lectureCells({ blocks: 2, inputs: "blocks", shared: true });
  const { normal } = space.decode(
    "add(sep_conv_3x3~0,skip_connect~1)|concat(max_pool_3x3~2,avg_pool_3x3~2)",
  );
  const { nodes, edges } = lectureCell(normal);
  assertEquals(nodes.map(({ label }) => label), [
    "cell k−2",
    "cell k−1",
    "1: add",
    "2: concat",
    "concat",
  ]);
  assertEquals(edges, [
    { from: "0", to: "2", label: "sep_conv_3x3" },
    { from: "1", to: "2", label: "skip_connect" },
    { from: "2", to: "3", label: "max_pool_3x3" },
    { from: "2", to: "3", label: "avg_pool_3x3" },
    { from: "3", to: "output", label: "" },
  ]);
  assertStringIncludes(space.name, "shared");
});

Deno.test("the steps of a controller decide one thing each, in the order of the decisions", () => {
  const space = lectureCells({ blocks: 2, inputs: "blocks", shared: true });
  const { normal } = space.sample(createRng("steps"));
  const steps = lectureSteps(normal);
  assertEquals(steps.length, space.decisions.length);
  assertEquals(steps.at(-1), normal);
  steps.forEach((cell, i) => {
    const decided = cell.flatMap((block, at) =>
      Object.keys(block).map((key) => `${at + 1} ${key}`)
    );
    assertEquals(decided, space.decisions.slice(0, i + 1).map(({ name }) => name));
  });
  const drawn = steps.map((cell) => lectureCell(cell).edges.map(({ label }) => label));
  const [{ opA, opB }] = normal as unknown as [{ opA: string; opB: string }];
  assertEquals(drawn.slice(0, 4), [["?", ""], ["?", "?", ""], [opA, "?", ""], [opA, opB, ""]]);
});
