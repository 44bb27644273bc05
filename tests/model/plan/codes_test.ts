import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { heapInUse } from "naskit/engine/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { compile, compileThreaded, liveNodes, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { runReference, type Value } from "../../support/reference_graph.ts";
import { batchFor } from "./support/noise.ts";

/** By a plain loop, on how many numbers each pair of rows agrees. */
function agreementOf(values: ArrayLike<number>, count: number): number[] {
  const size = values.length / count;
  return Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count), at % count];
    let equal = 0;
    for (let k = 0; k < size; k++) {
      if (values[i * size + k]! > 0 === values[j * size + k]! > 0) equal++;
    }
    return equal;
  });
}

/** By texts of zeros and ones, how many patterns columns have. */
function patternsOf(lists: readonly ArrayLike<number>[], count: number): number {
  const patterns = new Set<string>();
  for (const values of lists) {
    const size = values.length / count;
    for (let k = 0; k < size; k++) {
      let pattern = "";
      for (let i = 0; i < count; i++) pattern += values[i * size + k]! > 0 ? "1" : "0";
      patterns.add(pattern);
    }
  }
  return patterns.size;
}

function sumOf(lists: readonly ArrayLike<number>[], count: number): number[] {
  return Array.from(
    { length: count * count },
    (_, i) => lists.reduce((sum, list) => sum + list[i]!, 0),
  );
}

function namesOf(graph: Graph): string[] {
  return liveNodes(graph).map(({ name }) => name);
}

Deno.test("codes agree where the values that a run computed do", () => {
  const ops = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const graph = randomGraph(createRng(`codes ${seed}`)), names = namesOf(graph);
    const count = 1 + seed % 4, { images } = batchFor(graph, count, `codes ${seed}`);
    for (const training of [false, true]) {
      const plan = compile(graph, { batch: count + seed % 2, training, keep: names, codes: names });
      plan.initialise({ rng: createRng(seed) });
      plan.forward(images, { statistics: "batch" });
      const single = names.map((name) => agreementOf(plan.activation(name), count));
      names.forEach((name, i) => {
        assertEquals([...plan.codeAgreement([name])], single[i], `graph ${seed}, ${name}`);
      });
      assertEquals([...plan.codeAgreement()], sumOf(single, count));
      const values = names.map((name) => plan.activation(name));
      names.forEach((name, i) => {
        assertEquals(plan.distinctPatterns([name]), patternsOf([values[i]!], count));
      });
      assertEquals(plan.distinctPatterns(), patternsOf(values, count));
      plan.dispose();
    }
    for (const { op } of liveNodes(graph)) ops.add(op);
  }
  assertGreater(ops.size, 16);
});

/** A plan's arrays, for the reference. */
function inDouble(plan: Plan): Map<string, Value> {
  return new Map([...plan.params].map(([name, { shape }]): [string, Value] => {
    return [name, { shape, data: Float64Array.from(plan.weights(name)) }];
  }));
}

Deno.test("codes of values that are not kept are those of double precision", () => {
  let certain = 0;
  for (let seed = 0; seed < 30; seed++) {
    const graph = randomGraph(createRng(`apart ${seed}`)), names = namesOf(graph);
    const count = 2 + seed % 3, { images } = batchFor(graph, count, `apart ${seed}`);
    const [input] = graph.nodes;
    const shape = [count, ...(input?.op === "input" ? input.shape : [])];
    const training = seed % 2 === 0;
    const plan = compile(graph, { batch: count, training, codes: names });
    plan.initialise({ rng: createRng(seed) });
    plan.forward(images, { statistics: "batch" });
    for (const name of names) {
      const { data } = runReference({ ...graph, output: name }, inDouble(plan), {
        shape,
        data: Float64Array.from(images),
      });
      // What is 0 but for rounding may be above it or not.
      const unclear = data.filter((v) => v !== 0 && Math.abs(v) < 1e-5).length;
      if (unclear === 0) certain++;
      plan.codeAgreement([name]).forEach((value, i) => {
        assert(Math.abs(value - agreementOf(data, count)[i]!) <= unclear, `${seed}, ${name}`);
      });
    }
    plan.dispose();
  }
  assertGreater(certain, 200);
});

Deno.test("ReLUs that read the same value count one by one", () => {
  const net = new GraphBuilder([1, 1, 3]);
  const relus = ["a", "b", "c"].map((name) => net.add(name, { op: "relu" }, net.input));
  const clipped = net.add("clipped", { op: "relu6" }, net.input);
  const convs = relus.map((relu) =>
    net.add(`${relu}.conv`, { op: "conv", kernel: 1, channels: 2 }, relu)
  );
  const sum = net.add("sum", { op: "add" }, ...convs);
  const joined = net.add("joined", { op: "concat" }, sum, clipped);
  const graph = net.build(net.add("pool", { op: "globalAvgPool" }, joined));
  const plan = compile(graph, { batch: 3, codes: [...relus, clipped, "input"] });
  plan.forward(Float32Array.of(1, 2, -1, 7, -3, 4, -1, -2, 0));
  const once = [3, 1, 1, 1, 3, 1, 1, 1, 3];
  const times = (n: number) => once.map((value) => n * value);
  assertEquals([...plan.codeAgreement()], times(5));
  assertEquals([...plan.codeAgreement(relus)], times(3));
  assertEquals([...plan.codeAgreement(["b", "clipped", "b"])], times(3));
  assertEquals([...plan.codeAgreement([])], times(0));
  // Over the images the three numbers are above zero as 100, 110 and 000.
  assertEquals([plan.distinctPatterns(), plan.distinctPatterns([])], [3, 0]);
  plan.dispose();
});

Deno.test("patterns over more images than a word has bits are told apart", () => {
  for (const count of [31, 32, 33, 64, 70]) {
    const net = new GraphBuilder([3, 5, 4]);
    const relu = net.add("relu", { op: "relu" }, net.input);
    const graph = net.build(net.add("pool", { op: "globalAvgPool" }, relu));
    const plan = compile(graph, { batch: count, codes: ["relu"], keep: ["relu"] });
    const rng = createRng(count);
    // Of sixty numbers many are equal, and some differ in the last image alone.
    const images = new Float32Array(60 * count).map((_, at) => {
      const [i, k] = [Math.floor(at / 60), at % 60];
      return i === count - 1 ? k % 2 : createRng(`${i} ${k % 11}`)() - 0.5;
    });
    plan.forward(images);
    assertEquals(plan.distinctPatterns(), 22);
    plan.forward(images.map(() => rng() - 0.5));
    assertEquals(plan.distinctPatterns(), patternsOf([plan.activation("relu")], count));
    plan.dispose();
  }
});

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, classes: 4 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
const relus = liveNodes(graph).filter(({ op }) => op === "relu").map(({ name }) => name);

Deno.test("codes are those of the last run, of whatever kind and size", () => {
  const plan = compile(graph, { batch: 6, training: true, codes: relus });
  plan.initialise({ rng: createRng("a") });
  const { images, labels } = batchFor(graph, 6, "runs");
  const size = images.length / 6;
  const some = { images: images.slice(0, 4 * size), labels: labels.slice(0, 4) };
  plan.forward(some.images, { statistics: "sample" });
  const wanted = plan.codeAgreement();
  const units = relus.reduce((sum, name) => {
    return sum + plan.shapes.get(name)!.reduce((product: number, side) => product * side, 1);
  }, 0);
  for (let i = 0; i < 4; i++) assertEquals(wanted[5 * i], units);
  const runs: (() => unknown)[] = [
    () => plan.backward(some, { statistics: "sample" }),
    () => plan.sampleGradients(some, "sum"),
    () => plan.sampleGram(some),
    () => plan.evaluate(some, { statistics: "sample" }),
  ];
  for (const run of runs) {
    plan.forward(images);
    assertEquals(plan.codeAgreement().length, 36);
    run();
    assertEquals(plan.codeAgreement(), wanted);
  }
  plan.dispose();
});

Deno.test("several threads have the codes of one", async () => {
  const { images } = batchFor(graph, 7, "threads");
  const found = [];
  for (const threads of [1, 2]) {
    const plan = await compileThreaded(graph, { threads, batch: 8, codes: relus });
    plan.initialise({ rng: createRng("a") });
    plan.forward(images, { statistics: "sample" });
    found.push(plan.codeAgreement());
    plan.dispose();
  }
  assertEquals(found[1], found[0]);
});

Deno.test("codes take a small part of what values take, and comparing them nothing for long", () => {
  const bytes = (options: { keep?: string[]; codes?: string[] }) => {
    const plan = compile(graph, { batch: 64, ...options });
    plan.dispose();
    return plan.bytes;
  };
  const none = bytes({});
  assertGreater(bytes({ codes: relus }), none);
  assertLess(bytes({ codes: relus }) - none, (bytes({ keep: relus }) - none) / 10);
  const plan = compile(graph, { batch: 64, codes: relus });
  plan.initialise({ rng: createRng("a") });
  plan.forward(batchFor(graph, 64, "heap").images);
  const before = heapInUse();
  plan.codeAgreement();
  assertEquals(heapInUse(), before);
  plan.dispose();
});

Deno.test("codes that cannot be had are refused with a reason", () => {
  assertThrows(
    () => compile(graph, { batch: 1, codes: ["nowhere"] }),
    RangeError,
    'codes names "nowhere", and the graph has no node of this name',
  );
  const plan = compile(graph, { batch: 1, codes: ["head.relu"] });
  assertThrows(
    () => plan.codeAgreement(),
    TypeError,
    "Cannot compare codes: the plan has not run yet",
  );
  assertThrows(
    () => plan.codeAgreement(["stem.conv"]),
    RangeError,
    'Cannot compare the codes of "stem.conv": the plan was compiled without it in `codes`',
  );
  plan.dispose();
  assertThrows(() => plan.codeAgreement(), TypeError, "it was disposed of");
});
