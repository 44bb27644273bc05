import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  parseRecipe,
  tableOrder,
  type TableRecipe,
  tableSpace,
} from "naskit/estimate/table_recipe.ts";
import { formatRow, parseTable, tableHeader } from "naskit/estimate/table_rows.ts";
import { nasBench201Class } from "naskit/space/mod.ts";

const recipe: TableRecipe = {
  channels: 4,
  cellsPerStage: 1,
  size: 16,
  train: 100,
  validation: 50,
  test: 50,
  training: { epochs: 3 },
};

Deno.test("the table's order holds each class of networks once, always the same", () => {
  const space = tableSpace(recipe);
  const order = tableOrder(space);
  assertEquals(order.length, 6_466);
  assertEquals(new Set(order.map(nasBench201Class)).size, 6_466);
  assertEquals(tableOrder(space).slice(0, 5), order.slice(0, 5));
});

Deno.test("rows survive writing and reading", () => {
  const share = fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000);
  const rows = fc.array(fc.record({
    index: fc.nat(6_465),
    repeat: fc.nat(2),
    operations: fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }).map((each) => each.join("")),
    validation: fc.array(share, { minLength: 3, maxLength: 3 }),
    test: share,
    params: fc.nat(),
    macs: fc.nat(),
    seconds: fc.nat(999).map((n) => n / 10),
  }, { noNullPrototype: true }));
  const header = tableHeader(recipe);
  fc.assert(fc.property(rows, (table) => {
    const text = [header, ...table.map(formatRow), ""].join("\n");
    assertEquals(parseTable(text, header), table);
  }));
});

Deno.test("a line that is no row is refused by its number", () => {
  const header = tableHeader(recipe);
  const good = "0,0,012340,0.1000,0.2000,0.3000,0.3000,10,20,1.5";
  const bads = [
    "0,0,012345,0.1,0.2,0.3,0.3,10,20,1",
    "0,0,01234",
    "",
    good.replace(",20,", ",x,"),
    good.replace(",20,", ",,"),
    good.replace("0.2000", "1.2000"),
    good.replace("0,0", "0.5,0"),
    good.replace("1.5", "-1.5"),
  ];
  for (const bad of bads) {
    assertThrows(
      () => parseTable(`${header}\n${good}\n${bad}\n`, header),
      SyntaxError,
      `line 3 is not a row: "${bad}"`,
    );
  }
  assertThrows(() => parseTable("a,b\n", header), SyntaxError, "line 1 must be");
  assertThrows(
    () => parseTable(`${header}\n${good}\n${good}`, header),
    SyntaxError,
    "line 3, the last, was cut off",
  );
});

Deno.test("a recipe survives JSON, and what is wrong with one is said", () => {
  assertEquals(parseRecipe(JSON.stringify(recipe)), recipe);
  const cases: [unknown, string][] = [
    [3, "it must be an object, got 3"],
    [{ ...recipe, channels: 0 }, "channels must be a positive whole number, got 0"],
    [{ ...recipe, test: undefined }, "test must be a positive whole number, got undefined"],
    [{ ...recipe, training: 8 }, "training must be an object, got 8"],
    [{ ...recipe, training: { epochs: -1 } }, "epochs must be a positive whole number, got -1"],
  ];
  for (const [bad, message] of cases) {
    assertThrows(() => parseRecipe(JSON.stringify(bad)), SyntaxError, message);
  }
  assertThrows(() => parseRecipe("{"), SyntaxError, "Cannot read the table's recipe: ");
});
