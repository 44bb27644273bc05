import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Progress } from "naskit/engine/mod.ts";
import { withProgress } from "naskit/plot/mod.ts";

/** What a loop is told to report with, and what it reported. */
function recorder() {
  const told: Progress[] = [];
  return { told, onProgress: (progress: Progress) => void told.push(progress) };
}

Deno.test("withProgress() hands out items in order and tells how many are done", async () => {
  const { told, onProgress } = recorder();
  const seen: string[] = [];
  for await (
    const item of withProgress(["a", "b", "c"], "spelling", { unit: "letters", onProgress })
  ) {
    assertEquals(told.at(-1)!.done, seen.length);
    seen.push(item);
  }
  assertEquals(seen, ["a", "b", "c"]);
  assertEquals(told.map(({ done }) => done), [0, 1, 2, 3]);
  assertEquals(told[0], { label: "spelling", done: 0, total: 3, unit: "letters" });
  assert(told.every(({ ended }) => ended === undefined));
});

Deno.test("withProgress() counts from 0 where items are a number", async () => {
  const { told, onProgress } = recorder();
  const seen: number[] = [];
  for await (const k of withProgress(3, "counting", { onProgress })) seen.push(k);
  assertEquals([seen, told[0]!.unit], [[0, 1, 2], "steps"]);
  for await (const _ of withProgress(0, "nothing", { onProgress })) assert(false);
  assertEquals(told.at(-1), { label: "nothing", done: 0, total: 0, unit: "steps" });
});

Deno.test("a loop that is stopped finishes the item at hand, and the loop after it goes on", async () => {
  const { told, onProgress } = recorder();
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const k of withProgress(9, "counting", { signal: stop.signal, onProgress })) {
    if (k === 2) stop.abort();
    seen.push(k);
  }
  assertEquals(seen, [0, 1, 2]);
  assertEquals(told.at(-1), { label: "counting", done: 3, total: 9, unit: "steps", ended: true });
});

Deno.test("a Stop that comes from outside gets its turn in a loop without a wait of its own", async () => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 10);
  let last = 0;
  const options = { signal: stop.signal, onProgress: () => {} };
  for await (const k of withProgress(1_000, "busy", options)) {
    const until = performance.now() + 1;
    while (performance.now() < until);
    last = k;
  }
  clearTimeout(timer);
  assert(last < 999, `came to ${last}`);
});

Deno.test("a loop that breaks or throws says that it has ended", async () => {
  const { told, onProgress } = recorder();
  for await (const k of withProgress(5, "counting", { onProgress })) if (k === 1) break;
  assertEquals([told.at(-1)!.done, told.at(-1)!.ended], [1, true]);
  await assertRejects(
    async () => {
      for await (const _ of withProgress(5, "counting", { onProgress })) throw new Error("mine");
    },
    Error,
    "mine",
  );
  assertEquals([told.at(-1)!.done, told.at(-1)!.ended], [0, true]);
});

Deno.test("withProgress() refuses what is no number of items", () => {
  for (const items of [-1, 1.5, NaN]) {
    assertThrows(() => withProgress(items, "no"), RangeError, "items must be a list or a whole");
  }
});
