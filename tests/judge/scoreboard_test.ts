import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { Scoreboard, scoreboardOf } from "naskit/judge/mod.ts";
import { proxies } from "naskit/proxy/mod.ts";
import { correlate } from "naskit/stats/mod.ts";

const rng = createRng("board");
const accuracies = Array.from({ length: 60 }, () => rng());
const params = accuracies.map((value) => value + 0.5 * rng.normal());
const close = accuracies.map((value) => value + 0.1 * rng.normal());
const scores = { params, close, opposite: close.map((score) => -score) };
const directions = { opposite: "minimize" } as const;

Deno.test("a row says what correlate() says, and the best proxy comes first", () => {
  const seconds = { close: accuracies.map((_, i) => i) };
  const board = scoreboardOf(scores, accuracies, { params, directions, seconds, seed: "s" });
  assertEquals(board.rows.map(({ proxy }) => proxy), ["close", "opposite", "params"]);
  const found = correlate(close, accuracies, { control: params, seed: "s" });
  assertEquals(board.rows[0], {
    proxy: "close",
    spearman: found.spearman,
    low: found.spearmanInterval[0],
    high: found.spearmanInterval[1],
    kendall: found.kendall,
    top: found.top.spearman,
    partial: found.partial!,
    best1: found.bestAt[1]!,
    best10: found.bestAt[10]!,
    undefined: 0,
    seconds: 29.5,
  });
  const { proxy: _, seconds: __, ...first } = board.rows[0]!;
  const { proxy: ___, seconds: ____, ...second } = board.rows[1]!;
  assertEquals(second, first);
  assertEquals(board.rows[2]!.partial, NaN);
  assertEquals(board.correlation("close", { top: 1 }).top.spearman, found.spearman);
});

Deno.test("proxies of the kit have their own direction", () => {
  for (const { name, direction } of Object.values(proxies)) {
    const { spearman } = scoreboardOf({ [name]: params }, params, { resamples: 0 }).rows[0]!;
    assertEquals(spearman, direction === "maximize" ? 1 : -1);
  }
});

Deno.test("a scoreboard is plain data and back, with scores that are not finite", () => {
  const odd = accuracies.map((value, i) => [NaN, Infinity, -Infinity, value][i % 4]!);
  for (const direction of ["maximize", "minimize"] as const) {
    const board = scoreboardOf({ odd, close }, accuracies, { directions: { odd: direction } });
    assertEquals(board.rows.find(({ proxy }) => proxy === "odd")!.undefined, 15);
    const again = new Scoreboard(JSON.parse(JSON.stringify(board)));
    assertEquals(again.scores("odd"), odd);
    assertEquals(again.rows, board.rows);
  }
});

Deno.test("two scoreboards of the same networks are one, compared as the first", () => {
  const options = { params, directions, seed: "s", top: 0.5 };
  const { opposite, ...others } = scores;
  const first = scoreboardOf(others, accuracies, { ...options, title: "toys" });
  const second = scoreboardOf({ opposite }, accuracies, { directions, seed: "t" });
  const board = first.with(second);
  assertEquals(board.rows, scoreboardOf(scores, accuracies, options).rows);
  assertEquals([board.data.title, first.data.proxies.length], ["toys", 2]);
  const refuses = (other: Scoreboard, message: string) =>
    assertThrows(() => board.with(other), RangeError, message);
  refuses(second, "Cannot join scoreboards: both have opposite");
  refuses(
    scoreboardOf({ far: close }, accuracies.toReversed()),
    "they must be of the same networks, but their accuracies differ",
  );
  refuses(
    scoreboardOf({ far: close }, accuracies, { params: params.toReversed() }),
    "but their params differ",
  );
});

Deno.test("it is shown as rows, as CSV and as text", () => {
  const board = scoreboardOf(scores, accuracies, { directions, title: "toys", resamples: 10 });
  const rows = board.toRows();
  assert(!("partial" in rows[0]!) && !("seconds" in rows[0]!));
  const [header, first] = board.toCSV().split("\r\n");
  assertEquals(header, "proxy,spearman,low,high,kendall,top,best1,best10,undefined");
  assertEquals(first!.split(",")[1], String(board.rows[0]!.spearman));
  assertMatch(board.toString(), /^3 proxies on 60 networks of toys\nclose {5}Spearman {2}0\.9/);
});

Deno.test("of constant scores, and of no networks, there is a scoreboard as well", () => {
  const constant = scoreboardOf({ one: accuracies.map(() => 1), close }, accuracies);
  assertEquals(constant.rows.map(({ spearman }) => Number.isNaN(spearman)), [false, true]);
  const empty = scoreboardOf({ none: [] }, []);
  assertEquals([empty.networks, empty.rows[0]!.spearman, empty.rows[0]!.best1], [0, NaN, NaN]);
  assertMatch(empty.toString(), /^1 proxies on 0 networks/);
});

Deno.test("columns that differ in length are refused", () => {
  const make = (options: object) => () => scoreboardOf({ close }, accuracies, options);
  assertThrows(() => scoreboardOf({}, accuracies), RangeError, "scores has no proxy");
  assertThrows(
    () => scoreboardOf({ close }, [1]),
    RangeError,
    "scores of close must have 1 values",
  );
  assertThrows(
    make({ params: [1] }),
    RangeError,
    "params must have 60 values as accuracies, got 1",
  );
  assertThrows(make({ seconds: { close: [1] } }), RangeError, "seconds of close must have 60");
  assertThrows(() => scoreboardOf({ close }, accuracies).scores("far"), RangeError, "has close");
});
