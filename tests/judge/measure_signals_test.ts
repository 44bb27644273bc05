import { assert, assertEquals, assertRejects } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { trainAtFidelity } from "naskit/estimate/mod.ts";
import { measureSignals, type SignalSource } from "naskit/judge/mod.ts";
import { type EvaluateContext, nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
const networks = [[3, 3, 3, 3, 3, 3], [2, 0, 2, 1, 2, 2], [1, 1, 4, 0, 2, 1]].map((choices) => {
  const arch = space.fromChoices(choices);
  return { arch, graph: space.lower(arch) };
});

/** Computes for a while, and gives how long the seed is. */
function busy(turns: number) {
  return (_arch: unknown, { seed }: EvaluateContext) => {
    let x = 1;
    for (let i = 0; i < turns; i++) x = (x * 7) % 1_000_003;
    return { score: seed.length + x * 0, other: [1, 2] };
  };
}

Deno.test("a source's readings share its time, and more work takes more of it", async () => {
  const columns = await measureSignals(networks, [
    {
      evaluate: busy(3e7),
      readings: [
        { name: "score", read: "score" },
        {
          name: "last",
          read: ({ other }) => (other as number[])[1]!,
          direction: "minimize",
          group: "g",
        },
      ],
    },
    { evaluate: busy(10), readings: [{ name: "quick", read: "score" }] },
  ], { seed: "s" });
  assertEquals(columns.map(({ name }) => name), ["score", "last", "quick"]);
  const [score, last, quick] = columns;
  assertEquals([score!.values, last!.values], [[3, 3, 3], [2, 2, 2]]);
  assertEquals([last!.direction, last!.group, score!.direction], ["minimize", "g", undefined]);
  assertEquals(score!.seconds, last!.seconds);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  assert(sum(score!.seconds) > 0.03 && sum(quick!.seconds) < sum(score!.seconds) / 2);
});

Deno.test("what waits costs nothing", async () => {
  const waits = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { score: 1 };
  };
  const [column] = await measureSignals(networks.slice(0, 1), [
    { evaluate: waits, readings: [{ name: "score", read: "score" }] },
  ]);
  assert(column!.seconds[0]! < 0.05, `${column!.seconds}`);
});

Deno.test("values are those of the evaluation itself, by seed", async () => {
  const evaluate = trainAtFidelity(await digits({ train: 100, validation: 50 }), { epochs: 1 });
  const [column] = await measureSignals(networks, [
    { evaluate, readings: [{ name: "accuracy", read: "accuracy" }] },
  ], { seed: "t" });
  const { signal } = new AbortController();
  for (const [i, { graph }] of networks.entries()) {
    const { accuracy } = await evaluate(undefined, { graph, seed: `t/${i}`, signal });
    assertEquals(column!.values[i], accuracy);
  }
});

Deno.test("a signal leaves the networks that were done, in all columns", async () => {
  const stop = new AbortController();
  const columns = await measureSignals(networks, [
    { evaluate: busy(10), readings: [{ name: "a", read: "score" }] },
    { evaluate: busy(10), readings: [{ name: "b", read: "score" }] },
  ], {
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done === 2) stop.abort();
    },
  });
  assertEquals(columns.map(({ values, seconds }) => [values.length, seconds.length]), [
    [2, 2],
    [2, 2],
  ]);
});

Deno.test("what makes no sense is refused", async () => {
  const refused = (sources: SignalSource<unknown>[], message: string) =>
    assertRejects(() => measureSignals(networks, sources), RangeError, message);
  const reading = { name: "a", read: "score" };
  await refused([], "sources must have at least one reading");
  await refused([{ evaluate: busy(1), readings: [reading, reading] }], 'got "a" twice');
  await refused(
    [{ evaluate: busy(1), readings: [{ name: "a", read: "other" }] }],
    "a must be a number, got [1,2]; the evaluation gives score, other",
  );
  await assertRejects(() => measureSignals([], []), RangeError, "networks must have at least one");
});
