import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng, heapInUse } from "naskit/engine/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { type CodedOp, naswot, naswotScore, noiseBatch, Probe } from "naskit/proxy/mod.ts";
import { Cholesky } from "naskit/stats/mod.ts";
import { assertFixtures } from "./support/fixtures.ts";
import { pick, pixels, reluGraph, smallGraph, smallSpace } from "./support/small.ts";

const weights = () => createRng("weights");
const seeds = fc.nat(1000);

/** On how many numbers pairs of images agree, by a plain loop over the values of all ReLUs. */
function agreementOf(net: Probe): number[] {
  const { count } = net, agreement = new Array<number>(count * count).fill(0);
  for (const { values } of net.taps(net.nodesOf("relu"))) {
    const size = values.length / count;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        for (let k = 0; k < size; k++) {
          if (values[i * size + k]! > 0 === values[j * size + k]! > 0) agreement[i * count + j]!++;
        }
      }
    }
  }
  return agreement;
}

Deno.test("NASWOT is that of an independent program", async () => {
  await assertFixtures(naswot(), "naswot", { relative: 1e-4 });
});

Deno.test("codes 110 and 101 give the logarithm of 8", async () => {
  const batch = pixels([1, 2, -1], [3, -0.5, 1e-3]);
  assertAlmostEquals(await naswot().score(reluGraph(3), batch, weights()), Math.log(8), 1e-12);
});

Deno.test("NASWOT is the log determinant of how many units agree, by the definition", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, fc.integer({ min: 1, max: 8 }), async (seed, count) => {
      const graph = smallGraph(seed);
      const batch = noiseBatch(graph, { count, rng: createRng(seed) });
      const score = await naswot().score(graph, batch, weights());
      const net = new Probe({ network: graph, batch, rng: weights(), init: "torchDefault" });
      const agreement = agreementOf(net);
      // What is kept for reading is computed in other steps: zeros may round to either side.
      const found = net.codeAgreement(net.nodesOf("relu"));
      found.forEach((v, i) => assertAlmostEquals(v, agreement[i]!, 1e-3 * agreement[0]!));
      for (let i = 0; i < count; i++) assertEquals(found[i * (count + 1)], found[0]);
      net.dispose();
      if (score === -Infinity) return; // the next test's
      const factor = new Cholesky();
      for (let i = 0; i < count; i++) factor.append(found.slice(i * count, i * count + i + 1));
      assertAlmostEquals(score, factor.logDeterminant, 1e-9 * count);
    }),
    { numRuns: 25 },
  );
});

Deno.test("two images with one code, or too few units, give minus infinity", async () => {
  const graph = smallGraph(1);
  const batch = noiseBatch(graph, { count: 9, rng: createRng("noise") });
  assert(await naswot().score(graph, batch, weights()) > 0);
  const twice = pick(batch, [0, 1, 2, 3, 4, 5, 6, 7, 3]);
  assertEquals(await naswot().score(graph, twice, weights()), -Infinity);
  const two = await naswot().score(reluGraph(2), pixels([1, 1], [1, -1]), weights());
  assertAlmostEquals(two, Math.log(3), 1e-12);
  const three = pixels([1, 1], [1, -1], [-1, -1], [-1, 1]);
  assertEquals(await naswot().score(reluGraph(2), three, weights()), -Infinity);
  const none = smallSpace.lower(smallSpace.fromChoices([0, 0, 0, 0, 0, 0]));
  assertEquals(await naswot().score(none, batch, weights()), -Infinity);
});

Deno.test("NASWOT does not depend on the order of the images", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const graph = smallGraph(seed);
      const batch = noiseBatch(graph, { count: 6, rng: createRng(seed) });
      const turned = pick(batch, createRng(seed).shuffle([0, 1, 2, 3, 4, 5]));
      const options = { statistics: "sample" } as const; // sums over a batch round by its order
      const [a, b] = [
        await naswot(options).score(graph, batch, weights()),
        await naswot(options).score(graph, turned, weights()),
      ];
      if (a === -Infinity) assertEquals(b, a);
      else assertAlmostEquals(a, b, 1e-9);
    }),
    { numRuns: 15 },
  );
});

Deno.test("ReLUs that the output does not depend on do not count", async () => {
  const graphOf = (withDead: boolean) => {
    const net = new GraphBuilder([1, 1, 4]);
    const relu = net.add("relu", { op: "relu" }, net.input);
    const conv = net.add("conv", { op: "conv", kernel: 1, channels: 4 }, net.input);
    const dead = net.add("dead", { op: "relu" }, conv);
    const zero = net.add("zero", { op: "zero" }, dead);
    const sum = net.add("sum", { op: "add" }, relu, withDead ? zero : relu);
    return net.build(net.add("pool", { op: "globalAvgPool" }, sum));
  };
  const batch = pixels([1, -1, 2, -2], [-1, 1, 2, -2], [1, 1, -1, 2]);
  const scores = [];
  for (const withDead of [true, false]) {
    scores.push(await naswot().score(graphOf(withDead), batch, weights()));
  }
  assertEquals(scores[0], scores[1]);
  assert(scores[0]! > 0);
});

Deno.test("clipped ReLUs count, and other activations where that is asked for", async () => {
  const graphOf = (op: CodedOp) => {
    const net = new GraphBuilder([1, 1, 3]);
    return net.build(
      net.add("pool", { op: "globalAvgPool" }, net.add("act", { op }, net.input)),
    );
  };
  const batch = pixels([7, 2, -1], [3, -0.5, 1e-3]);
  for (const op of ["relu", "relu6", "hswish", "swish", "tanh"] as const) {
    const asked = await naswot({ activations: [op] }).score(graphOf(op), batch, weights());
    assertAlmostEquals(asked, Math.log(8), 1e-12, op);
    const usual = await naswot().score(graphOf(op), batch, weights());
    assertEquals(usual > 0, op.startsWith("relu"), op);
  }
  assertThrows(
    () => naswot({ activations: ["sigmoid" as "relu"] }),
    TypeError,
    "Cannot define the proxy naswot: activations must be some of relu, relu6, hswish, swish, tanh, " +
      "got sigmoid",
  );
});

Deno.test("a matrix with two equal rows is singular whatever its roundings", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 1, max: 400 }),
      fc.nat(),
      (count, units, seed) => {
        const rng = createRng(seed);
        const codes = Array.from(
          { length: count },
          () => Array.from({ length: units }, () => rng()),
        );
        codes[rng.int(count - 1)] = codes[count - 1]!;
        const agreement = codes.flatMap((a) =>
          codes.map((b) => a.filter((v, k) => v > 0.5 === b[k]! > 0.5).length)
        );
        assertEquals(naswotScore(agreement), -Infinity);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("a score of nothing is 0, and a matrix that is not square is refused", () => {
  assertEquals(naswotScore([]), 0);
  assertEquals(naswotScore([0]), -Infinity);
  assertAlmostEquals(naswotScore([3, 1, 1, 3]), Math.log(8), 1e-12);
  assertThrows(() => naswotScore([1, 2, 3]), RangeError, "matrix must be square");
});

Deno.test("NASWOT leaves the engine's heap as it was", async () => {
  const before = heapInUse(), graph = smallGraph(3);
  const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
  await naswot().score(graph, batch, weights());
  assertEquals(heapInUse(), before);
});
