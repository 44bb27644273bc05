import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatNumber, shortNumber } from "naskit/plot/format_number.ts";
import { table } from "naskit/plot/table.ts";

Deno.test("table() writes a column's numbers with equal decimals and thousands apart", () => {
  const { cells } = table([
    { n: 1234567, share: 0.5, loss: 12.3456, tiny: 1e-5 },
    { n: 1, share: 0.25, loss: 1, tiny: 2e-5 },
  ]);
  assertEquals(cells, [
    ["1,234,567", "0.5000", "12.35", "1.00e-5"],
    ["1", "0.2500", "1.00", "2.00e-5"],
  ]);
});

Deno.test("table() takes digits for all columns or for some", () => {
  const rows = [{ a: 1.23456, b: 2.34567, c: 3 }];
  assertEquals(table(rows, { digits: 1 }).cells, [["1.2", "2.3", "3"]]);
  assertEquals(table(rows, { digits: { b: 4 } }).cells, [["1.235", "2.3457", "3"]]);
});

Deno.test("table() aligns numbers at the right and text at the left", () => {
  const { text } = table([{ name: "a", params: 5 }, { name: "bcd", params: 12345 }], {
    title: "Nets",
  });
  assertEquals(
    text,
    ["Nets", "", "name  params", "────  ──────", "a          5", "bcd   12,345"].join("\n"),
  );
});

Deno.test("table() leaves no room for Korean to push columns out of line", () => {
  const [, , first, second] = table([{ a: "한국", b: "x" }, { a: "abcd", b: "y" }]).text.split(
    "\n",
  );
  assertEquals([first, second], ["한국  x", "abcd  y"]);
});

Deno.test("table() shows only the columns asked for, and a dash where nothing is", () => {
  const rows = [{ a: 1, b: "x", c: true }, { a: null, c: false }];
  assertEquals(table(rows, { columns: ["c", "a"] }).cells, [["true", "1"], ["false", "–"]]);
  assertEquals(table(rows).columns, ["a", "b", "c"]);
  assertEquals(table(rows).cells[1], ["–", "–", "false"]);
});

Deno.test("table() escapes what would be markup", async () => {
  const { html, toDisplay } = table([{ "<b>": '<script>"&' }], { title: "a < b" });
  assert(!html.includes("<script>") && !html.includes("<b>"));
  assertStringIncludes(html, "&lt;script&gt;&quot;&amp;");
  assertStringIncludes(html, "a &lt; b");
  assertEquals((await toDisplay())["text/html"], html);
});

Deno.test("table() names what is wrong", () => {
  assertThrows(() => table([]), RangeError, "rows is empty");
  assertThrows(() => table([{}]), RangeError, "columns is empty");
});

Deno.test("table() writes what is no finite number by its name, and counts no decimals for it", () => {
  const rows = [{ a: 1, b: 0.25, c: NaN }, { a: NaN, b: -Infinity, c: NaN }, { a: 1234, b: null }];
  assertEquals(table(rows).cells, [
    ["1", "0.2500", "NaN"],
    ["NaN", "-Infinity", "NaN"],
    ["1,234", "–", "–"],
  ]);
  assertEquals(table([{ a: 1e-5 }, { a: Infinity }], { digits: 2 }).cells, [["0.00"], [
    "Infinity",
  ]]);
  assertEquals(table([{ a: 1e-5 }, { a: NaN }]).cells, [["1.00e-5"], ["NaN"]]);
});

Deno.test("shortNumber() and formatNumber() write numbers as readers like them", () => {
  const short: [number, string][] = [
    [0, "0"],
    [0.7341, "0.734"],
    [93.45, "93.5"],
    [1000, "1000"],
    [12_345, "12.3k"],
    [999_700, "1M"],
    [-1_500_000, "-1.5M"],
    [2e9, "2G"],
    [0.00012, "1.2e-4"],
  ];
  for (const [value, text] of short) assertEquals(shortNumber(value), text);
  const full: [number, string][] = [
    [1234567, "1,234,567"],
    [-1234.5, "-1,235"],
    [123.45, "123.5"],
    [0.5, "0.500"],
    [1e-4, "1.00e-4"],
  ];
  for (const [value, text] of full) assertEquals(formatNumber(value), text);
  assertEquals(formatNumber(1234.567, 2), "1,234.57");
  assertEquals(formatNumber(-1.4e-6, 3), "0.000");
  assertEquals(formatNumber(-0.2, 0), "0");
  assertEquals(formatNumber(-0.0006, 3), "-0.001");
});
