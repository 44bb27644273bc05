import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { memory } from "naskit/engine/backend.ts";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import { buildModel, type Init, type Model } from "naskit/model/mod.ts";
import { noiseBatch, synflow } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../support/random_graph.ts";
import { runReference, type Value, value } from "../support/reference_graph.ts";
import { fixture, fixtureNames } from "./support/fixtures.ts";
import { handModel } from "./support/hand_model.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const whole = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));

function scoreOf(network: Graph | Model, options: Parameters<typeof synflow>[0] = {}) {
  const graph = "graph" in network ? network.graph : network;
  const batch = noiseBatch(graph, { count: 2, rng: createRng("noise") });
  return synflow(options).score(network, batch, createRng("weights"));
}

/** A network as SynFlow sees it, in double precision. */
interface Positive {
  readonly graph: Graph;
  readonly params: ReadonlyMap<string, Value>;
  readonly ones: Value;
}

function positive({ graph, params }: Model): Positive {
  const [input] = graph.nodes;
  return {
    graph: {
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.op === "batchNorm" ? { op: "identity", name: node.name, inputs: node.inputs } : node
      ),
    },
    params: new Map([...params].map(([name, { shape }]) => {
      const values = params.get(name)!.dataSync();
      return [name, value(shape, (i) => Math.abs(values[i]!))];
    })),
    ones: value([1, ...(input?.op === "input" ? input.shape : [])], () => 1),
  };
}

/** The sum of the output, with one array times a factor. */
function flow({ graph, params, ones }: Positive, name = "", factor = 1): number {
  const { shape, data } = params.get(name) ?? value([]);
  const scaled = new Map([...params, [name, value(shape, (i) => factor * data[i]!)] as const]);
  return runReference(graph, scaled, ones).data.reduce((a, b) => a + b, 0);
}

/** The sum of |w dR/dw| over each layer: how R changes as the layer grows, by central differences. */
function layerSums(network: Positive, step = 1e-6): number[] {
  return [...network.params.keys()].filter((name) => name.endsWith(".weight")).map((name) =>
    (flow(network, name, 1 + step) - flow(network, name, 1 - step)) / (2 * step)
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

function chain(ops: readonly Op[], shape: readonly [number, number, number] = [4, 4, 2]): Graph {
  const net = new GraphBuilder(shape);
  let x = net.input;
  ops.forEach((op, i) => x = net.add(`${i}.${op.op}`, op, x));
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 3, bias: false }, x));
}

Deno.test("SynFlow is that of an independent program", async () => {
  for (const name of fixtureNames) {
    const { model, expected } = await fixture(name);
    const wanted = expected.synflow_no_bn as number;
    assertAlmostEquals(Math.exp(await scoreOf(model)), wanted, 1e-3 * wanted);
    model.dispose();
  }
});

Deno.test("a chain of weights -2 and 3 has SynFlow 12", async () => {
  const net = new GraphBuilder([1, 1, 1]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 1 }, net.input);
  const flat = net.add("flat", { op: "flatten" }, conv);
  const graph = net.build(net.add("head", { op: "linear", features: 1, bias: false }, flat));
  const model = handModel(graph, { "conv.weight": [-2], "head.weight": [3] });
  assertAlmostEquals(await scoreOf(model), Math.log(12), 1e-6);
  model.dispose();
});

Deno.test("in a chain without biases each layer's sum is R, and the score their sum", async () => {
  for (const layers of [1, 2, 5]) {
    const ops = Array.from({ length: layers }, (_, i): Op[] => [
      { op: "conv", kernel: 3, channels: 2 + i },
      { op: "batchNorm" },
      { op: "relu" },
    ]).flat();
    const model = buildModel(chain(ops), { rng: createRng("chain") });
    const network = positive(model), total = flow(network);
    for (const each of layerSums(network)) assertAlmostEquals(each, total, 1e-6 * total);
    assertAlmostEquals(await scoreOf(model), Math.log((layers + 1) * total), 1e-4);
    model.dispose();
  }
});

Deno.test("a layer's scale is a summand of the score", async () => {
  const model = buildModel(whole, { rng: createRng("weights") });
  const before = await scoreOf(model);
  const weight = model.params.get("stem.conv.weight")!;
  tf.tidy(() => weight.assign(weight.mul(-1000)));
  assertAlmostEquals(await scoreOf(model), before + Math.log(1000), 1e-4);
  model.dispose();
});

Deno.test("on any network SynFlow is what layers' sums come to in double precision", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const graph = randomGraph(createRng(seed), { nodes: 8 });
      const model = buildModel(graph, { rng: createRng(seed), init: "torchDefault" });
      const found = await scoreOf(model);
      const wanted = sum(layerSums(positive(model)));
      model.dispose();
      if (wanted === 0) assertEquals(found, -Infinity);
      else assertAlmostEquals(found, Math.log(wanted), 1e-3);
    }),
    { numRuns: 40 },
  );
});

const activations = ["relu6", "hswish", "swish", "sigmoid", "hsigmoid", "tanh"] as const;

/** So many layers of 1x1 filters by each of which values grow or shrink. */
function scaling(net: GraphBuilder, layers: number, scale: number) {
  const values: { [param: string]: number[] } = {};
  let x = net.input;
  for (let i = 0; i < layers; i++) {
    x = net.add(`scale${i}`, { op: "conv", kernel: 1, channels: 2 }, x);
    values[`${x}.weight`] = [1, -2, 3, 0.5].map((weight) => scale * (weight + i / 10));
  }
  return { x, values };
}

Deno.test("values that single precision cannot hold pass through every op", async () => {
  for (const scale of [1e4, 1e-4]) {
    for (const activation of activations) {
      const net = new GraphBuilder([4, 4, 2]);
      const { x, values } = scaling(net, 24, scale);
      const active = net.add("active", { op: activation }, x);
      const mean = net.add("mean", { op: "globalAvgPool" }, active);
      const head = { op: "linear", features: 2 } as const;
      const alone = net.build(net.add("alone", { ...head, bias: false }, mean));
      const both = net.add("both", { op: "concat" }, active, net.input);
      const product = net.add("product", { op: "multiply" }, x, active);
      const biased = net.add("biased", { op: "conv", kernel: 3, channels: 4, bias: true }, product);
      const total = net.add("total", { op: "add" }, biased, both);
      const graph = net.build(
        net.add("head", head, net.add("pool", { op: "globalAvgPool" }, total)),
      );
      for (const each of [alone, { ...graph, output: "head" }]) {
        const model = handModel(each, values);
        const wanted = Math.log(sum(layerSums(positive(model))));
        assertAlmostEquals(await scoreOf(model), wanted, 1e-3, `${activation} ${scale}`);
        model.dispose();
      }
    }
  }
});

Deno.test("values that double precision cannot hold are bent as infinite ones would be", async () => {
  const limits = { relu6: 6, sigmoid: 1, hsigmoid: 1, tanh: 1 };
  for (const activation of activations) {
    const net = new GraphBuilder([2, 2, 2]);
    const { x, values } = scaling(net, 300, 1e4);
    const active = net.add("active", { op: activation }, x);
    const pool = net.add("pool", { op: "globalAvgPool" }, active);
    const head = { op: "linear", features: 1, bias: false } as const;
    const model = handModel(net.build(net.add("head", head, pool)), {
      ...values,
      "head.weight": [0.25, -0.5],
    });
    // Values of an unbent chain: each 2x2 matrix is applied to the vector before, which is made 1 again.
    let [a, b, logarithm] = [1, 1, 0];
    for (let i = 0; i < 300; i++) {
      const [p, q, r, s] = [1 + i / 10, 2 - i / 10, 3 + i / 10, 0.5 + i / 10].map(Math.abs);
      [a, b] = [a * p! + b * r!, a * q! + b * s!];
      logarithm += Math.log(1e4 * a);
      [a, b] = [1, b / a];
    }
    const unbent = Math.log(301) + logarithm + Math.log(0.25 + 0.5 * b);
    const wanted = activation in limits
      ? Math.log(0.75 * limits[activation as keyof typeof limits])
      : unbent;
    assertAlmostEquals(await scoreOf(model), wanted, 1e-2, activation);
    model.dispose();
  }
});

Deno.test("zeros do not drown what is next to nothing", async () => {
  const net = new GraphBuilder([4, 4, 2]);
  const { x, values } = scaling(net, 60, 1e-4);
  const zero = net.add("zero", { op: "zero" }, net.input);
  const total = net.add("total", { op: "add" }, zero, x);
  const both = net.add("both", { op: "concat" }, total, zero);
  const pool = net.add("pool", { op: "globalAvgPool" }, both);
  const head = { op: "linear", features: 2, bias: false } as const;
  const model = handModel(net.build(net.add("head", head, pool)), values);
  const wanted = Math.log(sum(layerSums(positive(model))));
  assertAlmostEquals(await scoreOf(model), wanted, 1e-3);
  model.dispose();
});

Deno.test("the maximum of a window passes on its own derivative", async () => {
  for (const window of [{ kernel: 3, stride: 2 }, { kernel: 2, padding: 1 }, { kernel: 3 }]) {
    const net = new GraphBuilder([7, 6, 3]);
    const short = net.add("short", { op: "conv", kernel: 3, channels: 4 }, net.input);
    const long = net.add("long", { op: "conv", kernel: 3, channels: 4 }, short);
    const both = net.add("both", { op: "concat" }, short, long);
    const pool = net.add("maximum", { op: "maxPool", ...window }, both);
    const flat = net.add("flat", { op: "flatten" }, pool);
    const graph = net.build(net.add("head", { op: "linear", features: 2 }, flat));
    const model = buildModel(graph, { rng: createRng("maximum") });
    const wanted = Math.log(sum(layerSums(positive(model))));
    assertAlmostEquals(await scoreOf(model), wanted, 1e-4);
    model.dispose();
  }
});

Deno.test("a network too deep for single precision has the score of double precision", async () => {
  const net = new GraphBuilder([4, 4, 2]);
  let x = net.add("stem", { op: "conv", kernel: 3, channels: 4 }, net.input);
  for (let i = 0; i < 40; i++) {
    const conv = net.add(`conv${i}`, { op: "conv", kernel: 3, channels: 4, bias: i % 7 === 0 }, x);
    const relu = net.add(
      `relu${i}`,
      { op: "relu" },
      net.add(`norm${i}`, { op: "batchNorm" }, conv),
    );
    x = net.add(`add${i}`, { op: "add" }, x, relu);
  }
  x = net.add("pool", { op: "globalAvgPool" }, x);
  const graph = net.build(net.add("head", { op: "linear", features: 3 }, x));
  const model = buildModel(graph, { rng: createRng("deep"), init: "standardNormal" });
  const network = positive(model);
  const total = flow(network);
  assert(total > 1e40 && Number.isFinite(total), `${total}`);
  // All layers at once, for speed: the derivative by a common factor.
  const step = 1e-6;
  const scaled = (factor: number) =>
    flow({
      ...network,
      params: new Map([...network.params].map(([name, { shape, data }]) => [
        name,
        value(shape, (i) => data[i]! * (name.endsWith(".weight") ? factor : 1)),
      ])),
    });
  const wanted = (scaled(1 + step) - scaled(1 - step)) / (2 * step);
  assertAlmostEquals(await scoreOf(model), Math.log(wanted), 1e-4);
  model.dispose();
});

Deno.test("a deep network takes no more memory than a shallow one", async () => {
  const scoreDeep = async (layers: number) => {
    const ops = Array.from({ length: layers }, (): Op => ({ op: "conv", kernel: 1, channels: 16 }));
    const model = buildModel(chain(ops, [32, 32, 16]), { rng: createRng("deep") });
    await scoreOf(model);
    model.dispose();
  };
  await scoreDeep(20);
  const before = memory.buffer.byteLength;
  await scoreDeep(800); // 128 KiB for the values of each layer
  assert(memory.buffer.byteLength - before < 32 * 2 ** 20);
});

Deno.test("neither images nor batch norms make a difference, weights do", async () => {
  const model = buildModel(whole, { rng: createRng("weights") });
  const before = await scoreOf(model);
  tf.tidy(() => {
    for (const [name, variable] of model.params) {
      if (/gamma|beta/.test(name)) variable.assign(variable.add(3));
    }
  });
  assertEquals(await scoreOf(model), before);
  const other = noiseBatch(whole, { count: 5, rng: createRng("others") });
  assertEquals(await synflow().score(model, other, createRng("b")), before);
  model.dispose();
  const drawn = (init: Init) => scoreOf(whole, { init });
  assert(await drawn("standardNormal") > await drawn("torchDefault"));
});

Deno.test("where no way leads to the output the score is -Infinity", async () => {
  const dead = space.lower(space.fromChoices([0, 0, 0, 0, 0, 0]));
  assertEquals(await scoreOf(dead), -Infinity);
});

/** The sum of |w dR/dw| with batch norms, on tfjs. */
function byTape(model: Model): number {
  const { graph, params } = model;
  const copy = buildModel(graph, { rng: createRng("copy") });
  for (const [name, variable] of copy.params) {
    tf.tidy(() => variable.assign(params.get(name)!.abs()));
  }
  let total = 0;
  tf.tidy(() => {
    const shape = model.shapes.get(graph.nodes[0]!.name) as [number, number, number];
    const ones: tf.Tensor4D = tf.ones([1, ...shape]);
    const { grads } = tf.variableGrads(
      () => copy.forward(ones, { statistics: "batch" }).sum() as tf.Scalar,
      [...copy.params.values()],
    );
    for (const [name, variable] of copy.params) {
      const gradient = grads[variable.name];
      if (!name.endsWith(".weight") || gradient === undefined) continue;
      total += gradient.mul(variable).abs().sum().dataSync()[0]!;
    }
  });
  copy.dispose();
  return total;
}

Deno.test("SynFlow with batch norms is that of tfjs on one image of ones", async () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
  for (const choices of [[3, 1, 3, 2, 4, 3], [3, 3, 3, 3, 3, 3], [1, 3, 0, 2, 2, 1]]) {
    const graph = space.lower(space.fromChoices(choices));
    const model = buildModel(graph, { rng: createRng("weights"), init: "torchDefault" });
    tf.tidy(() => {
      for (const [name, variable] of model.params) {
        if (/gamma|beta/.test(name)) {
          variable.assign(tf.randomUniform(variable.shape, -1, 1, "float32", 7));
        }
      }
    });
    const found = await scoreOf(model, { batchNorm: true });
    assertAlmostEquals(found, Math.log(byTape(model)), 1e-3);
    model.dispose();
  }
});

Deno.test("without batch norms, SynFlow with them is SynFlow", async () => {
  const model = buildModel(
    chain(Array.from({ length: 60 }, () => ({ op: "conv", kernel: 3, channels: 3 }))),
    { rng: createRng("deep"), init: "standardNormal" },
  );
  const found = await scoreOf(model, { batchNorm: true });
  assert(found > Math.log(Number.MAX_SAFE_INTEGER));
  assertEquals(found, await scoreOf(model));
  model.dispose();
});

Deno.test("a mixed node is the mean of its inputs", async () => {
  const make = (join: (net: GraphBuilder, a: string, b: string) => string) => {
    const net = new GraphBuilder([3, 3, 1]);
    const a = net.add("a", { op: "conv", kernel: 1, channels: 2 }, net.input);
    const b = net.add("b", { op: "conv", kernel: 1, channels: 2 }, net.input);
    const x = net.add("pool", { op: "globalAvgPool" }, join(net, a, b));
    return net.build(net.add("head", { op: "linear", features: 2, bias: false }, x));
  };
  const mean = make((net, a, b) => net.add("mixed", { op: "mixed", choice: "c" }, a, b));
  const total = make((net, a, b) => net.add("sum", { op: "add" }, a, b));
  const values = { "a.weight": [1, -2], "b.weight": [0.5, 3], "head.weight": [1, 2, -1, 0.5] };
  const [mixed, summed] = [handModel(mean, values), handModel(total, values)];
  assertAlmostEquals(await scoreOf(mixed), await scoreOf(summed) - Math.log(2), 1e-6);
  mixed.dispose();
  summed.dispose();
});
