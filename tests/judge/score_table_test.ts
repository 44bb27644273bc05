import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fashion201 } from "naskit/estimate/mod.ts";
import { ScoreTable } from "naskit/judge/mod.ts";
import { formatScores, parseScores, scoreHeader, type ScoreRow } from "naskit/judge/score_rows.ts";
import { spearman } from "naskit/stats/mod.ts";

const proxies = ["params", "odd"];
const score = fc.oneof(fc.float().map((x) => Number(x.toPrecision(8))), fc.integer());
const rowOf = (index: number, scores: ScoreRow["scores"], seconds = {}): ScoreRow => ({
  index,
  operations: "313233",
  scores,
  seconds,
});
const textOf = (rows: readonly ScoreRow[]) =>
  [scoreHeader(proxies), ...rows.map((row) => formatScores(row, proxies))].map((line) =>
    `${line}\n`
  ).join("");

Deno.test("rows are what they were after being written and read", () => {
  const rows = fc.uniqueArray(
    fc.tuple(
      fc.nat(6465),
      fc.record({ params: score, odd: score }, { requiredKeys: [] }),
      fc.record({ params: fc.constantFrom(0.5, 1e-5, 120) }, { requiredKeys: [] }),
    ),
    { selector: ([index]) => index, maxLength: 9 },
  );
  fc.assert(fc.property(rows, (rows) => {
    const made = rows.map(([index, scores, seconds]) =>
      rowOf(index, { ...scores }, { ...seconds })
    );
    const plain = (rows: readonly ScoreRow[]) => rows.map((row) => formatScores(row, proxies));
    const { rows: found } = parseScores(textOf(made));
    assertEquals(plain(found), plain(made.toSorted((a, b) => a.index - b.index)));
  }));
});

Deno.test("lines of one network are one row, and the later score counts", () => {
  const { rows } = parseScores(textOf([
    rowOf(4, { params: 1, odd: NaN }, { odd: 0.25 }),
    rowOf(2, { odd: -Infinity }),
    rowOf(4, { params: 3 }),
  ]));
  assertEquals(rows, [
    rowOf(2, { odd: -Infinity }),
    rowOf(4, { params: 3, odd: NaN }, { odd: 0.25 }),
  ]);
});

Deno.test("lines that are not rows are refused by number", () => {
  const header = scoreHeader(proxies);
  const refuse = (text: string, problem: string) =>
    assertThrows(() => parseScores(text), SyntaxError, problem);
  refuse("index,operations,a\n", 'line 1 is no header of scores: "index,operations,a"');
  refuse(`${header}\n0,313233,1,,2`, "line 2 was cut off while it was written");
  refuse(`${header}\n0,313233,1,,2,\n1,313253,1,,2,\n`, "line 3 is no row of scores");
  refuse(`${header}\n0,313233,1,,much,\n`, "line 2 is no row of scores");
  refuse(`${header}\n0,313233,1,,2,\n0,313232,1,,2,\n`, "line 3 is of another network");
});

Deno.test("a scoreboard is of the networks that have trainings and all scores", async () => {
  const table = await fashion201();
  const networks = table.entries.slice(0, 40);
  const rows = networks.slice(5).map(({ index, operations, params, testAccuracy }): ScoreRow => ({
    index,
    operations,
    scores: { params, ...(index === 8 ? {} : { odd: -testAccuracy }) },
    seconds: { odd: 2 },
  }));
  const scores = new ScoreTable(textOf(rows));
  const board = scores.scoreboard(table, { networks, resamples: 10 });
  assertEquals(board.networks, 34);
  const odd = board.rows.find(({ proxy }) => proxy === "odd")!;
  assertEquals([odd.spearman, odd.seconds], [-1, 2]);
  const used = networks.filter(({ index }) => index > 4 && index !== 8);
  assertEquals(
    board.rows.find(({ proxy }) => proxy === "params")!.spearman,
    spearman(used.map(({ params }) => params), used.map(({ testAccuracy }) => testAccuracy)),
  );
  assert(scores.scoreboard(table).networks <= table.sample.length);
  const { arch, params } = networks[9]!;
  assertEquals(scores.score(arch, "params"), params);
  assertEquals(scores.score(networks[0]!.arch, "params"), undefined);
});
