import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import { compile } from "naskit/model/mod.ts";
import {
  deepLabGrid,
  type DeepLabLogits,
  deepLabPaths,
  mostProbablePath,
  spaceContract,
} from "naskit/space/mod.ts";

/** All paths, as strides, by going on from each in all ways. */
function allPaths(layers: number, levels: number): number[][] {
  if (layers === 1) return [[4]];
  return allPaths(layers - 1, levels).flatMap((path) => {
    const last = path.at(-1) as number;
    return [last / 2, last, last * 2].filter((next) => next >= 4 && next <= 2 ** (levels + 1))
      .map((next) => [...path, next]);
  });
}

Deno.test("the grid has as many paths as there are ways to go, for all sizes", () => {
  for (let layers = 1; layers <= 7; layers++) {
    for (let levels = 1; levels <= 5; levels++) {
      const space = deepLabGrid({ layers, levels });
      const paths = allPaths(layers, levels);
      assertEquals(space.size, BigInt(paths.length), `${layers} layers, ${levels} levels`);
      const texts = [...space.enumerate()].map((path) => space.encode(path));
      assertEquals(texts.sort(), paths.map((path) => path.join(" ")).sort());
    }
  }
});

Deno.test("the published grid has 28,657 paths, a larger one as many as Fibonacci's numbers say", () => {
  assertEquals(deepLabGrid().size, 28_657n);
  // Among four levels, from an end, the paths of n steps are the Fibonacci number of 2n + 1.
  let [a, b] = [0n, 1n];
  for (let i = 0; i < 2 * 99 + 1; i++) [a, b] = [b, a + b];
  assertEquals(deepLabGrid({ layers: 100 }).size, a);
});

Deno.test("grids keep the contract", async () => {
  const small = { channels: 2, size: 32, inputChannels: 1, classes: 3 };
  await spaceContract(deepLabGrid({ ...small, layers: 5 }));
  await spaceContract(deepLabGrid({ ...small, layers: 4, levels: 2 }));
  await spaceContract(deepLabGrid({ ...small, layers: 1 }));
  await spaceContract(deepLabGrid(small), { runs: 15, enumerateUpTo: 0 });
});

Deno.test("samples end at each resolution as often as paths do", () => {
  const space = deepLabGrid(), rng = createRng("ends"), draws = 4000;
  const paths = allPaths(12, 4);
  const shareOf = (all: readonly (readonly number[])[], stride: number) =>
    all.filter((path) => path.at(-1) === stride).length / all.length;
  const drawn = Array.from({ length: draws }, () => space.sample(rng));
  for (const stride of [4, 8, 16, 32]) {
    const expected = shareOf(paths, stride);
    const deviation = Math.sqrt(expected * (1 - expected) / draws);
    assertLess(Math.abs(shareOf(drawn, stride) - expected), 4 * deviation, `${stride}`);
  }
});

Deno.test("a text that is no path is refused with the place", () => {
  const space = deepLabGrid({ layers: 4 });
  assertEquals(space.decode("4 8 16 16"), [4, 8, 16, 16]);
  const wrong = {
    "4 8 16": "expected 4 strides, got 3",
    "": "expected 4 strides, got 0",
    "8 8 8 8": "layer 1 must be 4, got 8",
    "4 8 32 16": "layer 3 must be 4, 8 or 16 after 8, got 32",
    "4 4 16 8": "layer 3 must be 4 or 8 after 4, got 16",
    "4 8 12 8": "layer 3 must be 4, 8 or 16 after 8, got 12",
    "4 8 x 8": 'layer 3 must be 4, 8 or 16 after 8, got "x"',
    "4  8 8": 'layer 2 must be 4 or 8 after 4, got ""',
    "4 8 16 08": 'layer 4 must be 8, 16 or 32 after 16, got "08"',
  };
  for (const [text, message] of Object.entries(wrong)) {
    assertThrows(() => space.decode(text), SyntaxError, message);
  }
  assertThrows(() => space.toChoices([4, 8, 32, 16]), TypeError, "layer 3 must be 4, 8 or 16");
  const options = { layers: 0, levels: 1.5, channels: -1, classes: NaN };
  for (const [name, value] of Object.entries(options)) {
    assertThrows(() => deepLabGrid({ [name]: value }), RangeError, `${name} must be a positive`);
  }
  assertThrows(() => deepLabGrid({ size: 48 }), RangeError, "multiple of the largest stride, 32");
});

Deno.test("the named networks are paths of the default grid, and each layer has its resolution", () => {
  const space = deepLabGrid({ classes: 7 });
  for (const path of Object.values(deepLabPaths)) {
    assertEquals(space.decode(space.encode(path)), path);
    const graph = space.lower(path), shapes = inferShapes(graph);
    path.forEach((stride: number, i: number) => {
      const doubled = stride < (path[i - 1] ?? 4);
      const shape = shapes.get(`layer${i + 1}.${doubled ? "up" : "bn"}`);
      assertEquals(shape, [64 / stride, 64 / stride, 2 * stride]);
    });
    assertEquals(shapes.get(graph.output), [64, 64, 7]);
  }
});

/** The logarithm of a path's probability, from the definition. */
function logProbability(path: readonly number[], logits: DeepLabLogits): number {
  const levels = logits[0]!.length;
  const at = path.map((stride) => Math.log2(stride / 4));
  return logits.reduce((sum, layer, i) => {
    const moves = layer[at[i]!]!;
    const open = [0, 1, 2].filter((move) => at[i]! + move > 0 && at[i]! + move - 1 < levels);
    const total = open.reduce((total, move) => total + Math.exp(moves[move]!), 0);
    return sum + Math.log(Math.exp(moves[at[i + 1]! - at[i]! + 1]!) / total);
  }, 0);
}

Deno.test("mostProbablePath() is the best of all paths", () => {
  const logits = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 })).chain(
    ([layers, levels]) => {
      const moves = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
        minLength: 3,
        maxLength: 3,
      });
      const layer = fc.array(moves, { minLength: levels, maxLength: levels });
      return fc.array(layer, { minLength: layers, maxLength: layers });
    },
  );
  fc.assert(
    fc.property(logits, (logits) => {
      const found = mostProbablePath(logits);
      const all = allPaths(logits.length + 1, logits[0]!.length);
      const best = Math.max(...all.map((path) => logProbability(path, logits)));
      assertAlmostEquals(found.logProbability, best, 1e-9);
      assertAlmostEquals(logProbability(found.path, logits), best, 1e-9);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("mostProbablePath() takes the finer of equal paths, large logits, and no others", () => {
  const equal = (levels: number) => Array.from({ length: levels }, () => [0, 0, 0]);
  // At the edges there are two ways to go, in between three: so an edge is kept to.
  assertEquals(mostProbablePath([equal(3), equal(3)]).path, [4, 4, 4]);
  const huge = mostProbablePath([[[1e9, 0, 1e4], [0, 0, 0]]]);
  assertEquals(huge.path, [4, 8]);
  assertEquals(huge.logProbability, 0);
  const wrong: [DeepLabLogits, string][] = [
    [[], "got none"],
    [[equal(2), equal(3)], "logits[1] must have 2 levels as logits[0] has, got 3"],
    [[[[0, 0, 0], [0, NaN, 0]]], "logits[0][1] must be three finite numbers, got [0, NaN, 0]"],
    [[[[0, 0]]], "logits[0][0] must be three finite numbers, got [0, 0]"],
  ];
  for (const [logits, message] of wrong) {
    assertThrows(() => mostProbablePath(logits), RangeError, message);
  }
});

Deno.test("networks of the grid learn to tell pixels apart", () => {
  const space = deepLabGrid({
    layers: 4,
    levels: 2,
    channels: 4,
    size: 16,
    inputChannels: 1,
    classes: 2,
  });
  const rng = createRng("blobs"), count = 12;
  const images = new Float32Array(count * 256), labels = new Int32Array(count * 256);
  for (let n = 0; n < count; n++) {
    const [row, column] = [4 * rng.int(3), 4 * rng.int(3)];
    for (let i = 0; i < 256; i++) {
      const inside = Math.floor(i / 16) - row, across = i % 16 - column;
      const isBlob = inside >= 0 && inside < 8 && across >= 0 && across < 8;
      labels[256 * n + i] = isBlob ? 1 : 0;
      images[256 * n + i] = (isBlob ? 1 : 0) + 0.3 * rng.normal();
    }
  }
  for (const path of [[4, 4, 4, 4], [4, 8, 8, 4], [4, 8, 4, 4]]) {
    const plan = compile(space.lower(path), { batch: count, training: true });
    plan.initialise({ rng: createRng("weights") });
    const batch = { images, labels };
    // The same by a slope that is written by hand: that of the mean cross entropy over the pixels.
    const { params, loss } = plan.backward(batch);
    const pulled = plan.pullBack(images, {
      slope: (output) =>
        output.map((_, i) => {
          const pixel = i >> 1, own = output[i]!, other = output[i ^ 1]!;
          const probability = 1 / (1 + Math.exp(other - own));
          return (probability - (labels[pixel] === (i & 1) ? 1 : 0)) / labels.length;
        }),
    });
    for (const [name, gradient] of params) {
      const got = pulled.params.get(name)!;
      gradient.forEach((value, i) => assertAlmostEquals(got[i]!, value, 1e-5, name));
    }
    let last = loss;
    for (let i = 0; i < 60; i++) last = plan.trainStep(batch, { learningRate: 0.2 }).loss;
    assertLess(last, 0.5 * loss, path.join(" "));
    const { correct } = plan.evaluate(batch, { statistics: "batch" });
    // All background would be 0.75.
    assert(correct > 0.85 * labels.length, `${path}: ${correct} of ${labels.length}`);
    plan.dispose();
  }
});
