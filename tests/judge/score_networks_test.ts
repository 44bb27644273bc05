import { assert, assertEquals, assertRejects } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { type BenchmarkTable, TrainedTable } from "naskit/estimate/mod.ts";
import { scoreboard } from "naskit/judge/mod.ts";
import { defineProxy, noiseBatch, snip } from "naskit/proxy/mod.ts";
import { workers } from "naskit/search/mod.ts";
import { averageRanks, spearman } from "naskit/stats/mod.ts";

const recipe = {
  channels: 2,
  cellsPerStage: 1,
  size: 8,
  train: 40,
  validation: 20,
  test: 20,
  training: { epochs: 1 },
};
const cells = ["333333", "222222", "302003", "313133", "000333", "400300", "323232", "111111"];
const rows = cells.flatMap((cell, i) =>
  [0, 1].map((repeat) =>
    `${i},${repeat},${cell},0.5${i}00,0.${9 - i}${repeat}00,${100 * i + 100},1000,1.0\n`
  )
);
const table = TrainedTable.from({
  recipe,
  csv: `index,repeat,operations,val_1,test,params,macs,seconds\n${rows.join("")}`,
});
const timeless = (board: Awaited<ReturnType<typeof scoreboard>>) => {
  const { proxies, ...rest } = board.toJSON();
  return { ...rest, proxies: proxies.map(({ seconds: _, ...each }) => each) };
};
const options = { images: 4, resamples: 20 };

Deno.test("every network of the table is scored once, on its own images", async () => {
  const board = await scoreboard(["params", snip()], table, options);
  assertEquals(board.networks, 8);
  const { keys, accuracies, params } = board.data;
  const classes = keys.map((key) => table.get(key).operations);
  assertEquals(classes.toSorted(), cells.toSorted());
  assertEquals(accuracies, keys.map((key) => table.get(key).testAccuracy));
  assertEquals(board.scores("params"), params);
  assertEquals(board.rows.length, 2);
  const row = board.rows.find(({ proxy }) => proxy === "snip")!;
  assertEquals(row.spearman, spearman(averageRanks(board.scores("snip")), accuracies));
  assert(row.seconds > 0 && !Number.isNaN(row.partial));
  // The same with the images given: the first of the training part in a random order.
  const { train } = await table.data();
  const order = createRng("scoreboard").split("images").shuffle([...train.labels.keys()]);
  const size = train.images.length / train.labels.length;
  const batch = {
    images: Float32Array.from(
      order.slice(0, 4).flatMap((i) => [
        ...train.images.subarray(i * size, (i + 1) * size),
      ]),
    ),
    labels: Int32Array.from(order.slice(0, 4), (i) => train.labels[i]!),
    shape: [4, 8, 8, 1] as const,
  };
  assertEquals(
    timeless(await scoreboard(["params", snip()], table, { ...options, batch })),
    timeless(board),
  );
  const validation = await scoreboard(["params"], table, { ...options, accuracy: "accuracy" });
  assertEquals(
    validation.data.accuracies,
    validation.data.keys.map((key) => table.get(key).accuracy),
  );
});

Deno.test("fewer networks are the first of more, a journal goes on, and workers score the same", async () => {
  const journal = `${await Deno.makeTempDir()}/board.jsonl`;
  const few = await scoreboard(["snip"], table, { ...options, networks: 3, journal });
  const seen: [number, number][] = [];
  const more = await scoreboard(["snip"], table, {
    ...options,
    networks: 6,
    journal,
    onProgress: ({ label, unit, done, total, restored }) => {
      assertEquals([label, unit, total], ["scores", "networks", 6]);
      seen.push([done, restored ?? 0]);
    },
  });
  assertEquals(seen.at(-1), [6, 3]);
  assertEquals(more.scores("snip").slice(0, 3), few.scores("snip"));
  assertEquals(more.data.keys.slice(0, 3), few.data.keys);
  const executor = workers(2, { keepFor: 0 });
  const there = await scoreboard(["snip"], table, { ...options, networks: 6, executor });
  assertEquals(timeless(there), timeless(more));
});

Deno.test("a scoreboard that is stopped is of the networks scored by then", async () => {
  const stop = new AbortController();
  const board = await scoreboard(["snip"], table, {
    ...options,
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done === 3) stop.abort();
    },
  });
  assert(board.networks >= 3 && board.networks < 8, `${board.networks}`);
  assert(board.rows[0]!.best1 > 0);
});

Deno.test("networks can be named, and proxies of one's own are scored here", async () => {
  const archs = ["222222", "111111"].map((digits) => table.get(digits).arch);
  const own = defineProxy({
    name: "own",
    needs: "graph",
    score: ({ graph }) => graph.nodes.length,
  });
  const board = await scoreboard([own], table, { networks: archs, resamples: 0 });
  assertEquals(board.data.keys, archs.map((arch) => table.space.encode(arch)));
  await assertRejects(
    () => scoreboard([own], table, { networks: archs, executor: workers(2, { keepFor: 0 }) }),
    Error,
    "a worker cannot make the proxy own",
  );
});

Deno.test("a table without images needs a batch, unless nobody looks at it", async () => {
  const bare: BenchmarkTable<string[], "validation"> = {
    known: table.known as never,
    fitnesses: table.fitnesses,
    epochsOf: () => 1,
    runsOf: (arch) => table.runsOf(arch as never),
    source: table.source,
  };
  assertEquals((await scoreboard(["params"], bare, options)).networks, 8);
  await assertRejects(
    () => scoreboard(["snip"], bare),
    TypeError,
    "batch must be given, since snip",
  );
  const graph = table.known.lower(table.get("333333").arch);
  const batch = noiseBatch(graph, { count: 2, rng: createRng("noise") });
  assertEquals((await scoreboard(["snip"], bare, { ...options, batch, networks: 2 })).networks, 2);
});

Deno.test("what makes no sense is refused", async () => {
  const make = (options: object) => () => scoreboard(["snip"], table, options);
  await assertRejects(
    make({ networks: 0 }),
    RangeError,
    "networks must be a positive whole number",
  );
  await assertRejects(make({ networks: [] }), RangeError, "networks must have at least one");
  await assertRejects(
    make({ images: 41 }),
    RangeError,
    "images must be a whole number from 1 to 40",
  );
  await assertRejects(make({ accuracy: "loss" }), TypeError, "accuracy must be");
  const unknown = table.space.fromChoices([2, 2, 2, 2, 2, 3]);
  await assertRejects(make({ networks: [unknown] }), RangeError, "Cannot look up");
});
