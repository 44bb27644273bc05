import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
} from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { judgeTeams, type JudgeTeamsOptions, scoreboardOf } from "naskit/judge/mod.ts";
import { vote } from "naskit/proxy/mod.ts";
import { spearman } from "naskit/stats/mod.ts";

const rng = createRng("teams");
const accuracies = Array.from({ length: 120 }, () => rng.normal());
const noisy = (noise: number) => accuracies.map((value) => value + noise * rng.normal());
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

Deno.test("two that err independently are chosen, and rank other networks better together", async () => {
  const one = noisy(1);
  const scores = { one, same: one.map((score) => score ** 3), other: noisy(1), noise: noisy(50) };
  const [single, pair] = await judgeTeams(scoreboardOf(scores, accuracies), { sizes: [1, 2] });
  assert(pair!.teams.every((team) => team.includes("other") && !team.includes("noise")));
  // The mean of two independent errors of variance 1 beside a signal of 1: 1/sqrt(1.5) against 1/sqrt(2).
  assertAlmostEquals(mean(pair!.judged) / mean(single!.judged), Math.sqrt(2 / 1.5), 0.06);
});

Deno.test("of scores that know nothing, the half that chooses finds some, and the other none", async () => {
  const scores = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`noise${i}`, accuracies.map(() => rng.normal())]),
  );
  const [one, , three] = await judgeTeams(scoreboardOf(scores, accuracies), { halvings: 10 });
  assertGreater(mean(one!.chosen), 0.1);
  assertGreater(mean(three!.chosen), mean(one!.chosen));
  assert(Math.abs(mean(three!.judged)) < 0.15, `${mean(three!.judged)}`);
});

Deno.test("halves share no network, whatever chooses", async () => {
  // What chooses is known by the one score, what judges by the other; a network in both halves would tell.
  const seen: number[][] = [];
  const marks = accuracies.map((_, i) => i);
  await judgeTeams(scoreboardOf({ marks }, accuracies), {
    sizes: [1],
    halvings: 3,
    combine: ([column]) => {
      seen.push([...Array.from(column!.scores)]);
      return Array.from(column!.scores);
    },
  });
  assertEquals(seen.length, 6);
  for (let k = 0; k < 6; k += 2) {
    assertEquals([...seen[k]!, ...seen[k + 1]!].sort((a, b) => a - b), marks);
    assertEquals(seen[k]!.length, 60);
  }
  assert(seen[0]!.join() !== seen[2]!.join());
});

Deno.test("teams are chosen by other numbers than they are judged by", async () => {
  const backwards = accuracies.map((value) => -value);
  const board = scoreboardOf({ good: accuracies, bad: backwards }, accuracies);
  const [row] = await judgeTeams(board, { sizes: [1], chooseBy: backwards, halvings: 2 });
  assertEquals(row, {
    size: 1,
    teams: [["bad"], ["bad"]],
    chosen: [1, 1],
    judged: [-1, -1],
  });
});

Deno.test("a team that is given is judged on the same halves, by votes if so wished", async () => {
  const scores = { a: noisy(1), b: noisy(1), c: noisy(1), d: noisy(5) };
  const board = scoreboardOf(scores, accuracies);
  const options = { halvings: 4, combine: vote, seed: "votes" };
  const [chosen, given] = await judgeTeams(board, {
    ...options,
    sizes: [3],
    fixed: [["a", "b", "c"]],
  });
  assertEquals([given!.size, given!.chosen, given!.teams.length], [3, [], 4]);
  chosen!.teams.forEach((team, k) => {
    if (team.join() === "a,b,c") assertEquals(chosen!.judged[k], given!.judged[k]);
  });
  assertEquals(await judgeTeams(board, { ...options, sizes: [] }), []);
  const whole = (await judgeTeams(board, { ...options, sizes: [], fixed: [["a"]] }))[0]!;
  assertAlmostEquals(mean(whole.judged), spearman(scores.a, accuracies), 0.1);
});

Deno.test("directions count, and scores that are all the same are chosen into no team", async () => {
  const down = accuracies.map((value) => -value);
  const board = scoreboardOf({ same: accuracies.map(() => 1), down }, accuracies, {
    directions: { down: "minimize" },
  });
  const [row] = await judgeTeams(board, { sizes: [1], halvings: 2 });
  assertEquals([row!.teams, row!.judged], [[["down"], ["down"]], [1, 1]]);
  await assertRejects(() => judgeTeams(board, { sizes: [2] }), RangeError, "from 1 to 1, got 2");
});

Deno.test("it tells how far it has come, and stops with what it has", async () => {
  const board = scoreboardOf({ a: accuracies, b: noisy(1) }, accuracies);
  const stop = new AbortController();
  const seen: [number, boolean][] = [];
  const options = { sizes: [1], halvings: 9, signal: stop.signal };
  const [row] = await judgeTeams(board, {
    ...options,
    onProgress: ({ done, total, ended = false }) => {
      assertEquals(total, 9);
      seen.push([done, ended]);
      if (done === 2) stop.abort();
    },
  });
  assertEquals(seen, [[0, false], [1, false], [2, false], [2, true]]);
  assertEquals([row!.chosen.length, row!.teams.length], [2, 2]);
  const [whole] = await judgeTeams(board, { sizes: [1], halvings: 9 });
  assertEquals(whole!.judged.slice(0, 2), row!.judged);
});

Deno.test("judgeTeams() names what is wrong", async () => {
  const board = scoreboardOf({ a: accuracies, b: accuracies }, accuracies);
  const fails = (options: JudgeTeamsOptions, message: string) =>
    assertRejects(() => judgeTeams(board, options), RangeError, message);
  await fails({}, "sizes must be whole numbers from 1 to 2, got 3");
  await fails({ sizes: [0] }, "sizes must be whole numbers from 1 to 2, got 0");
  await fails({ sizes: [1], halvings: 0 }, "halvings must be a positive whole number, got 0");
  await fails({ sizes: [1], fixed: [["c"]] }, "Cannot look up c: the scoreboard has a, b");
  await fails({ sizes: [1], fixed: [[]] }, "fixed must have teams of one proxy and more, got none");
  await fails(
    { sizes: [1], chooseBy: [1] },
    "chooseBy must have 120 values as the scoreboard, got 1",
  );
  await fails({ sizes: [1], chooseBy: accuracies.map(() => NaN) }, "chooseBy[0] is NaN");
  await assertRejects(
    () => judgeTeams(scoreboardOf({ a: [1, 2] }, [1, 2]), { sizes: [1] }),
    RangeError,
    "there must be at least 4 networks, got 2",
  );
});
