import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { buildModel, compile, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { memory } from "../../../lib/engine/backend.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 2, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

function imagesFor(count: number): Float32Array {
  return Float32Array.from({ length: count * 192 }, (_, i) => Math.sin(i * i));
}

Deno.test("plans account for their memory and give it back", () => {
  assertEquals(heapInUse(), 0);
  const before = tf.memory().numTensors;
  const plan = compile(graph, { batch: 8, training: true });
  assertEquals(heapInUse(), plan.bytes);
  const light = compile(graph, { batch: 8 });
  assertEquals(heapInUse(), plan.bytes + light.bytes);
  assertEquals(tf.memory().numTensors, before);
  plan.dispose();
  plan.dispose();
  assertEquals(heapInUse(), light.bytes);
  light.dispose();
  assertEquals(heapInUse(), 0);
});

Deno.test("hundreds of plans do not grow the heap", () => {
  const make = () => {
    const plan = compile(graph, { batch: 16, training: true });
    plan.initialise({ rng: createRng("a") });
    plan.forward(imagesFor(3));
    plan.dispose();
  };
  make();
  const size = memory.buffer.byteLength;
  for (let i = 0; i < 300; i++) make();
  assertEquals(memory.buffer.byteLength, size);
});

Deno.test("a plan that only runs forward shares memory between layers", () => {
  const deep = nasBench201({ channels: 4, cellsPerStage: 4, size: 8 });
  const deeper = deep.lower(deep.fromChoices([3, 1, 2, 4, 3, 3]));
  const bytes = (of: typeof graph, training: boolean) => {
    const plan = compile(of, { batch: 64, training });
    plan.dispose();
    return plan.bytes;
  };
  const weights = 4 * [...buildWeights(deeper)].reduce((sum, size) => sum + size, 0);
  // Twice as many cells in all take no more activations, but weights.
  assertLess(bytes(deeper, false) - bytes(graph, false), weights);
  assertGreater(bytes(deeper, true) - bytes(graph, true), 3 * weights);
});

function buildWeights(of: typeof graph): number[] {
  const model = buildModel(of, { rng: createRng("a") });
  model.dispose();
  return [...model.params.values(), ...model.statistics.values()].map(({ size }) => size);
}

Deno.test("a plan works on when the heap grows under it", () => {
  const plan = compile(graph, { batch: 4, training: true });
  plan.initialise({ rng: createRng("a") });
  const logits = plan.forward(imagesFor(4));
  const size = memory.buffer.byteLength;
  tf.tidy(() => tf.zeros([Math.ceil(size / 4)]).dataSync());
  assertGreater(memory.buffer.byteLength, size);
  assertEquals(plan.forward(imagesFor(4)), logits);
  plan.dispose();
});

Deno.test("a plan that does not fit is refused, and the heap is as it was", () => {
  const small = compile(graph, { batch: 1 });
  const inUse = heapInUse(), size = memory.buffer.byteLength;
  for (const batch of [1e6, 1e9]) {
    assertThrows(
      () => compile(graph, { batch, training: true }),
      RangeError,
      `Cannot compile the graph: for batches of ${batch} it takes`,
    );
  }
  assertEquals(heapInUse(), inUse);
  assertEquals(memory.buffer.byteLength, size);
  const another = compile(graph, { batch: 2 });
  another.dispose();
  small.dispose();
});

Deno.test("smaller batches run in the memory of the largest", () => {
  const plan = compile(graph, { batch: 7, training: true });
  plan.initialise({ rng: createRng("a") });
  const images = imagesFor(7);
  const all = plan.forward(images);
  for (const count of [1, 3, 6]) {
    const logits = plan.forward(images.slice(0, count * 192));
    assert(logits.every((v, i) => Math.abs(v - all[i]!) < 1e-5));
  }
  plan.dispose();
});

Deno.test("a plan that was disposed of says so whatever it is asked", () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const plan = compile(graph, { batch: 2, training: true });
  plan.dispose();
  const images = imagesFor(2), labels = Int32Array.of(0, 1);
  const uses: ((plan: Plan) => unknown)[] = [
    (plan) => plan.load(model),
    (plan) => plan.store(model),
    (plan) => plan.initialise({ rng: createRng("a") }),
    (plan) => plan.weights("stem.conv.weight"),
    (plan) => plan.setWeights("stem.bn.beta", [1, 2, 3, 4]),
    (plan) => plan.requireFinite(),
    (plan) => plan.forward(images),
    (plan) => plan.evaluate({ images, labels }),
    (plan) => plan.trainStep({ images, labels }, { learningRate: 1 }),
    (plan) => plan.backward({ images, labels }),
    (plan) => plan.activation("stem.conv"),
    (plan) => plan.activationGradient("stem.conv"),
    (plan) => plan.sampleGram({ images, labels }),
    (plan) => plan.pullBack(images, { slope: new Float32Array(20) }),
    (plan) => plan.sampleGradients({ images, labels }, "sign"),
    (plan) => plan.profile({ images, labels }),
  ];
  for (const use of uses) {
    assertThrows(() => use(plan), TypeError, "Cannot use the plan: it was disposed of");
  }
  model.dispose();
});

Deno.test("a graph of nothing but its input has a plan", () => {
  const net = new GraphBuilder([1, 1, 3]);
  const graph = net.build(net.add("flat", { op: "flatten" }, net.input));
  const plan = compile(graph, { batch: 2, training: true, imageGradient: true });
  const images = Float32Array.of(1, 2, 3, 4, 5, 6);
  assertEquals(plan.forward(images), images);
  const { images: gradient } = plan.pullBack(images, { slope: (output) => output.map((v) => -v) });
  assertEquals(gradient, images.map((v) => -v));
  plan.dispose();
});

Deno.test("a graph whose output is constant has a plan", () => {
  const net = new GraphBuilder([2, 2, 3]);
  const zeros = net.add("zero", { op: "zero" }, net.input);
  const pooled = net.add("pool", { op: "globalAvgPool" }, zeros);
  const graph = net.build(net.add("fc", { op: "linear", features: 2 }, pooled));
  const plan = compile(graph, { batch: 1, training: true, imageGradient: true });
  plan.setWeights("fc.bias", [3, 4]);
  const images = new Float32Array(12).fill(5);
  const { output, images: gradient, params } = plan.pullBack(images, {
    slope: Float32Array.of(1, 2),
  });
  assertEquals([...output], [3, 4]);
  assertEquals(gradient, new Float32Array(12));
  assertEquals([...params.get("fc.bias")!], [1, 2]);
  plan.dispose();
});
