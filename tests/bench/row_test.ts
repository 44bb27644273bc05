import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { median, rateRow, ratios, type Repeats, tableText, timeRow } from "./row.ts";

const repeats: Repeats = {
  ours: [10, 20, 10],
  peers: { nchw: [30, 10, 15], channels_last: [20, 40, 50], compiled: [1, 1, 1] },
};

Deno.test("the median is the middle value, or the mean of the middle two, in any order", () => {
  assertEquals(median([3]), 3);
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([10, 2, 4, 8]), 6);
  assertThrows(() => median([]), RangeError, "median of no values");
});

Deno.test("a ratio takes the peer's fastest variant of its own repeat", () => {
  assertEquals(ratios(repeats, [[30, 10, 15], [20, 40, 50]]), [2, 0.5, 1.5]);
  assertThrows(() => ratios(repeats, [[1, 2]]), RangeError, "ours are 3 and the peer's 2");
});

Deno.test("the ratio of a row is the median of the ratios, not the ratio of the medians", () => {
  assertEquals(timeRow("step", repeats, ["nchw", "channels_last"]), {
    name: "step",
    ours: 10,
    peer: 15,
    unit: "ms",
    ratio: 1.5,
    repeats: 3,
  });
  const skewed: Repeats = { ours: [1, 10, 100], peers: { a: [3, 10, 50] } };
  assertEquals(timeRow("skewed", skewed, ["a"]).ratio, 1);
});

Deno.test("without the peer a row has our figure alone", () => {
  const { ours, peer, ratio } = timeRow("step", { ours: [3, 1, 2], peers: {} }, ["nchw"]);
  assertEquals([ours, peer, ratio], [2, null, null]);
});

Deno.test("of rates the higher is the better", () => {
  const row = rateRow("workers-2", "trainings/s", { ours: [4, 3, 4], peer: [2, 2, 1] });
  assertEquals(row, {
    name: "workers-2",
    ours: 4,
    peer: 2,
    unit: "trainings/s",
    ratio: 2,
    repeats: 3,
  });
  assertAlmostEquals(
    rateRow("share", "GFLOP/s", { ours: [45], peer: [50] }).ratio ?? NaN,
    0.9,
  );
});

Deno.test("a table lines words up to the left and figures to the right", () => {
  const lines = tableText(["name", "ms"], [["a", "1.5"], ["longer", "12.25"]], "lr");
  assertEquals(lines, [
    "name       ms",
    "a         1.5",
    "longer  12.25",
  ]);
});
