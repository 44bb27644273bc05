import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, type Plan, type PlanBatch } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { gramOfLists, gramOfTiles } from "../../../lib/model/plan/gram.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { runReference, type Value } from "../../support/reference_graph.ts";
import { relativeError } from "../../support/tape.ts";

function batchFor(graph: Graph, count: number, seed: string): PlanBatch {
  const rng = createRng(seed);
  const [input] = graph.nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  return {
    images: Float32Array.from({ length: count * size }, () => rng.normal()),
    labels: Int32Array.from({ length: count }, () => rng.int(4)),
  };
}

function only({ images, labels }: PlanBatch, i: number): PlanBatch {
  const size = images.length / labels.length;
  return { images: images.slice(i * size, (i + 1) * size), labels: labels.slice(i, i + 1) };
}

type Gradient = ReadonlyMap<string, ArrayLike<number>>;

/** The inner products of gradients over the arrays whose names end in `.weight`, in double precision. */
function products(gradients: readonly Gradient[]): Float64Array {
  return Float64Array.from({ length: gradients.length ** 2 }, (_, at) => {
    const a = gradients[Math.floor(at / gradients.length)]!, b = gradients[at % gradients.length]!;
    let sum = 0;
    for (const [name, values] of a) {
      if (!name.endsWith(".weight")) continue;
      const others = b.get(name)!;
      for (let i = 0; i < values.length; i++) sum += values[i]! * others[i]!;
    }
    return sum;
  });
}

/** Moves scales, shifts and statistics away from the 0 and 1 that they start with. */
function scatter(plan: Plan, seed: number): void {
  const rng = createRng(`scatter ${seed}`);
  for (const { name, op } of plan.graph.nodes) {
    if (op !== "batchNorm") continue;
    for (const [array, least] of [["mean", -0.5], ["variance", 0.5]] as const) {
      const values = plan.weights(`${name}.${array}`).map(() => least + rng());
      plan.setWeights(`${name}.${array}`, values);
    }
  }
}

Deno.test("Gram matrices of random graphs are those of one image after another", () => {
  for (let seed = 0; seed < 40; seed++) {
    const graph = randomGraph(createRng(`gram ${seed}`)), count = 1 + seed % 5;
    const plan = compile(graph, { batch: count + seed % 2, training: true });
    const single = compile(graph, { batch: 1, training: true });
    for (const each of [plan, single]) {
      each.initialise({ rng: createRng(seed), init: "torchDefault" });
      scatter(each, seed);
    }
    const batch = batchFor(graph, count, `gram ${seed}`);
    const rng = createRng(`slopes ${seed}`);
    const slope = Float32Array.from({ length: 4 * count }, () => rng.normal());
    for (const statistics of ["sample", "running"] as const) {
      const where = `graph ${seed}, ${statistics}`;
      const all = Array.from({ length: count }, (_, i) => i);
      const byLoss = all.map((i) => single.backward(only(batch, i), { statistics }).params);
      const bySlope = all.map((i) =>
        single.pullBack(only(batch, i).images, {
          statistics,
          slope: slope.slice(4 * i, 4 * i + 4),
        }).params
      );
      for (
        const [found, gradients] of [
          [plan.sampleGram(batch, { statistics }), byLoss],
          [plan.sampleGram({ images: batch.images, slope }, { statistics }), bySlope],
        ] as const
      ) {
        assertLess(relativeError(found, products(gradients), 1e-9), 1e-4, where);
        for (let i = 0; i < count; i++) {
          for (let j = 0; j < i; j++) assertEquals(found[i * count + j], found[j * count + i]);
        }
      }
      if (statistics === "running") continue;
      const sums = plan.sampleGradients({ images: batch.images, slope }, "sum");
      const largest = Math.max(...[...sums.values()].map((sum) => Math.hypot(...sum)));
      for (const [name, sum] of sums) {
        const expected = sum.map((_, k) => bySlope.reduce((all, g) => all + g.get(name)![k]!, 0));
        assertLess(relativeError(sum, expected, 0.03 * largest + 1e-9), 1e-4, `${where}, ${name}`);
      }
    }
    plan.dispose();
    single.dispose();
  }
});

/** Gradients of the sum of each image's logits by finite differences in double precision. */
function slopesInDouble(plan: Plan, images: Value, statistics: "batch" | "sample"): Gradient[] {
  const params = new Map([...plan.params].map(([name, { shape }]): [string, Value] => {
    return [name, { shape, data: Float64Array.from(plan.weights(name)) }];
  }));
  const [count, ...shape] = images.shape as [number, ...number[]];
  const size = images.data.length / count;
  const sums = () => {
    const output = statistics === "batch"
      ? [...runReference(plan.graph, params, images).data]
      : Array.from({ length: count }, (_, i) => {
        const data = images.data.slice(i * size, (i + 1) * size);
        return [...runReference(plan.graph, params, { shape: [1, ...shape], data }).data];
      }).flat();
    const classes = output.length / count;
    return Array.from({ length: count }, (_, i) => {
      return output.slice(i * classes, (i + 1) * classes).reduce((a, b) => a + b);
    });
  };
  const gradients = Array.from({ length: count }, () => new Map<string, Float64Array>());
  for (const [name, { data }] of params) {
    if (!name.endsWith(".weight")) continue;
    for (const gradient of gradients) gradient.set(name, new Float64Array(data.length));
    for (let k = 0; k < data.length; k++) {
      const start = data[k]!;
      data[k] = start + 1e-6;
      const up = sums();
      data[k] = start - 1e-6;
      const down = sums();
      data[k] = start;
      gradients.forEach((gradient, i) => gradient.get(name)![k] = (up[i]! - down[i]!) / 2e-6);
    }
  }
  return gradients;
}

Deno.test("the neural tangent kernel is that of double precision, by either statistics", () => {
  const net = new GraphBuilder([4, 3, 2]);
  const stem = net.add("stem", { op: "conv", kernel: 3, channels: 3, bias: true }, net.input);
  const normed = net.add("stem.bn", { op: "batchNorm" }, stem);
  const relu = net.add("stem.relu", { op: "relu" }, normed);
  const side = net.add("side", { op: "depthwise", kernel: 3 }, relu);
  const sideNormed = net.add("side.bn", { op: "batchNorm" }, side);
  const deep = net.add("deep", { op: "conv", kernel: 1, channels: 3 }, relu);
  const sum = net.add("sum", { op: "add" }, sideNormed, deep);
  const last = net.add("last", { op: "tanh" }, sum);
  const pooled = net.add("pool", { op: "globalAvgPool" }, last);
  const graph = net.build(net.add("fc", { op: "linear", features: 3 }, pooled));
  const plan = compile(graph, { batch: 5, training: true });
  plan.initialise({ rng: createRng("a") });
  const { images } = batchFor(graph, 5, "kernel");
  const slope = (output: Float32Array) => new Float32Array(output.length).fill(1);
  const data = Float64Array.from(images);
  const found = (["batch", "sample"] as const).map((statistics) => {
    const gram = plan.sampleGram({ images, slope }, { statistics });
    const expected = slopesInDouble(plan, { shape: [5, 4, 3, 2], data }, statistics);
    assertLess(relativeError(gram, products(expected)), 1e-5, statistics);
    return gram;
  });
  assertGreater(relativeError(found[0]!, found[1]!), 0.1); // they are not the same
  assertEquals(plan.sampleGram({ images, slope }), found[1]);
  plan.dispose();
});

Deno.test("through the batch's statistics, the kernel is the tape's", () => {
  const space = nasBench201({
    channels: 4,
    cellsPerStage: 1,
    size: 8,
    inputChannels: 3,
    classes: 4,
  });
  const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
  const model = buildModel(graph, { rng: createRng("a") });
  const plan = compile(graph, { batch: 7, training: true });
  plan.load(model);
  const batch = batchFor(graph, 6, "tape");
  const weights = [...model.params].filter(([name]) => name.endsWith(".weight"));
  const gradients = Array.from({ length: 6 }, (_, i) => {
    const gradient = new Map<string, ArrayLike<number>>();
    tf.tidy(() => {
      const x = tf.tensor4d(batch.images.slice(), [6, 8, 8, 3]);
      const { grads } = tf.variableGrads(() => {
        const logits = model.forward(x, { statistics: "batch" });
        return tf.sum(tf.slice(logits, [i, 0], [1, 4])) as tf.Scalar;
      }, weights.map(([, variable]) => variable));
      for (const [name, { name: id }] of weights) {
        gradient.set(name, grads[id]!.dataSync().slice());
      }
    });
    return gradient;
  });
  const found = plan.sampleGram({ images: batch.images, slope: new Float32Array(24).fill(1) }, {
    statistics: "batch",
  });
  assertLess(relativeError(found, products(gradients)), 1e-4);

  // With labels, the sum of all products is the square of the gradient of the sum of the losses.
  const total = plan.backward(batch).params;
  const square = products([total])[0]! * 36;
  const sum = plan.sampleGram(batch, { statistics: "batch" }).reduce((a, b) => a + b, 0);
  assertAlmostEquals(sum, square, 1e-3 * square);
  plan.dispose();
  model.dispose();
});

Deno.test("a linear layer's Gram matrix is that of its inputs times that of its slopes", () => {
  const net = new GraphBuilder([1, 1, 2]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const graph = net.build(net.add("fc", { op: "linear", features: 2 }, flat));
  const plan = compile(graph, { batch: 3, training: true });
  const images = Float32Array.of(1, 0, 1, 1, 0, 2);
  const slope = Float32Array.of(1, 0, 1, 2, 3, -1);
  // Inputs' products 1 1 0, 2 2, 4; slopes' 1 1 3, 5 1, 10. The bias is not counted.
  const expected = [1, 1, 0, 1, 10, 2, 0, 2, 40];
  for (const statistics of ["sample", "batch", "running"] as const) {
    assertEquals([...plan.sampleGram({ images, slope }, { statistics })], expected);
  }
  plan.dispose();
});

Deno.test("a Gram matrix leaves the heap, the weights and the statistics as they are", () => {
  const space = nasBench201({
    channels: 4,
    cellsPerStage: 1,
    size: 8,
    inputChannels: 3,
    classes: 4,
  });
  const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
  const plan = compile(graph, { batch: 64, training: true });
  plan.initialise({ rng: createRng("a") });
  const names = [...plan.params.keys(), "head.bn.mean", "head.bn.variance"];
  const before = names.map((name) => plan.weights(name)), inUse = heapInUse();
  const batch = batchFor(graph, 64, "heap");
  for (const statistics of ["sample", "batch"] as const) {
    const gram = plan.sampleGram(batch, { statistics });
    assertEquals(gram.length, 64 * 64);
    for (let i = 0; i < 64; i++) assert(gram[i * 65]! > 0);
  }
  assertEquals(heapInUse(), inUse);
  assertEquals(names.map((name) => plan.weights(name)), before);
  plan.dispose();
});

Deno.test("a network without weights that the output depends on has a Gram matrix of zeros", () => {
  const net = new GraphBuilder([1, 1, 2]);
  const graph = net.build(net.add("flat", { op: "flatten" }, net.input));
  const plan = compile(graph, { batch: 2, training: true });
  const batch = { images: Float32Array.of(1, 2, 3, 4), labels: Int32Array.of(0, 1) };
  for (const statistics of ["sample", "batch"] as const) {
    assertEquals([...plan.sampleGram(batch, { statistics })], [0, 0, 0, 0]);
  }
  plan.dispose();
});

Deno.test("inner products do not depend on how many lists are held at a time", () => {
  const rng = createRng("lists");
  const lists = Array.from(
    { length: 7 },
    () => Float32Array.from({ length: 5 }, () => rng.int(9) - 4),
  );
  const expected = products(lists.map((list) => new Map([["a.weight", list]])));
  for (const room of [1, 5, 10, 15, 20, 34, 35, 1000]) {
    let reads = 0;
    const found = gramOfLists({ count: 7, size: 5, room }, (index, into) => {
      into.set(lists[index]!);
      reads++;
    });
    assertEquals([...found], [...expected]);
    if (room >= 35) assertEquals(reads, 7);
  }
});

Deno.test("a Gram matrix put together from tiles is whole", () => {
  for (const count of [1, 2, 3, 7, 8]) {
    const expected = Array.from({ length: count ** 2 }, (_, at) => {
      const i = Math.floor(at / count), j = at % count;
      return 1 + Math.min(i, j) + 100 * Math.max(i, j);
    });
    for (const most of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const found = gramOfTiles({ count, most }, (members) => {
        assert(members.length <= Math.max(most, 2));
        return Float32Array.from(
          members.flatMap((i) => members.map((j) => expected[i * count + j]!)),
        );
      });
      assertEquals([...found], expected);
    }
  }
});

Deno.test("layers whose gradients of all images do not fit give the same, some images at a time", () => {
  // 2**24 floats hold the gradients of five images by 1024 x 3072 weights.
  const net = new GraphBuilder([1, 1, 1024]);
  const normed = net.add("bn", { op: "batchNorm" }, net.input);
  const wide = net.add("wide", { op: "conv", kernel: 1, channels: 3072 }, normed);
  const pooled = net.add("pool", { op: "globalAvgPool" }, wide);
  const graph = net.build(net.add("fc", { op: "linear", features: 4, bias: false }, pooled));
  const plan = compile(graph, { batch: 7, training: true });
  plan.initialise({ rng: createRng("a") });
  const { images } = batchFor(graph, 7, "wide");
  const slope = (output: Float32Array) => output.map((_, i) => Math.sin(i));
  const found = plan.sampleGram({ images, slope }, { statistics: "running" });
  // In closed form: a pixel's gradient by `wide` is its input times its slope, and so on.
  const scale = 1 / Math.sqrt(1 + 1e-5), weight = plan.weights("wide.weight");
  const head = plan.weights("fc.weight");
  const rows = Array.from({ length: 7 }, (_, n) => {
    const x = Float64Array.from(images.slice(1024 * n, 1024 * n + 1024), (v) => v * scale);
    const dy = Array.from({ length: 4 }, (_, k) => Math.sin(4 * n + k));
    const y = new Float64Array(3072);
    x.forEach((v, i) => y.forEach((_, c) => y[c]! += v * weight[3072 * i + c]!));
    const dx = y.map((_, c) => dy.reduce((sum, d, k) => sum + d * head[4 * c + k]!, 0));
    return { x, dy, y, dx };
  });
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, v, i) => sum + v * b[i]!, 0);
  const expected = rows.flatMap((a) =>
    rows.map((b) => dot(a.x, b.x) * dot(a.dx, b.dx) + dot(a.y, b.y) * dot(a.dy, b.dy))
  );
  assertLess(relativeError(found, expected), 1e-5);
  plan.dispose();
});
