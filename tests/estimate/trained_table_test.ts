import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { TrainedTable } from "naskit/estimate/mod.ts";
import type { TableRow } from "naskit/estimate/table_rows.ts";
import {
  nasBench201,
  nasBench201Class,
  type NasBench201Op,
  nasBench201Ops,
  spaceContract,
} from "naskit/space/mod.ts";
import { spearman } from "naskit/stats/mod.ts";
import { madeUpRows, order, recipe, space } from "./support/made_up_table.ts";

Deno.test("rows are grouped by architecture, with means over the repeats", () => {
  const rows = madeUpRows(20, 5);
  const table = new TrainedTable(recipe, rows);
  assertEquals(table.entries.length, 20);
  table.entries.forEach((entry, index) => {
    const own = rows.filter((row) => row.index === index);
    const mean = (of: (row: TableRow) => number) =>
      own.map(of).reduce((a, b) => a + b) / own.length;
    assertEquals([entry.index, entry.arch, entry.runs.length], [index, order[index], own.length]);
    assertEquals([entry.params, entry.macs], [index, 2 * index]);
    assertAlmostEquals(entry.accuracy, mean((row) => row.validation[3]!), 1e-12);
    assertAlmostEquals(entry.validationAccuracy[1]!, mean((row) => row.validation[1]!), 1e-12);
    assertAlmostEquals(entry.testAccuracy, mean((row) => row.test), 1e-12);
    assertAlmostEquals(entry.seconds, mean((row) => row.seconds), 1e-12);
    entry.runs.forEach((run, repeat) => {
      const row = own.find((each) => each.repeat === repeat)!;
      assertEquals(run, {
        repeat,
        seed: `fashion-201/${index}/${repeat}`,
        accuracy: row.validation[3]!,
        testAccuracy: row.test,
        validationAccuracy: row.validation,
        seconds: row.seconds,
      });
    });
  });
});

Deno.test("an architecture is known by its class, in each of its forms", () => {
  const table = new TrainedTable(recipe, madeUpRows(300, 0));
  const classes = new Map(order.slice(0, 300).map((arch, i) => [nasBench201Class(arch), i]));
  let known = 0;
  for (const arch of space.enumerate()) {
    const index = classes.get(nasBench201Class(arch));
    assertEquals(table.has(arch), index !== undefined);
    if (index === undefined) continue;
    known++;
    const entry = table.get(arch);
    assertEquals(entry.index, index);
    assert(entry === table.get(space.encode(arch)));
    assert(entry === table.get(space.toChoices(arch).join("")));
  }
  assertEquals(table.known.size, BigInt(known));
  const rng = createRng("members");
  let arch = table.known.sample(rng);
  for (let i = 0; i < 50; i++) {
    arch = table.known.mutate(arch, rng);
    assert(table.has(arch));
  }
});

Deno.test("what is not known or no architecture is refused", () => {
  const table = new TrainedTable(recipe, madeUpRows(3, 0));
  assertThrows(
    () => table.get(order[3]!),
    RangeError,
    `Cannot look up ${space.encode(order[3]!)}: the table has 3 of 6466 networks and not this one`,
  );
  assertThrows(() => table.get("012345"), SyntaxError);
  assertThrows(() => table.has("|none~0|"), SyntaxError);
});

Deno.test("tables of nothing, of one row and of everything work", () => {
  const empty = new TrainedTable(recipe, []);
  assertEquals([empty.entries.length, empty.has(order[0]!)], [0, false]);
  assertEquals(empty.noise().architectures, 0);
  assert(Number.isNaN(empty.noise().accuracy.rankCorrelation));
  assertThrows(() => empty.known, RangeError, "it has no members");
  const one = new TrainedTable(recipe, madeUpRows(1, 0));
  assert(one.has(order[0]!));
  assert(Number.isNaN(one.noise().accuracy.betweenRuns));
  const all = new TrainedTable(recipe, madeUpRows(6_466, 200));
  assert(all.known === all.space);
  const { csv } = all.toJSON();
  assert(csv.length < 1_000_000, `${csv.length} bytes`);
  assertEquals(
    String(all),
    `6466 of 6466 networks of ${space.name}, 6866 trainings: 100 images of 16x16, 4 epochs`,
  );
});

Deno.test("a table survives JSON", () => {
  const table = new TrainedTable(recipe, madeUpRows(30, 10));
  const again = TrainedTable.from(JSON.parse(JSON.stringify(table)));
  assertEquals(again.entries, table.entries);
});

Deno.test("doubled and contradicting rows are refused", () => {
  const [row] = madeUpRows(1, 0) as [TableRow];
  assertThrows(
    () => new TrainedTable(recipe, [row, row]),
    RangeError,
    "repeat 0 of index 0 is there twice",
  );
  assertThrows(
    () => new TrainedTable(recipe, [row, { ...row, repeat: 1, params: row.params + 1 }]),
    RangeError,
    "the rows of index 0 are of other networks",
  );
  assertThrows(
    () => new TrainedTable(recipe, [row, { ...row, index: 1 }]),
    RangeError,
    "an architecture has two indices",
  );
});

Deno.test("noise is found again that was put in", () => {
  const rng = createRng("noise");
  const truth = order.slice(0, 2_000).map(() => 0.5 + 0.05 * rng.normal());
  const rows = truth.flatMap((middle, index) =>
    Array.from({ length: index % 2 === 0 ? 3 : 2 }, (_, repeat): TableRow => ({
      ...madeUpRow(index),
      repeat,
      validation: [0, 0, 0, middle + 0.02 * rng.normal()],
      test: middle,
    }))
  );
  const single = { ...madeUpRow(2_000), validation: [0, 0, 0, 1] };
  const noise = new TrainedTable(recipe, [...rows, single]).noise();
  assertEquals(noise.architectures, 2_000);
  assertAlmostEquals(noise.accuracy.betweenRuns, 0.02, 0.001);
  assertAlmostEquals(noise.accuracy.betweenArchitectures, 0.05, 0.002);
  assertAlmostEquals(noise.testAccuracy.betweenRuns, 0, 1e-9);
  assertAlmostEquals(noise.testAccuracy.rankCorrelation, 1, 1e-12);
  const column = (repeat: number, count: number) =>
    rows.filter((row) => row.repeat === repeat && (count < 3 || row.index % 2 === 0))
      .map((row) => row.validation[3]!);
  const pairs = [
    spearman(column(0, 2), column(1, 2)),
    spearman(column(0, 3), column(2, 3)),
    spearman(column(1, 3), column(2, 3)),
  ];
  assertAlmostEquals(
    noise.accuracy.rankCorrelation,
    pairs.reduce((a, b) => a + b) / 3,
    1e-12,
  );
  // Of normal scores with this share of true variance Pearson's is 0.862, Spearman's a little less.
  assertAlmostEquals(noise.accuracy.rankCorrelation, 0.85, 0.02);
});

function madeUpRow(index: number): TableRow {
  const operations = space.toChoices(order[index]!).join("");
  return {
    index,
    repeat: 0,
    operations,
    validation: [0, 0, 0, 0],
    test: 0,
    params: 1,
    macs: 1,
    seconds: 1,
  };
}

/** The table whose rows are those of the first 40 networks, and all that these operations make. */
function tableWithPart(operations: readonly NasBench201Op[]): TrainedTable {
  const classes = new Set(
    [...space.enumerate()]
      .filter((arch) => arch.every((op) => operations.includes(op)))
      .map((arch) => nasBench201Class(arch)),
  );
  const isPart = ({ index }: TableRow) => classes.has(nasBench201Class(order[index]!));
  const rows = madeUpRows(6_466, 0).filter((row) => row.index < 40 || isPart(row));
  return new TrainedTable(recipe, rows);
}

Deno.test("the sample ends at the first network that is missing", () => {
  const table = tableWithPart(["none", "nor_conv_1x1", "nor_conv_3x3"]);
  assert(table.entries.length > 100);
  const { sample } = table;
  const gap = sample.length;
  assert(gap >= 40);
  assertEquals(sample, table.entries.slice(0, gap));
  assert(!table.entries.some(({ index }) => index === gap));
  const start = new TrainedTable(recipe, madeUpRows(30, 0));
  assertEquals(start.sample, start.entries);
  const late = new TrainedTable(recipe, madeUpRows(30, 0).filter(({ index }) => index > 0));
  assertEquals(late.sample, []);
});

Deno.test("a complete part is a space of its own, with all of its cells and no other", async () => {
  const operations = ["skip_connect", "nor_conv_1x1", "nor_conv_3x3"] as const;
  const table = tableWithPart(operations);
  assertEquals(table.complete()[0], {
    operations,
    cells: 729,
    networks: new Set(
      [...nasBench201({ operations }).enumerate()].map((arch) => nasBench201Class(arch)),
    ).size,
    missing: 0,
  });
  const part = table.within({ operations });
  assert(part.known === part.space);
  assertEquals(part.space.decisions.map(({ options }) => options), Array(6).fill(operations));
  assertEquals([...part.space.enumerate()], [...nasBench201({ operations }).enumerate()]);
  const any = part.space.sample(createRng("any"));
  assertEquals([...part.space.neighbours(any)].length, 12);
  for (const arch of part.space.enumerate()) {
    assertEquals(part.get(arch), table.get(arch));
    assertEquals(part.space.lower(arch), space.lower(arch));
  }
  assertEquals(part.entries.length, table.complete()[0]!.networks);
  assertEquals(part.sample, part.entries);
  assertEquals(
    String(part),
    `${part.entries.length} of ${part.entries.length} networks of ${part.space.name}, ` +
      `${part.entries.length} trainings: 100 images of 16x16, 4 epochs`,
  );
  const again = TrainedTable.from(JSON.parse(JSON.stringify(part)));
  assertEquals([again.space.name, again.entries], [part.space.name, part.entries]);
  await spaceContract(part.space, { runs: 20 });
});

Deno.test("an incomplete part is refused with what is missing", () => {
  const operations = ["none", "nor_conv_3x3"] as const;
  const networks = new Set(
    [...nasBench201({ operations }).enumerate()].map((arch) => nasBench201Class(arch)),
  );
  const table = new TrainedTable(recipe, madeUpRows(500, 0));
  const missing =
    [...networks].filter((name) =>
      !table.entries.some(({ arch }) => nasBench201Class(arch) === name)
    ).length;
  assertThrows(
    () => table.within({ operations }),
    RangeError,
    `Cannot take the part of the table with none, nor_conv_3x3: ${missing} of its ` +
      `${networks.size} networks are not known`,
  );
  assertThrows(() => table.within({ operations: [] }), RangeError, "operations must be some of");
  const whole = new TrainedTable(recipe, madeUpRows(6_466, 0));
  assert(whole.within({ operations: nasBench201Ops }) === whole);
  assertEquals(whole.complete().map(({ operations }) => operations), [nasBench201Ops]);
  assertEquals(whole.sample.length, 6_466);
});
