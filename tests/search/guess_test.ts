import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import {
  defineStrategy,
  gridSearch,
  type Guess,
  maximize,
  proposeByGuess,
  randomSearch,
  startFrom,
  strategyContract,
  type StrategyMaker,
  warmUp,
} from "naskit/search/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { play } from "./support/play.ts";
import { adaptive, type Toy, toyMacs, toySpace } from "./support/toy.ts";

const space = toySpace(4);
const { encode } = space;
const goals = [maximize("score")];
const macs: Guess = { name: "macs", score: ({ costs }) => costs.macs };
const random: Guess = { name: "random", score: ({ rng }) => rng() };

Deno.test("warmUp() gives the best of different draws, best first", async () => {
  const best = await warmUp({ space, guess: macs, draws: 40, keep: 12, seed: "w" });
  const all = await warmUp({ space, guess: macs, draws: 40, keep: 40, seed: "w" });
  assertEquals(new Set(all.map(({ key }) => key)).size, 40);
  assertEquals(best, all.slice(0, 12));
  assertEquals(all.map(({ score }) => score), all.map(({ arch }) => toyMacs(arch)));
  assertEquals(all.map(({ score }) => score), all.map(({ score }) => score).sort((a, b) => b - a));
  // A space smaller than the number of draws is scored whole.
  const whole = await warmUp({ space: toySpace(2), guess: macs, seed: "w", keep: 99 });
  assertEquals(whole.length, 9);
  assertEquals(
    await warmUp({ space, guess: random, draws: 40, seed: 1 }),
    await warmUp({ space, guess: random, draws: 40, seed: 1 }),
  );
});

Deno.test("a guess sees the network and what it costs", async () => {
  const cells = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
  const guess: Guess = {
    name: "both",
    score: ({ graph, costs }) => (assertEquals(cost(graph).params, costs.params), costs.params),
  };
  assertEquals((await warmUp({ space: cells, guess, draws: 5, seed: "w" })).length, 5);
});

Deno.test("a guess can look a score up that was made before, by the architecture's text", async () => {
  const scores = new Map(Array.from(space.enumerate(), (arch) => [encode(arch), toyMacs(arch)]));
  const guess: Guess = { name: "known", score: ({ key }) => scores.get(key)! };
  const options = { space, draws: 40, seed: "w" };
  assertEquals(await warmUp({ ...options, guess }), await warmUp({ ...options, guess: macs }));
});

Deno.test("warmUp() stops with what it has, and tells how far it is", async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const slow: Guess = {
    name: "slow",
    score: () => {
      for (const end = performance.now() + 12; performance.now() < end;);
      return 1;
    },
  };
  const best = await warmUp({
    space,
    guess: slow,
    draws: 60,
    keep: 60,
    seed: "w",
    signal: stop.signal,
    onProgress: ({ done, total }) => {
      assertEquals(total, 60);
      seen.push(done);
      stop.abort();
    },
  });
  assert(best.length > 0 && best.length < 60);
  assertEquals(seen.at(-1), best.length);
});

Deno.test("bad warm-ups are refused", async () => {
  const base = { space, guess: macs, seed: "w" };
  await assertRejects(() => warmUp({ ...base, draws: 0 }), RangeError, "draws must be");
  await assertRejects(() => warmUp({ ...base, keep: 1.5 }), RangeError, "keep must be");
  await assertRejects(() => warmUp({ ...base, guess: {} as never }), TypeError, "guess must be");
  const blank: Guess = { name: "blank", score: () => NaN };
  await assertRejects(() => warmUp({ ...base, guess: blank }), RangeError, "blank gave NaN for ");
});

const texts = ["2,2,2,2", "0,0,0,0", "2,0,2,0"].map((key) => ({ key }));

Deno.test("startFrom() gives a strategy its first draws", () => {
  const seen: string[] = [];
  const strategy = startFrom(texts, adaptive)(space, createRng("s"), goals);
  const score = ({ arch }: { arch: Toy }) => (seen.push(encode(arch)), toyMacs(arch));
  play(strategy, { encode, score, trials: 12, inFlight: 3 });
  assertEquals(seen.slice(0, 3), texts.map(({ key }) => key));
  // It learnt from them: its later proposals are mutants of the best.
  const near = (key: string) => key.split(",").filter((choice) => choice !== "2").length;
  assert(seen.slice(3).every((key) => near(key) <= 2), seen.join(" "));
  const drawn = play(startFrom(texts, randomSearch())(space, createRng("s"), goals), {
    encode,
    score,
    trials: 81,
  });
  assertEquals(drawn.slice(0, 3).map(({ key }) => key), texts.map(({ key }) => key));
  assertEquals(new Set(drawn.map(({ key }) => key)).size, 81);
});

Deno.test("a strategy that draws nothing begins after the starts, untold of them", () => {
  const strategy = startFrom(texts, gridSearch())(space, createRng("s"), goals);
  const trials = play(strategy, { encode, score: () => 1, trials: 999, inFlight: 2 });
  const keys = trials.map(({ key }) => key);
  assertEquals(keys.slice(0, 3), texts.map(({ key }) => key));
  assertEquals(keys.slice(3), [...space.enumerate()].map(encode));
});

Deno.test("bad starts are refused", () => {
  assertThrows(() => startFrom([], adaptive), RangeError, "starts must have at least one, got []");
  assertThrows(() => startFrom([{} as never], adaptive), TypeError, "starts[0].key must be");
  assertThrows(() => startFrom(texts, {} as never), TypeError, "strategy must be");
  assertThrows(
    () => startFrom([{ key: "9,9" }], adaptive)(space, createRng(1), goals),
    SyntaxError,
  );
});

Deno.test("proposeByGuess() lets through what scores high among the latest", () => {
  const meanOf = (keep: number, trust: number) => {
    const make = proposeByGuess(randomSearch({ unique: false }), macs, { keep, trust });
    const trials = play(make(space, createRng("p"), goals), {
      encode,
      score: ({ arch }) => toyMacs(arch),
      trials: 400,
    });
    assertEquals(trials.map(({ notes }) => notes!.guess), trials.map(({ arch }) => toyMacs(arch)));
    return trials.reduce((sum, { metrics }) => sum + metrics.score!, 0) / 400;
  };
  const all = [...space.enumerate()].map(toyMacs).sort((a, b) => b - a);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  // Without trust it is random search, with full trust the mean of the upper quarter, in between so.
  assert(Math.abs(meanOf(0.25, 0) - mean(all)) < 2);
  assert(Math.abs(meanOf(0.25, 1) - mean(all.slice(0, 20))) < 3);
  assert(meanOf(0.25, 0.5) > meanOf(0.25, 0) + 2 && meanOf(0.25, 0.5) < meanOf(0.25, 1) - 2);
  assert(Math.abs(meanOf(1, 1) - mean(all)) < 2);
});

Deno.test("a guess that likes nothing more does not stop the search", () => {
  // Every proposal scores below all before it.
  let next = 0;
  const falling: Guess = { name: "falling", score: () => -next++ };
  const make = proposeByGuess(randomSearch({ unique: false }), falling, { trust: 1 });
  const trials = play(make(space, createRng("f"), goals), { encode, score: () => 1, trials: 5 });
  assertEquals(trials.map(({ notes }) => notes!.skipped), [0, 200, 200, 200, 200]);
});

Deno.test("bad sieves are refused", () => {
  const make = (options: object) => () => proposeByGuess(adaptive, macs, options);
  assertThrows(make({ keep: 0 }), RangeError, "keep must be a share in (0, 1], got 0");
  assertThrows(make({ trust: 2 }), RangeError, "trust must be a share in [0, 1], got 2");
  assertThrows(make({ window: 1 }), RangeError, "window must be a whole number from 2 up, got 1");
  assertThrows(() => proposeByGuess({} as never, macs), TypeError, "strategy must be");
  assertThrows(() => proposeByGuess(adaptive, {} as never), TypeError, "guess must be");
});

for (
  const make of [
    proposeByGuess(randomSearch(), random),
    proposeByGuess(adaptive, random, { trust: 1, keep: 0.1, window: 5 }),
    proposeByGuess(gridSearch(), random, { keep: 0.5 }),
    ...[adaptive, randomSearch(), gridSearch()].map(starting),
  ]
) {
  Deno.test(`${make.strategyName} keeps the contract`, async () => {
    await strategyContract(make);
  });
}

/** Starts from two architectures of whatever space it is used in. */
function starting(strategy: StrategyMaker): StrategyMaker {
  return defineStrategy(`starting ${strategy.strategyName}`, (space, rng, goals) => {
    const starts = [...space.enumerate()].slice(-2).map((arch) => ({ key: space.encode(arch) }));
    return startFrom(starts, strategy)(space, rng, goals);
  });
}
