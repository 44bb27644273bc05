import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fashion201, nasBench201Table } from "naskit/estimate/mod.ts";
import { nasBench201Chosen, nasBench201Scores, ScoreTable } from "naskit/judge/mod.ts";
import { formatScores, parseScores, scoreHeader, type ScoreRow } from "naskit/judge/score_rows.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { spearman } from "naskit/stats/mod.ts";
import { madeUp201, withFile } from "../estimate/support/made_up_benchmarks.ts";

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

Deno.test("a scoreboard may be of some proxies, and of networks that these have scored", async () => {
  const table = await fashion201();
  const networks = table.entries.slice(0, 6);
  const scores = new ScoreTable(textOf(networks.map(({ index, operations, params }, i) => ({
    index,
    operations,
    scores: i < 2 ? { odd: i } : { params, odd: i },
    seconds: {},
  }))));
  assertEquals(scores.scoreboard(table, { networks, resamples: 2 }).networks, 4);
  assertEquals(scores.scoreboard(table, { networks, proxies: ["odd"], resamples: 2 }).networks, 6);
  assertEquals(scores.archs.map(({ arch }) => table.get(arch)), networks);
  assertThrows(
    () => scores.scoreboard(table, { proxies: ["params", "even"] }),
    RangeError,
    "proxies must be some of params, odd, got even",
  );
});

Deno.test("scores of NAS-Bench-201 are each network's own, and judged where nothing was chosen", async () => {
  const space = nasBench201();
  // The first two are the same network, and have different accuracies.
  const operations = ["000000", "000001", "333333", "313131", "222222", "232323"];
  const indices = [3, 399, 400, 401, 402, 403];
  const folder = await Deno.makeTempDir();
  const rows = operations.map((digits, i): ScoreRow => ({
    ...rowOf(indices[i]!, { params: i, odd: -i }),
    operations: digits,
  }));
  await Deno.writeTextFile(`${folder}/proxies_nas_bench_201_images.csv`, textOf(rows));
  const scores = await nasBench201Scores({ input: "images", folder });
  const archs = operations.map((digits) => space.fromChoices([...digits].map(Number)));
  assertEquals(
    archs.map((arch) => scores.score(arch, "odd")),
    [0, -1, -2, -3, -4, -5].map((v) => v + 0),
  );
  await withFile(madeUp201(), async (path) => {
    const table = await nasBench201Table({ dataset: "cifar10", path });
    const board = scores.scoreboard(table, { fitness: "test200", resamples: 2 });
    const judged = archs.slice(2);
    assertEquals(nasBench201Chosen, 400);
    assertEquals(board.data.keys, judged.map((arch) => space.encode(arch)));
    assertEquals(board.data.accuracies, judged.map((arch) => table.get(arch).testAccuracy));
    assertEquals(board.data.params, [2, 3, 4, 5]);
  });
  await Deno.remove(folder, { recursive: true });
});
