import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import {
  type DartsArch,
  dartsCell,
  dartsCellClass,
  dartsCells,
  dartsGenotype,
  dartsGenotypes,
  dartsPrimitives,
  parseDartsGenotype,
  printDartsGenotype,
  spaceContract,
} from "naskit/space/mod.ts";
import { assertRuns } from "../support/runs.ts";

const space = dartsCells();
const small = dartsCells({ channels: 2, cells: 3, size: 8, inputChannels: 1, classes: 3 });

/** Published as P-DARTS (Chen et al. 2019). */
const pDarts = parseDartsGenotype(
  `PDARTS = Genotype(normal=[('skip_connect', 0), ('dil_conv_3x3', 1), ('skip_connect', 0),
     ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3', 0),
     ('dil_conv_5x5', 4)], normal_concat=range(2, 6), reduce=[('avg_pool_3x3', 0),
     ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2), ('max_pool_3x3', 0),
     ('dil_conv_3x3', 1), ('dil_conv_3x3', 1), ('dil_conv_5x5', 3)], reduce_concat=range(2, 6))`,
);

Deno.test("DARTS cells keep the contract of a space", async () => {
  await spaceContract(small, { runs: 8 });
  // All 49 * 49 networks of cells of one node.
  await spaceContract(
    dartsCells({ nodes: 1, channels: 1, cells: 1, size: 4, inputChannels: 1 }),
    { runs: 4 },
  );
});

Deno.test("there are 1,037,664,180 DARTS cells", () => {
  // By node: pairs of inputs, then an operation for each.
  const each = [2n, 3n, 4n, 5n].map((inputs) => (inputs * (inputs - 1n) / 2n) * 7n ** 2n);
  const cells = each.reduce((a, b) => a * b);
  assertEquals(cells, 1_037_664_180n);
  assertEquals(space.size, cells ** 2n);
});

Deno.test("parameters are those of the published networks, and MACs as published", () => {
  const costs = (arch: DartsArch) => cost(space.lower(arch));
  // What the released code prints for them: param size = 3.349342MB; P-DARTS' count is by others.
  assertEquals(costs(dartsGenotypes.DARTS_V2).params, 3_349_342);
  assertEquals(costs(pDarts).params, 3_433_798);
  assertEquals(Math.round(costs(dartsGenotypes.DARTS_V2).macs / 1e6), 528);
  assertEquals((costs(dartsGenotypes.DARTS_V1).params / 1e6).toFixed(1), "3.2");
});

Deno.test("sizes halve and channels double a third and two thirds of the way", () => {
  const shapes = inferShapes(dartsCells({ channels: 8, cells: 6 }).lower(pDarts));
  const outputs = [0, 1, 2, 3, 4, 5].map((cell) => shapes.get(`cell${cell}.concat`));
  assertEquals(outputs, [
    [32, 32, 32],
    [32, 32, 32],
    [16, 16, 64],
    [16, 16, 64],
    [8, 8, 128],
    [8, 8, 128],
  ]);
});

Deno.test("random DARTS networks train on small images, odd sizes and few cells included", () => {
  const rng = createRng("darts");
  for (const [size, cells] of [[8, 3], [5, 2], [16, 1], [1, 4]] as const) {
    const space = dartsCells({ channels: 2, cells, size, inputChannels: 1, classes: 3 });
    assertRuns(space.lower(space.sample(rng)));
  }
});

Deno.test("published notation and canonical text are read and written", () => {
  const arches = fc.integer().map((seed) => space.sample(createRng(String(seed))));
  fc.assert(
    fc.property(arches, (arch) => {
      assertEquals(parseDartsGenotype(printDartsGenotype(arch)), arch);
      assertEquals(space.decode(space.encode(arch)), arch);
    }),
    { seed: 1, numRuns: 50 },
  );
  assertEquals(
    space.encode(dartsGenotypes.DARTS_V2).split(" reduce ")[0],
    "normal |sep_conv_3x3~0|sep_conv_3x3~1|+|sep_conv_3x3~0|sep_conv_3x3~1|+" +
      "|skip_connect~0|sep_conv_3x3~1|+|skip_connect~0|dil_conv_3x3~2|",
  );
});

Deno.test("a malformed genotype is refused with the reason", () => {
  const good = printDartsGenotype(dartsGenotypes.DARTS_V1);
  const cases: [string, string][] = [
    ["", "expected Genotype("],
    [good.replace("reduce=", "reduction="), "expected Genotype("],
    [good.replace("('sep_conv_3x3', 0), ", ""), "normal must be a list of ('op', input)"],
    [
      good.replace("'sep_conv_3x3'", "'none'"),
      "normal node 1 must have operations of max_pool_3x3",
    ],
    [good.replace("('sep_conv_3x3', 0)", "('sep_conv_3x3', 2)"), "read values up to 1, got 2"],
    [
      good.replace("('sep_conv_3x3', 0)", "('sep_conv_3x3', 1)"),
      "two different values, got 1 twice",
    ],
    [good.replace("[2, 3, 4, 5]", "range(3, 6)"), "normal_concat must list all nodes, 2, 3, 4, 5"],
  ];
  for (const [text, reason] of cases) {
    assertThrows(() => parseDartsGenotype(text), SyntaxError, reason);
  }
  const text = small.encode(dartsGenotypes.DARTS_V1);
  const texts: [string, string][] = [
    [text.replace("normal ", "normal: "), 'expected "normal <cell> reduce <cell>"'],
    [text.replace("~1|+", "~1+"), "normal node 1 must be like |op~0|op~1|"],
    [text.replace("|sep_conv_3x3~0|sep_conv_3x3~1|", "|sep_conv_3x3~1|sep_conv_3x3~0|"), "written"],
    [text.replace(/\+[^+]+$/, ""), "reduce must have 4 nodes"],
  ];
  for (const [text, reason] of texts) {
    assertThrows(() => small.decode(text), SyntaxError, reason);
  }
  assertThrows(() => dartsCells({ cells: 0 }), RangeError, "cells must be a positive whole number");
});

/** Logits of a cell of four nodes, drawn evenly. */
function randomLogits(seed: string): number[][] {
  const rng = createRng(seed);
  return Array.from({ length: 14 }, () => dartsPrimitives.map(() => 4 * rng() - 2));
}

/** The two edges of each node and their ops, by trying all pairs. */
function bestPairs(rows: readonly (readonly number[])[]): unknown {
  const weight = (row: readonly number[], op: number) =>
    Math.exp(row[op]!) / row.reduce((sum, logit) => sum + Math.exp(logit), 0);
  let first = 0;
  return [2, 3, 4, 5].map((count) => {
    const tops = rows.slice(first, first += count).map((row) => {
      const weights = [1, 2, 3, 4, 5, 6, 7].map((op) => weight(row, op));
      const top = Math.max(...weights);
      return { top, op: dartsPrimitives[1 + weights.indexOf(top)] };
    });
    let best = { sum: -1, node: {} };
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        const sum = tops[a]!.top + tops[b]!.top;
        const node = { inputs: [a, b], ops: [tops[a]!.op, tops[b]!.op] };
        if (sum > best.sum) best = { sum, node };
      }
    }
    return best.node;
  });
}

Deno.test("the top-2 rule keeps the two edges that weigh most, each with its best op", () => {
  for (let i = 0; i < 30; i++) {
    const [normal, reduce] = [randomLogits(`n${i}`), randomLogits(`r${i}`)];
    const arch = dartsGenotype({ normal, reduce });
    assertEquals(arch as unknown, { normal: bestPairs(normal), reduce: bestPairs(reduce) });
    assertEquals(space.fromChoices(space.toChoices(arch)), arch);
  }
});

Deno.test("a genotype has 8 edges, 2 a node, from different values before it, none of none", () => {
  const { normal } = dartsGenotype({ normal: randomLogits("a"), reduce: randomLogits("b") });
  assertEquals(normal.flatMap(({ ops }) => ops).length, 8);
  normal.forEach(({ inputs: [a, b], ops }, node) => {
    assert(0 <= a && a < b && b < node + 2);
    assert(!(ops as readonly string[]).includes("none"));
  });
});

Deno.test("none is never chosen, but has a say in which edges are kept", () => {
  const rows = Array.from({ length: 14 }, () => dartsPrimitives.map(() => 0));
  const sep = dartsPrimitives.indexOf("sep_conv_3x3");
  // Node 2 reads 0, 1 and 2: the first two have the larger logits.
  rows[2]![sep] = 2;
  rows[3]![sep] = 2;
  rows[4]![sep] = 1;
  const inputs = () => dartsGenotype({ normal: rows, reduce: rows }).normal[1];
  assertEquals(inputs(), { inputs: [0, 1], ops: ["sep_conv_3x3", "sep_conv_3x3"] });
  // A large "none" takes its edge's weight away; the ops stay what they were.
  rows[3]![0] = 8;
  assertEquals(inputs(), { inputs: [0, 2], ops: ["sep_conv_3x3", "sep_conv_3x3"] });
  for (let i = 0; i < 14; i++) rows[i]![0] = 20;
  const arch = dartsGenotype({ normal: rows, reduce: rows });
  assert(!JSON.stringify(arch).includes("none"));
});

Deno.test("of equals the earlier edge and the earlier op are kept", () => {
  const rows = Array.from({ length: 14 }, () => dartsPrimitives.map(() => 0.5));
  const node = { inputs: [0, 1], ops: ["max_pool_3x3", "max_pool_3x3"] };
  const { normal } = dartsGenotype({ normal: rows, reduce: rows });
  assertEquals(normal as unknown, [node, node, node, node]);
  assertNotEquals(dartsGenotype({ normal: rows, reduce: randomLogits("x") }).reduce, normal);
});

Deno.test("logits of another form are refused", () => {
  const rows = randomLogits("x");
  assertThrows(
    () => dartsGenotype({ normal: rows.slice(1), reduce: rows }),
    RangeError,
    "normal must have 2 + 3 + … rows, one for each edge, got 13",
  );
  assertThrows(
    () => dartsGenotype({ normal: rows, reduce: [...rows.slice(1), [0, 1]] }),
    RangeError,
    "reduce[13] must be 8 finite numbers, got [0, 1]",
  );
  assertThrows(() => dartsGenotype({ normal: [], reduce: rows }), RangeError, "got 0");
});

Deno.test("the drawing of a cell has all its edges, and its nodes lead to the output", () => {
  const { nodes, edges } = dartsCell(dartsGenotypes.DARTS_V2.normal);
  assertEquals(nodes.map(({ label }) => label), [
    "cell k−2",
    "cell k−1",
    "node 1",
    "node 2",
    "node 3",
    "node 4",
    "concat",
  ]);
  assertEquals(edges.length, 8 + 4);
  assertEquals(edges[7], { from: "2", to: "5", label: "dil_conv_3x3" });
  assertEquals(edges[11], { from: "5", to: "output", label: "" });
});

Deno.test("cells of two nodes are one class in both orders, where both read the inputs alone", () => {
  const cells = dartsCells({ nodes: 2 });
  const classes = new Set<string>();
  let count = 0;
  for (let first = 0; first < 49; first++) {
    for (let second = 0; second < 3 * 49; second++) {
      const normal = [first / 7, first % 7, second / 49, second % 49 / 7, second % 7].map(
        Math.floor,
      );
      classes.add(dartsCellClass(cells.fromChoices([...normal, 0, 0, 0, 0, 0]).normal));
      count++;
    }
  }
  // Two nodes of the inputs in no order, or a second node that reads the first.
  assertEquals([count, classes.size], [49 * 147, 49 * 50 / 2 + 49 * 2 * 49]);
});
