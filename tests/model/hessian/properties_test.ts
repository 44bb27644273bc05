import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, hessianVectorProduct, type Model } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { relativeError } from "../../support/tape.ts";
import { inner, randomDirection } from "./support/second_differences.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, classes: 4 });

function batchFor(graph: Graph, count: number, seed = "batch") {
  const rng = createRng(seed), [input] = graph.nodes;
  const size = input!.op === "input" ? input!.shape.reduce((a, b) => a * b) : 0;
  return {
    images: Float32Array.from({ length: count * size }, () => rng.normal()),
    labels: Int32Array.from({ length: count }, () => rng.int(4)),
  };
}

function modelOf(graph: Graph, seed = "model"): Model {
  const model = buildModel(graph, { rng: createRng(seed), init: "torchDefault" });
  const rng = createRng(`${seed} statistics`);
  for (const [name, variable] of [...model.params, ...model.statistics]) {
    if (/weight|bias/.test(name)) continue;
    const offset = /gamma|variance/.test(name) ? 0.5 : -0.5;
    const values = Float32Array.from({ length: variable.size }, () => offset + rng());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return model;
}

function assertClose(what: string, actual: Float32Array, expected: Float32Array, floor: number) {
  const error = relativeError(actual, expected, floor);
  assert(error <= 1e-4, `${what}: relative error ${error}`);
}

Deno.test("of a linear classifier the product is that with the known Hessian", () => {
  const net = new GraphBuilder([1, 1, 3]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const graph = net.build(net.add("head", { op: "linear", features: 4, bias: false }, flat));
  const model = modelOf(graph), batch = batchFor(graph, 5), count = 5;
  const w = model.params.get("head.weight")!.dataSync();
  const v = randomDirection(model, createRng("v")).get("head.weight")!;
  const times = (matrix: ArrayLike<number>, image: number) =>
    Array.from({ length: 4 }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < 3; i++) sum += batch.images[3 * image + i]! * matrix[4 * i + k]!;
      return sum;
    });
  // H = sum of x x^T times (diag p - p p^T), over the images' number.
  const expected = new Float32Array(12);
  for (let n = 0; n < count; n++) {
    const powers = times(w, n).map(Math.exp), total = powers.reduce((a, b) => a + b);
    const p = powers.map((each) => each / total), moves = times(v, n);
    const mean = p.reduce((sum, each, k) => sum + each * moves[k]!, 0);
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < 4; k++) {
        expected[4 * i + k]! += batch.images[3 * n + i]! * p[k]! * (moves[k]! - mean) / count;
      }
    }
  }
  const { product } = hessianVectorProduct(model, batch, {
    direction: new Map([["head.weight", v]]),
  });
  model.dispose();
  assert(relativeError(product.get("head.weight")!, expected) < 1e-6);
});

Deno.test("the Hessian is symmetric, and its product linear, on any cell and by any statistics", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }),
      fc.constantFrom("batch", "running", "sample"),
      fc.integer(),
      (choices, statistics, seed) => {
        const graph = space.lower(space.fromChoices(choices));
        const model = modelOf(graph, `${seed}`), batch = batchFor(graph, 3, `${seed}`);
        const along = (direction: Map<string, Float32Array>) =>
          hessianVectorProduct(model, batch, { direction, statistics }).product;
        const [u, v] = ["u", "v"].map((name) => randomDirection(model, createRng(name + seed)));
        const sum = new Map(
          [...u!].map(([name, values]) =>
            [name, values.map((each, i) => 2 * each - v!.get(name)![i]!)] as const
          ),
        );
        const [hu, hv, hsum] = [along(u!), along(v!), along(sum)];
        model.dispose();
        const length = (a: ReadonlyMap<string, Float32Array>) => Math.sqrt(inner(a, a));
        const scale = length(u!) * length(hv) + length(v!) * length(hu);
        assertAlmostEquals(inner(u!, hv), inner(v!, hu), 1e-4 * scale);
        const rest = new Map(
          [...hsum].map(([name, values]) =>
            [
              name,
              values.map((each, i) => each - 2 * hu.get(name)![i]! + hv.get(name)![i]!),
            ] as const
          ),
        );
        assertLess(length(rest), 1e-4 * (2 * length(hu) + length(hv)));
      },
    ),
    { numRuns: 15, seed: 1 },
  );
});

Deno.test("the loss and the gradient that come along are those of a plan", () => {
  for (const statistics of ["batch", "running", "sample"] as const) {
    const graph = space.lower(space.fromChoices([3, 1, 4, 2, 3, 0]));
    const model = modelOf(graph), batch = batchFor(graph, 4);
    const plan = compile(graph, { batch: 4, training: true });
    plan.load(model);
    const options = { statistics, smoothing: 0.2 } as const;
    const expected = plan.backward(batch, options);
    const direction = randomDirection(model, createRng("v"));
    const { loss, gradient } = hessianVectorProduct(model, batch, { ...options, direction });
    assertAlmostEquals(loss, expected.loss, 1e-5);
    assertEquals([...gradient.keys()], [...expected.params.keys()]);
    for (const [name, values] of expected.params) {
      assertClose(`${statistics}, ${name}`, gradient.get(name)!, values, 1e-3);
    }
    plan.dispose();
    model.dispose();
  }
});

Deno.test("by each image's own statistics the product is the mean of those of single images", () => {
  const graph = space.lower(space.fromChoices([3, 1, 4, 2, 3, 2]));
  const model = modelOf(graph), { images, labels } = batchFor(graph, 3);
  const direction = randomDirection(model, createRng("v"));
  const { product } = hessianVectorProduct(model, { images, labels }, {
    direction,
    statistics: "sample",
  });
  const size = images.length / 3;
  const single = [0, 1, 2].map((i) =>
    hessianVectorProduct(model, {
      images: images.slice(i * size, (i + 1) * size),
      labels: labels.slice(i, i + 1),
    }, { direction }).product
  );
  model.dispose();
  for (const [name, values] of product) {
    const wanted = values.map((_, k) =>
      single.reduce((sum, each) => sum + each.get(name)![k]!, 0) / 3
    );
    assertClose(name, values, wanted, 1e-2);
  }
});

Deno.test("by running statistics a batch norm is a scale and a shift", () => {
  const make = (op: "batchNorm" | "depthwise") => {
    const net = new GraphBuilder([4, 4, 2]);
    const x = net.add("conv", { op: "conv", kernel: 3, channels: 3 }, net.input);
    const scaled = op === "batchNorm"
      ? net.add("bn", { op, epsilon: 0.5 }, x)
      : net.add("bn", { op, kernel: 1, bias: true }, x);
    const curved = net.add("curved", { op: "tanh" }, scaled);
    const pooled = net.add("pool", { op: "globalAvgPool" }, curved);
    return net.build(net.add("head", { op: "linear", features: 4 }, pooled));
  };
  const normed = modelOf(make("batchNorm")), plain = modelOf(make("depthwise"));
  const mean = normed.statistics.get("bn.mean")!.dataSync();
  const scale = normed.statistics.get("bn.variance")!.dataSync()
    .map((variance) => 1 / Math.sqrt(variance + 0.5));
  // gamma s (x - mean) + beta is a depthwise filter gamma s, and a bias beta - gamma s mean.
  const folded = (gamma: ArrayLike<number>, beta: ArrayLike<number>) => ({
    "bn.weight": scale.map((s, k) => gamma[k]! * s),
    "bn.bias": scale.map((s, k) => beta[k]! - gamma[k]! * s * mean[k]!),
  });
  const direction = randomDirection(normed, createRng("v"));
  const [gamma, beta] = ["gamma", "beta"].map((name) => normed.params.get(`bn.${name}`)!);
  const values = folded(gamma!.dataSync(), beta!.dataSync());
  const moves = folded(direction.get("bn.gamma")!, direction.get("bn.beta")!);
  for (const [name, variable] of plain.params) {
    const source = values[name as "bn.bias"] ?? normed.params.get(name)!.dataSync();
    tf.tidy(() => variable.assign(tf.tensor(source, variable.shape)));
  }
  const batch = batchFor(normed.graph, 3);
  const own = hessianVectorProduct(normed, batch, { direction, statistics: "running" }).product;
  const other = hessianVectorProduct(plain, batch, {
    direction: new Map(
      [...plain.params.keys()].map((name) =>
        [name, moves[name as "bn.bias"] ?? direction.get(name)!] as const
      ),
    ),
  }).product;
  const [weight, bias] = [other.get("bn.weight")!, other.get("bn.bias")!];
  for (const [name, values] of own) {
    const wanted = name === "bn.beta"
      ? bias
      : name === "bn.gamma"
      ? weight.map((each, k) => scale[k]! * (each - mean[k]! * bias[k]!))
      : other.get(name)!;
    assertClose(name, values, wanted, 1e-3);
  }
  normed.dispose();
  plain.dispose();
});

Deno.test("parameters on which the output does not depend have zeros", () => {
  const graph = space.lower(space.fromChoices([3, 0, 0, 3, 0, 0]));
  const model = modelOf(graph), batch = batchFor(graph, 2);
  const direction = randomDirection(model, createRng("v"));
  const { gradient, product } = hessianVectorProduct(model, batch, { direction });
  const plan = compile(graph, { batch: 2 });
  const dead = [...plan.params].filter(([, { reached }]) => !reached).map(([name]) => name);
  assert(dead.length > 0);
  for (const name of dead) {
    assert(gradient.get(name)!.every((value) => value === 0), name);
    assert(product.get(name)!.every((value) => value === 0), name);
  }
  plan.dispose();
  model.dispose();
});

Deno.test("along no direction the product is 0", () => {
  const graph = space.lower(space.fromChoices([3, 1, 4, 2, 3, 2]));
  const model = modelOf(graph);
  const { product } = hessianVectorProduct(model, batchFor(graph, 2), { direction: new Map() });
  for (const values of product.values()) assert(values.every((value) => value === 0));
  model.dispose();
});

Deno.test("what does not fit is refused with a word on what is wrong", () => {
  const graph = space.lower(space.fromChoices([3, 1, 4, 2, 3, 2]));
  const model = modelOf(graph), batch = batchFor(graph, 2), direction = new Map();
  const refuse = (
    options: Partial<Parameters<typeof hessianVectorProduct>[2] & typeof batch>,
    word: string,
    type: typeof RangeError | typeof TypeError = RangeError,
  ) => {
    const images = options.images ?? batch.images, labels = options.labels ?? batch.labels;
    const run = () => hessianVectorProduct(model, { images, labels }, { direction, ...options });
    assertThrows(run, type, `Cannot multiply the Hessian: ${word}`);
  };
  refuse({ images: new Float32Array(5) }, "images must be [count, 8, 8, 3], got 5 numbers");
  refuse({ images: batch.images.map(() => NaN) }, "images must be finite, got NaN at [0, 0, 0, 0]");
  refuse({ labels: new Int32Array(3) }, "labels must be 2, one an image, got 3");
  refuse({ labels: Int32Array.of(0, 4) }, "labels must be from 0 to 3, got 4 at 1");
  refuse({ smoothing: 2 }, "smoothing must be in [0, 1], got 2");
  refuse(
    { statistics: "other" as "batch" },
    'statistics must be one of batch, running, sample, got "other"',
  );
  refuse(
    { direction: new Map([["nobody", []]]) },
    'direction names "nobody", but the model has no parameter of this name',
  );
  refuse(
    { direction: new Map([["head.linear.bias", [1]]]) },
    'direction must have 4 numbers for "head.linear.bias", got 1',
  );
  refuse({ direction: {} as Map<string, number[]> }, "direction must be a map", TypeError);
  model.dispose();
});
