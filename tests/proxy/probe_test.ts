import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";
import { defineProxy, noiseBatch, Probe } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const batch = noiseBatch(graph, { count: 6, rng: createRng("noise") });

function probe(network: Graph | Model = graph) {
  return new Probe({ network, batch, rng: createRng("probe"), init: "heNormal" });
}

Deno.test("a probe's plan and model have the same weights", () => {
  const net = probe();
  const weights = net.weights();
  for (const [name, values] of weights) {
    assertEquals(values, net.model().params.get(name)?.dataSync());
  }
  const params = net.params();
  assertEquals([...params.keys()], [...net.model().params.keys()]);
  for (const [name, values] of params) {
    assertEquals(values, net.model().params.get(name)?.dataSync());
    assertEquals(values, net.plan({ training: true }).weights(name));
  }
  const wanted = [...net.model().params.keys()].filter((name) => name.endsWith(".weight"));
  assertEquals([...weights.keys()], wanted);
  net.dispose();
});

Deno.test("arrays of a model that are not finite are refused, by name", () => {
  const model = buildModel(graph, { rng: createRng("model") });
  tf.tidy(() => {
    const bias = model.params.get("head.linear.bias")!;
    bias.assign(tf.tensor1d(bias.dataSync().map((_, i) => i === 3 ? Infinity : 0)));
  });
  const net = probe(model);
  assertThrows(
    () => net.params(),
    RangeError,
    'Cannot read the model: "head.linear.bias" must be finite, got Infinity at 3',
  );
  net.dispose();
  model.dispose();
});

Deno.test("a network rewired or drawn anew has the same weights in plan and model", () => {
  const model = buildModel(graph, { rng: createRng("model") });
  for (const network of [graph, model]) {
    const net = probe(network);
    const short = net.rewired({ ...graph, output: "stem.bn" });
    const weights = [net.weights()];
    for (const draw of [1, 2, 1]) {
      net.redraw(draw);
      weights.push(net.weights());
      assertEquals(short.weights(), net.weights());
      for (const each of [net, short, net.rewired({ ...graph, output: "head.relu" })]) {
        const [name, values] = [...each.weights()][0]!;
        assertEquals(each.model().params.get(name)!.dataSync(), values);
        assertEquals(each.model().graph, each.graph);
      }
    }
    const [first, once, other, again] = weights;
    assertEquals(again, once);
    for (const each of [first!, other!]) {
      assertEquals(
        each.get("stem.conv.weight")!.join() === once!.get("stem.conv.weight")!.join(),
        network === model,
      );
    }
    assertEquals(short.forward().length, 6 * 8 * 8 * 4);
    net.dispose();
  }
  model.dispose();
});

Deno.test("a batch norm's statistics are the mean and variance of what it reads", () => {
  const net = probe();
  const norms = net.batchNormStatistics();
  const inputs = norms.map(({ node }) => graph.nodes.find(({ name }) => name === node)!.inputs[0]!);
  net.taps(inputs).forEach(({ values, shape }, i) => {
    const channels = shape.at(-1)!;
    const rows = tf.tensor2d(values, [values.length / channels, channels]);
    const { mean, variance } = tf.moments(rows, 0);
    mean.dataSync().forEach((value, c) => assertAlmostEquals(norms[i]!.mean[c]!, value, 1e-5));
    variance.dataSync().forEach((value, c) => {
      assertAlmostEquals(norms[i]!.variance[c]!, value, 1e-4 * value + 1e-7);
    });
    tf.dispose([rows, mean, variance]);
  });
  // They leave no trace.
  assertEquals(net.plan().weights(`${norms[0]!.node}.variance`), new Float32Array(4).fill(1));
  net.dispose();
});

Deno.test("layer gradients and the gradients of taps are those of the loss", () => {
  const net = probe();
  const layers = net.layerGradients();
  const last = layers.at(-1)!;
  const node = last.name.replace(".weight", "");
  const [input, output] = net.gradientTaps([
    graph.nodes.find(({ name }) => name === node)!.inputs[0]!,
    node,
  ]);
  const [inner, outer] = [input!.shape[0]!, output!.shape[0]!];
  // Of a linear layer, the gradient is what goes in times the slope of what comes out.
  const wanted = Float32Array.from({ length: inner * outer }, (_, at) => {
    const [i, o] = [Math.floor(at / outer), at % outer];
    let sum = 0;
    for (let k = 0; k < net.count; k++) {
      sum += input!.values[k * inner + i]! * output!.slopes[k * outer + o]!;
    }
    return sum;
  });
  wanted.forEach((value, i) => assertAlmostEquals(last.gradient[i]!, value, 1e-5));
  net.dispose();
});

Deno.test("the gradient of all logits by the images is that of tfjs", () => {
  const net = probe();
  const found = net.imageGradients();
  const wanted = tf.tidy(() =>
    tf.grad((x: tf.Tensor) => net.model().forward(x as tf.Tensor4D, { statistics: "batch" }).sum())(
      tf.tensor4d(batch.images, [...batch.shape]),
    ).dataSync()
  );
  wanted.forEach((value, i) => assertAlmostEquals(found[i]!, value, 1e-3));
  net.dispose();
});

Deno.test("a model is scored with the weights that it has, and left as it is", async () => {
  const model = buildModel(graph, { rng: createRng("model") });
  const first = defineProxy({
    name: "first_weight",
    needs: "weights",
    score: (net) => {
      const { params } = net.model();
      assertEquals([...net.weights().keys()].every((name) => params.has(name)), true);
      return net.weights().get("stem.conv.weight")![0]!;
    },
  });
  const score = await first.score(model, batch, createRng("unused"));
  assertEquals(score, model.params.get("stem.conv.weight")!.dataSync()[0]);
  model.dispose();
});

Deno.test("a proxy that throws leaves nothing on the heap", () => {
  const before = tf.memory().numTensors;
  const bad = defineProxy({
    name: "bad",
    needs: "weights",
    score: (net) => {
      net.model();
      throw new Error(`no score for ${net.weights().size} layers`);
    },
  });
  assertThrows(() => bad.score(graph, batch, createRng("a")), Error, "no score for");
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("equal arguments give equal scores, another rng other ones", async () => {
  const sum = defineProxy({
    name: "sum",
    needs: "images",
    score: (net) => net.forward().reduce((sum, value, i) => sum + i * value, 0),
  });
  const score = (network: Graph, seed: string) => sum.score(network, batch, createRng(seed));
  assertEquals(await score(graph, "a"), await score(graph, "a"));
  assertEquals(await score(graph, "a") === await score(graph, "b"), false);
});

Deno.test("a proxy that is not one is refused with a word on what is wrong", () => {
  const score = () => 0;
  assertThrows(
    () => defineProxy({ name: "My Proxy", needs: "graph", score }),
    TypeError,
    'name must be a snake_case word, got "My Proxy"',
  );
  assertThrows(
    () => defineProxy({ name: "mine", needs: "everything" as "graph", score }),
    TypeError,
    "needs must be one of graph, weights, images, labels, got everything",
  );
  assertThrows(
    () => defineProxy({ name: "mine", needs: "graph", score: 3 as never }),
    TypeError,
    "score must be a function, got number",
  );
});

Deno.test("a score that is no number is refused", async () => {
  const bad = defineProxy({ name: "bad", needs: "graph", score: () => "much" as never });
  const late = defineProxy({
    name: "late",
    needs: "weights",
    score: (net) => (net.plan(), Promise.resolve(undefined as never)),
  });
  const what = "must give a number, got";
  assertThrows(() => bad.score(graph, batch, createRng("a")), TypeError, `bad ${what} string`);
  await assertRejects(
    async () => await late.score(graph, batch, createRng("a")),
    TypeError,
    `late ${what} undefined`,
  );
});

Deno.test("a score comes at once unless it is waited for, and then the probe waits as well", async () => {
  const at = (score: (net: Probe) => number | Promise<number>) =>
    defineProxy({ name: "mine", needs: "weights", score }).score(graph, batch, createRng("a"));
  const now = at((net) => net.weights().size);
  const later = at(async (net) => {
    await Promise.resolve();
    return net.weights().size;
  });
  assertEquals(typeof now, "number");
  assertEquals(later instanceof Promise, true);
  assertEquals(await later, now);
});
