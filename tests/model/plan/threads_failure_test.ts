import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { compile, compileThreaded } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { compileForTeam } from "../../../lib/model/plan/threads/compile_threaded.ts";
import { failOnce } from "./support/fail_once.ts";
import { batchFor } from "./support/noise.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const training = { training: true } as const;

Deno.test("plans on threads account for their memory and give it back", async () => {
  const before = heapInUse();
  const one = compile(graph, { batch: 32, training: true });
  const two = await compileThreaded(graph, { threads: 2, batch: 32, training: true });
  assertEquals(heapInUse(), before + one.bytes + two.bytes);
  assertGreater(two.bytes, one.bytes);
  assert(two.bytes < 1.5 * one.bytes);
  two.dispose();
  two.dispose();
  assertEquals(heapInUse(), before + one.bytes);
  assertThrows(() => two.forward(new Float32Array(192)), TypeError, "disposed");
  one.dispose();
});

Deno.test("the number of threads must make sense", async () => {
  for (const threads of [0, -1, 1.5, NaN, 65]) {
    const error = await assertRejects(
      () => compileThreaded(graph, { threads, batch: 4 }),
      RangeError,
    );
    assertMatch(error.message, /threads must be a whole number from 1 to 64, got/);
  }
  const before = heapInUse();
  await assertRejects(() => compileThreaded(graph, { threads: 2, batch: 0 }), RangeError, "batch");
  await assertRejects(
    () => compileThreaded(graph, { threads: 2, batch: 4, imageGradient: true }),
    RangeError,
    "imageGradient",
  );
  await assertRejects(
    () => compileThreaded(graph, { threads: 2, batch: 2 ** 24, training: true }),
    RangeError,
    "no room",
  );
  assertEquals(heapInUse(), before);
});

Deno.test("a kernel that traps in another thread is an error, and the plan goes on", async () => {
  const program = new URL("./support/failing_thread.ts", import.meta.url);
  const plan = await compileForTeam(graph, { threads: 2, batch: 6, ...training, program });
  plan.initialise({ rng: createRng("weights") });
  const batch = batchFor(graph, 6, "batch", 10);
  const step = () => plan.trainStep(batch, { learningRate: 0 });
  const error = assertThrows(step, Error);
  assertMatch(error.message, /thread 2 of 2 failed: a kernel trapped/);
  const { loss } = step();
  assertEquals(step().loss, loss);
  plan.dispose();
});

Deno.test("a kernel that traps before a batch norm does not keep the others waiting", async () => {
  const net = new GraphBuilder([1, 1, 3]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const hidden = net.add("hidden", { op: "linear", features: 16 }, flat);
  const norm = net.add("norm", { op: "batchNorm" }, hidden);
  const small = net.build(net.add("out", { op: "linear", features: 4 }, norm));
  const batch = batchFor(small, 16, "batch");
  const program = new URL("./support/failing_thread.ts", import.meta.url);
  const theirs = await compileForTeam(small, { threads: 2, batch: 16, ...training, program });
  const restore = failOnce();
  const mine = await compileForTeam(small, { threads: 2, batch: 16, ...training }).finally(restore);
  const whole = compile(small, { batch: 16, ...training });
  for (const plan of [theirs, mine, whole]) plan.initialise({ rng: createRng("weights") });
  const { loss } = whole.backward(batch);
  assertThrows(() => theirs.backward(batch), Error, "thread 2 of 2 failed: a kernel trapped");
  assertAlmostEquals(theirs.backward(batch).loss, loss, 1e-5);
  // What the calling thread's own kernel throws is thrown as it is.
  assertEquals(assertThrows(() => mine.backward(batch), RangeError).message, "a kernel trapped");
  assertAlmostEquals(mine.backward(batch).loss, loss, 1e-5);
  for (const plan of [theirs, mine, whole]) plan.dispose();
});

Deno.test("a thread that is gone is an error, not a hang", async () => {
  const program = new URL("./support/missing_thread.ts", import.meta.url);
  const plan = await compileForTeam(graph, { threads: 2, batch: 6, patience: 1, program });
  const { images } = batchFor(graph, 6, "batch");
  for (const statistics of ["batch", "running"] as const) {
    const error = assertThrows(() => plan.forward(images, { statistics }), Error);
    assertMatch(error.message, /one of its threads is gone|did not come back/);
  }
  plan.dispose();
});

Deno.test("a thread that does not start is an error", async () => {
  const before = heapInUse();
  const program = new URL("./support/silent_thread.ts", import.meta.url);
  const error = await assertRejects(
    () => compileForTeam(graph, { threads: 3, batch: 6, program }),
    Error,
  );
  assertMatch(error.message, /^Cannot compile the graph: a thread did not start: /);
  assertEquals(heapInUse(), before);
});

Deno.test("a plan compiled in a worker has threads of its own", async () => {
  const url = new URL("./support/threaded_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const output = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.terminate(); // with its plan, which was not disposed of
  assertInstanceOf(output, Float32Array);
  const small = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
  const plan = compile(small.lower(small.fromChoices([3, 1, 3, 1, 3, 3])), { batch: 9 });
  plan.initialise({ rng: createRng("a") });
  assertEquals(output, plan.forward(Float32Array.from({ length: 9 * 64 }, (_, i) => Math.sin(i))));
  plan.dispose();
});

Deno.test("a plan that nobody disposed of does not keep the process", async () => {
  const script = `
    import { compileThreaded, nasBench201 } from "naskit";
    const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
    const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
    const plan = await compileThreaded(graph, { threads: 2, batch: 4 });
    console.log(plan.forward(new Float32Array(4 * 192)).length);
  `;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, script);
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, path],
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(60_000),
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "40\n"]);
  } finally {
    await Deno.remove(path);
  }
});
