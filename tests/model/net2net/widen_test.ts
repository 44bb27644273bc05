import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder, inferShapes, type Op } from "naskit/graph/mod.ts";
import { cost } from "naskit/cost/mod.ts";
import { type Morphism, widen, type WidenOptions } from "naskit/model/mod.ts";
import { difference, imagesFor, lively, outputs } from "./keep.ts";

/** How far the outputs of a child are from its parent's, as a share of the largest. */
function changeOf(morphism: Morphism, statistics: "batch" | "running" = "running"): number {
  const count = 4, images = imagesFor(morphism.parent, count, "images");
  const weights = lively(morphism.parent, createRng("weights"));
  const run = { images, count, statistics };
  return difference(
    outputs(morphism.parent, { ...run, weights }),
    outputs(morphism.graph, { ...run, weights: morphism.inherit(weights) }),
  );
}

function widths(graph: Graph): { [name: string]: number } {
  const shapes = inferShapes(graph);
  return Object.fromEntries(
    graph.nodes.filter(({ op }) => op === "conv" || op === "linear" || op === "depthwise")
      .map(({ name }) => [name, shapes.get(name)!.at(-1)!]),
  );
}

function mlp(hidden: number): Graph {
  const net = new GraphBuilder([1, 1, 1]);
  net.add("x", { op: "flatten" }, net.input);
  net.add("hidden", { op: "linear", features: hidden, bias: false }, "x");
  net.add("relu", { op: "relu" }, "hidden");
  return net.build(net.add("y", { op: "linear", features: 1, bias: false }, "relu"));
}

const rng = () => createRng("copies");

Deno.test("the paper's figure by hand: 3 + 8 is 11 before and after", () => {
  const graph = mlp(2);
  const weights = new Map([
    ["hidden.weight", new Float32Array([1, 2])],
    ["y.weight", new Float32Array([3, 4])],
  ]);
  const { graph: child, inherit } = widen(graph, { node: "hidden", channels: 3, duplicate: [1] });
  const inherited = inherit(weights);
  assertEquals([...inherited.get("hidden.weight")!], [1, 2, 2]);
  assertEquals([...inherited.get("y.weight")!], [3, 2, 2]);
  const run = { images: new Float32Array([1]), count: 1, statistics: "running" } as const;
  assertEquals([...outputs(graph, { ...run, weights })], [11]);
  assertEquals([...outputs(child, { ...run, weights: inherited })], [11]);
});

Deno.test("a channel may be copied more than once, and its copies share what goes out of it", () => {
  const graph = mlp(2);
  const weights = new Map([
    ["hidden.weight", new Float32Array([1, 2])],
    ["y.weight", new Float32Array([3, 8])],
  ]);
  const options = { node: "hidden", channels: 5, duplicate: [1, 1, 1] } as const;
  const of = (more: Partial<WidenOptions>) => {
    const made = widen(graph, { ...options, ...more, rng: rng() }).inherit(weights);
    return [...made.get("y.weight")!];
  };
  assertEquals(of({}), [3, 2, 2, 2, 2]);
  assertEquals(of({ fractions: "zero" }), [3, 8, 0, 0, 0]);
  const [first, ...parts] = of({ fractions: "random" });
  assertEquals(first, 3);
  assertAlmostEquals(parts.reduce((a, b) => a + b), 8, 1e-6);
  assertEquals(new Set(parts).size, 4);
  assert(parts.every((part) => part >= 2 / 3));
});

Deno.test("convolution, depthwise, batch norm and flattened pixels are widened together", () => {
  const net = new GraphBuilder([6, 6, 2]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 4, bias: true }, net.input);
  x = net.add("bn", { op: "batchNorm" }, x);
  x = net.add("relu", { op: "tanh" }, x);
  x = net.add("dw", { op: "depthwise", kernel: 3, stride: 2, multiplier: 2, bias: true }, x);
  x = net.add("flat", { op: "flatten" }, net.add("pool", { op: "maxPool", kernel: 2 }, x));
  const graph = net.build(net.add("head", { op: "linear", features: 5 }, x));
  const wider = widen(graph, { node: "conv", channels: 7, rng: rng() });
  assertEquals(widths(wider.graph), { conv: 7, dw: 14, head: 5 });
  // Three channels more: 3x3x2 + 1, gamma and beta, two filters and biases each, 16 pixels of each.
  const pixels = inferShapes(graph).get("flat")![0] / 8;
  assertEquals(
    cost(wider.graph).params - cost(graph).params,
    3 * (19 + 2 + 2 * (9 + 1) + 2 * pixels * 5),
  );
  assertLess(changeOf(wider), 1e-5);
  assertLess(changeOf(wider, "batch"), 1e-5);
});

/** A residual stage with a squeeze-and-excitation gate, and a concatenation behind it. */
function residual(): Graph {
  const net = new GraphBuilder([6, 6, 3]);
  const conv = (name: string, channels: number, from: string) =>
    net.add(
      `${name}.bn`,
      { op: "batchNorm" },
      net.add(name, { op: "conv", kernel: 3, channels }, from),
    );
  const stem = net.add("relu", { op: "relu" }, conv("stem", 4, net.input));
  const inner = net.add("relu1", { op: "relu6" }, conv("expand", 6, stem));
  const body = conv("project", 4, inner);
  let gate = net.add("squeeze", { op: "globalAvgPool" }, body);
  gate = net.add("reduce", { op: "linear", features: 2 }, gate);
  gate = net.add("excite", { op: "linear", features: 4 }, net.add("swish", { op: "swish" }, gate));
  gate = net.add("gate", { op: "hsigmoid" }, gate);
  const sum = net.add("sum", { op: "add" }, stem, net.add("gated", { op: "multiply" }, body, gate));
  const both = net.add("both", { op: "concat" }, sum, conv("side", 5, stem));
  const pooled = net.add("pool", { op: "globalAvgPool" }, both);
  return net.build(net.add("head", { op: "linear", features: 3 }, pooled));
}

Deno.test("what meets in a sum or a gate is widened together, and the rest stays", () => {
  const graph = residual();
  const stage = widen(graph, { node: "project", channels: 6, rng: rng() });
  assertEquals(widths(stage.graph), {
    stem: 6,
    expand: 6,
    project: 6,
    reduce: 2,
    excite: 6,
    side: 5,
    head: 3,
  });
  assertEquals(
    stage.description,
    "widen stem from 4 to 6, project from 4 to 6, excite from 4 to 6 channels",
  );
  for (
    const [node, channels] of [["stem", 9], ["expand", 7], ["reduce", 5], ["side", 8]] as const
  ) {
    const wider = widen(graph, { node, channels, fractions: "random", rng: rng() });
    assertEquals(widths(wider.graph)[node], channels);
    assertLess(changeOf(wider), 1e-5);
    assertLess(changeOf(wider, "batch"), 1e-5);
  }
});

Deno.test("a sum with a concatenation takes copies beside their channels", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const conv = (name: string, channels: number) =>
    net.add(name, { op: "conv", kernel: 3, channels }, net.input);
  const pair = net.add("pair", { op: "concat" }, conv("a", 2), conv("b", 3));
  const sum = net.add("sum", { op: "add" }, pair, conv("c", 5));
  const pooled = net.add("pool", { op: "globalAvgPool" }, sum);
  const graph = net.build(net.add("head", { op: "linear", features: 2 }, pooled));
  const wider = widen(graph, { node: "a", channels: 4, rng: rng() });
  assertEquals(widths(wider.graph), { a: 4, b: 3, c: 7, head: 2 });
  assertLess(changeOf(wider), 1e-5);
});

Deno.test("channels tied to one another are copied as many at a time as there are", () => {
  const net = new GraphBuilder([4, 4, 1]);
  const thin = net.add("thin", { op: "conv", kernel: 1, channels: 2 }, net.input);
  const dw = net.add("dw", { op: "depthwise", kernel: 3, multiplier: 3 }, thin);
  const sum = net.add(
    "sum",
    { op: "add" },
    dw,
    net.add("other", { op: "conv", kernel: 1, channels: 6 }, net.input),
  );
  const pooled = net.add("pool", { op: "globalAvgPool" }, sum);
  const graph = net.build(net.add("head", { op: "linear", features: 2 }, pooled));
  const wider = widen(graph, { node: "other", channels: 12, rng: rng() });
  assertEquals(widths(wider.graph), { thin: 4, dw: 12, other: 12, head: 2 });
  assertLess(changeOf(wider), 1e-5);
  assertThrows(
    () => widen(graph, { node: "other", channels: 8, rng: rng() }),
    RangeError,
    "they are copied 3 at a time",
  );
});

Deno.test("noise sets copies apart, by little, or by nothing where they have no say", () => {
  const graph = residual();
  const options = { node: "expand", channels: 9, noise: 0.05, rng: rng() };
  const noisy = widen(graph, options);
  assertEquals(noisy.exact, "nearly");
  const change = changeOf(noisy);
  assert(change > 1e-5 && change < 0.2, `${change}`);
  const silent = widen(graph, { ...options, fractions: "zero" });
  assertEquals([silent.exact, changeOf(silent), changeOf(silent, "batch") < 1e-5], [
    "always",
    0,
    true,
  ]);
  const weights = lively(graph, createRng("w"));
  const old = weights.get("expand.weight")!, made = silent.inherit(weights).get("expand.weight")!;
  const changed = [...made].filter((v, i) => i % 9 >= 6 && !old.includes(v)).length;
  assertEquals(changed, made.length / 3);
  assertEquals([...made].filter((_, i) => i % 9 < 6), [...old]);
});

Deno.test("copies are drawn from all channels, each as likely", () => {
  const graph = mlp(4);
  const weights = new Map([
    ["hidden.weight", new Float32Array([0, 1, 2, 3])],
    ["y.weight", new Float32Array(4)],
  ]);
  const wider = widen(graph, { node: "hidden", channels: 4004, rng: rng() });
  const made = wider.inherit(weights).get("hidden.weight")!;
  for (let i = 0; i < 4; i++) {
    assertAlmostEquals([...made].filter((v) => v === i).length / 1000, 1, 0.12);
  }
});

Deno.test("a widening that cannot be is refused with the reason", () => {
  const graph = residual();
  const refused = (options: Partial<WidenOptions>, reason: string, kind = RangeError) =>
    assertThrows(
      () => widen(graph, { node: "expand", channels: 8, rng: rng(), ...options }),
      kind,
      reason,
    );
  refused({ node: "relu" }, "node must be a convolution or linear layer of the graph, got relu");
  refused({ node: "none" }, "got none of this name");
  refused({ node: "head" }, "its channels are tied to those of the input or the output");
  refused({ channels: 6 }, "channels must be a whole number above 6, got 6");
  refused({ channels: 7.5 }, "channels must be a whole number above 6, got 7.5");
  refused({ duplicate: [0] }, "make 8 of them, got [0], which makes 7");
  refused({ duplicate: [0, 6] }, "duplicate must name channels below 6");
  refused({ noise: -1 }, "noise must be 0 or more, got -1");
  refused({ fractions: "halves" as "equal" }, 'got "halves"');
  const { rng: _, ...without } = { node: "expand", channels: 8, rng: rng() };
  assertThrows(() => widen(graph, without), TypeError, "rng must be given");
  const straight = new GraphBuilder([4, 4, 3]);
  const op: Op = { op: "conv", kernel: 3, channels: 3 };
  straight.add("sum", { op: "add" }, straight.input, straight.add("conv", op, straight.input));
  const tied = straight.build(straight.add("tail", { ...op, channels: 1 }, "sum"));
  assertThrows(
    () => widen(tied, { node: "conv", channels: 4, rng: rng() }),
    RangeError,
    "tied to those of the input",
  );
  const wider = widen(graph, { node: "expand", channels: 8, rng: rng() });
  assertThrows(
    () => wider.inherit(new Map([["stem.weight", new Float32Array(3)]])),
    RangeError,
    'weights must hold "stem.weight" with 108 numbers, got 3',
  );
});
