import { assert, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import {
  compile,
  type CompileOptions,
  compileThreaded,
  type ProfileRow,
} from "naskit/model/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";

/** The profile of a graph on so many images. */
function profile(graph: Graph, count: number, options: Partial<CompileOptions> = {}): ProfileRow[] {
  const plan = compile(graph, { batch: count, training: true, ...options });
  plan.initialise({ rng: createRng("weights") });
  const [input] = graph.nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  const images = new Float32Array(count * size).fill(1);
  const rows = plan.profile({ images, labels: new Int32Array(count) }, { repeats: 1 });
  plan.dispose();
  return rows;
}

/** Operations and floats moved, by phase and kernel. */
function worksOf(rows: readonly ProfileRow[]): Record<string, number[][]> {
  const works: Record<string, number[][]> = {};
  for (const { phase, kernel, flops, bytes } of rows) {
    (works[`${phase} ${kernel}`] ??= []).push([flops, bytes / 4]);
  }
  return works;
}

/** Images of 6x5 pixels with 2 channels. */
function small() {
  const net = new GraphBuilder([6, 5, 2]);
  const head = (input: string) => {
    const pooled = net.add("pooled", { op: "globalAvgPool" }, input);
    return net.build(net.add("head", { op: "linear", features: 7 }, pooled));
  };
  return { net, head };
}

// Counted by hand: 3 images of 30 pixels, from 2 channels to 4 and on to 7 classes.
const images = 3 * 30 * 2, values = 3 * 30 * 4, filter = 9 * 2 * 4, logits = 3 * 7;

Deno.test("a convolution, its batch norm and the head do the work that one counts by hand", () => {
  const { net, head } = small();
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
  const graph = head(net.add("norm", { op: "batchNorm" }, conv));
  const optimiser = { kind: "sgd", momentum: 0.9, weightDecay: 1e-4, nesterov: true } as const;
  const linear = 2 * 3 * 4 * 7, weights = filter + 2 * 4 + 4 * 7 + 7 + 1; // padded to fours
  const convolution = 2 * 3 * 30 * 4 * 9 * 2;
  const expected = {
    "forward conv": [[convolution, images + values + filter]],
    "forward batchNorm": [[6 * values, 2 * values + 4 * 4]],
    "forward globalAvgPool": [[values, values + 3 * 4]],
    "forward linear": [[linear + logits, 3 * 4 + logits + 28 + 7]],
    "loss softmaxCrossEntropy": [[5 * logits, 2 * logits + 2 * 3]],
    "backward biasGrad": [[logits, logits + 7]],
    "backward linearWeightGrad": [[linear, 3 * 4 + logits + 28]],
    "backward linearInputGrad": [[linear, 3 * 4 + logits + 28]],
    "backward globalAvgPoolGrad": [[values, values + 3 * 4]],
    "backward batchNormGrad": [[8 * values, 3 * values + 5 * 4]],
    "backward convFilterGrad": [[convolution, images + values + filter]],
    "optimiser optimiser": [[8 * weights, 5 * weights]],
  };
  assertEquals(worksOf(profile(graph, 3, { optimiser })), expected);

  const wanted = {
    ...expected,
    "backward convInputGrad": [[convolution, images + values + filter]],
  };
  assertEquals(worksOf(profile(graph, 3, { optimiser, imageGradient: true })), wanted);
  const forward = worksOf(profile(graph, 3, { training: false }));
  assertEquals(forward["forward batchNorm"], [[2 * values, 2 * values + 4 * 4]]);
  assertEquals(Object.keys(forward).length, 4);
});

Deno.test("a batch that is smaller than the plan's has less work", () => {
  const { net, head } = small();
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4, bias: true }, net.input);
  const graph = head(net.add("norm", { op: "batchNorm" }, conv));
  const plan = compile(graph, { batch: 5, training: true });
  const batch = { images: new Float32Array(images), labels: new Int32Array(3) };
  assertEquals(worksOf(plan.profile(batch, { repeats: 1 })), worksOf(profile(graph, 3)));
  plan.dispose();
});

Deno.test("strided, depthwise and pooled images are counted by what comes out of a window", () => {
  const { net, head } = small();
  const deep = net.add("deep", { op: "depthwise", kernel: 5, multiplier: 2 }, net.input);
  const pool = net.add("pool", { op: "maxPool", kernel: 3 }, deep);
  const half = net.add("half", { op: "conv", kernel: 1, stride: 2, channels: 8 }, pool);
  const works = worksOf(profile(head(half), 3));
  const halved = 3 * 3 * 3 * 8; // 6x5 pixels become 3x3
  assertEquals(works["forward depthwise"], [[2 * values * 25, images + values + 25 * 4]]);
  assertEquals(works["backward depthwiseFilterGrad"], works["forward depthwise"]);
  assertEquals(works["forward maxPool"], [[9 * values, 2 * values]]);
  assertEquals(works["backward maxPoolGrad"], [[9 * values, 4 * values]]);
  assertEquals(works["forward conv"], [[2 * halved * 4, values + halved + 4 * 8]]);
  assertEquals(works["backward convInputGrad"], works["forward conv"]);
});

Deno.test("a mixed node takes a multiply-add for each input that is open, and its way back one each", () => {
  const { net, head } = small();
  const branches = ["a", "b", "c"].map((name) =>
    net.add(name, { op: "conv", kernel: 1, channels: 4 }, net.input)
  );
  const zero = net.add("zero", { op: "zero" }, branches[0]!);
  const mixed = net.add("mixed", { op: "mixed", choice: "layer" }, zero, ...branches);
  const works = worksOf(profile(head(mixed), 3));
  assertEquals(works["forward mixed"], [[6 * values, 4 * values]]);
  assertEquals(works["backward mixedGrad"], Array(3).fill([values, 2 * values]));
});

Deno.test("packing signs takes a comparison a number, and writes a bit for each", () => {
  const { net, head } = small();
  const wide = net.add("wide", { op: "conv", kernel: 1, channels: 4 }, net.input);
  const works = worksOf(profile(head(net.add("relu", { op: "relu" }, wide)), 3, {
    codes: ["relu"],
  }));
  // The 120 numbers of an image fit in a vector of 128 bits.
  assertEquals(works["forward packSigns"], [[values, values + 3 * 4]]);
});

Deno.test("enlarged images and logits of pixels are counted by the pixels that they have", () => {
  const net = new GraphBuilder([6, 5, 2]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 4 }, net.input);
  const wide = net.add("wide", { op: "upsample", factor: 2 }, conv);
  const near = net.add("near", { op: "upsample", factor: 3, mode: "nearest" }, wide);
  const plan = compile(net.build(near), { batch: 5, training: true });
  const pixels = 3 * 36 * 30;
  const batch = { images: new Float32Array(images), labels: new Int32Array(pixels) };
  const works = worksOf(plan.profile(batch, { repeats: 1 }));
  assertEquals(works["forward conv"], [[2 * values * 2, images + values + 8]]);
  assertEquals(works["forward upsample"], [[8 * 4 * values, 5 * values]]);
  assertEquals(works["forward copyPixels"], [[0, 40 * values]]);
  assertEquals(works["loss softmaxCrossEntropy"], [[5 * 4 * pixels, 10 * pixels]]);
  assertEquals(works["backward addPixels"], [[36 * values, 40 * values]]);
  assertEquals(works["backward upsampleGrad"], [[8 * 4 * values, 5 * values]]);
  plan.dispose();
});

Deno.test("a ReLU that a convolution takes along is no step, and its mask is read", () => {
  const { net, head } = small();
  const conv = (name: string, input: string) =>
    net.add(name, { op: "conv", kernel: 1, channels: 4 }, input);
  const relu = net.add("relu", { op: "relu" }, conv("first", net.input));
  const works = worksOf(profile(head(conv("second", relu)), 3));
  const [operations, floats] = [2 * values * 4, 2 * values + 16];
  assertEquals(works["forward relu"], undefined);
  assertEquals(works["forward reluConv"], [[operations, floats]]);
  assertEquals(works["backward reluConvFilterGrad"], [[operations, floats]]);
  assertEquals(works["backward convInputGrad"]?.[0], [operations, floats + values]);
});

Deno.test("sums, products, gates and concatenations move each array once", () => {
  const { net, head } = small();
  const conv = (name: string) => net.add(name, { op: "conv", kernel: 1, channels: 4 }, net.input);
  const [a, b] = [conv("a"), conv("b")];
  const sum = net.add("sum", { op: "add" }, a, b, a);
  const gate = net.add("gate", { op: "sigmoid" }, net.add("mean", { op: "globalAvgPool" }, sum));
  const gated = net.add("gated", { op: "multiply" }, sum, gate);
  const product = net.add("product", { op: "multiply" }, gated, b);
  const works = worksOf(profile(head(net.add("both", { op: "concat" }, product, a)), 3));
  assertEquals(works["forward add"], [[values, 3 * values], [values, 3 * values]]);
  assertEquals(works["forward gate"], [[values, 2 * values + 12]]);
  assertEquals(works["forward multiply"], [[values, 3 * values]]);
  assertEquals(works["forward sigmoid"], [[12, 24]]);
  assertEquals(works["forward copyColumns"], [[0, 2 * values], [0, 2 * values]]);
  assertEquals(works["backward gateGrad"], [[2 * values, 2 * values + 12]]);
  assert(works["backward addInto"]?.every(([flops = 0, floats]) => floats === 3 * flops));
});

Deno.test("every kernel of random graphs can be counted", () => {
  const kernels = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    for (const row of profile(randomGraph(createRng(seed)), 2)) {
      const { kernel, flops, bytes } = row;
      const fields = ["node", "op", "phase", "kernel", "flops", "bytes", "milliseconds"];
      assertEquals(Object.keys(row), fields);
      kernels.add(kernel);
      assert(flops >= 0 && bytes > 0 && Number.isSafeInteger(flops) && Number.isSafeInteger(bytes));
      assert(flops > 0 || /copy/.test(kernel), kernel);
    }
  }
  assert(kernels.size > 30, `only ${[...kernels].join(", ")}`);
});

Deno.test("threads share the work of one", async () => {
  const { net, head } = small();
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
  const graph = head(net.add("norm", { op: "batchNorm" }, conv));
  const plan = await compileThreaded(graph, { batch: 5, threads: 2, training: true });
  const batch = { images: new Float32Array(images), labels: new Int32Array(3) };
  assertEquals(worksOf(plan.profile(batch, { repeats: 1 })), worksOf(profile(graph, 3)));
  plan.dispose();
});
