import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { inferShapes, type Shape } from "naskit/graph/mod.ts";
import {
  compile,
  liveNodes,
  modelWith,
  type Morphism,
  morphisms,
  type Weights,
} from "naskit/model/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { difference, imagesFor, lively, outputsBy, referenceOutputs } from "./keep.ts";
import { randomMorphism } from "./random_morphism.ts";
import { randomNetwork, trainedNumbers } from "./random_network.ts";

const count = 3;

/** A random network, of any kind or as people design them, with weights and images, and one to three changes. */
function randomCase(seed: number, options: { readonly batchNorm?: boolean } = {}) {
  const rng = createRng(`net2net ${seed}`);
  const draw = rng.split("graph");
  const graph = seed % 2 === 0 ? randomGraph(draw, { nodes: 11 }) : randomNetwork(draw);
  const morphism = randomMorphism(graph, rng.split("morphism"), options);
  return {
    graph,
    morphism,
    weights: lively(graph, rng),
    images: imagesFor(graph, count, `${seed}`),
  };
}

/** How far the outputs of a child are from its parent's, by the statistics by which they are to be the same. */
function changeOf(
  { graph, weights, images }: Pick<ReturnType<typeof randomCase>, "graph" | "weights" | "images">,
  { morphism, weights: inherited }: { readonly morphism: Morphism; readonly weights: Weights },
): number {
  const statistics = morphism.exact === "always"
    ? ["running", "batch"] as const
    : ["running"] as const;
  const run = { images, count, statistics };
  const after = outputsBy(morphism.graph, { ...run, weights: inherited });
  return Math.max(
    ...outputsBy(graph, { ...run, weights }).map((each, i) => difference(each, after[i] ?? [])),
  );
}

Deno.test("random changes of random networks keep the outputs", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const made = randomCase(seed);
      const { morphism } = made;
      if (morphism === undefined) return fc.pre(false);
      for (const each of [morphism.kind, morphism.exact, ...widenedOps(morphism)]) {
        seen.set(each, (seen.get(each) ?? 0) + 1);
      }
      const child = { morphism, weights: morphism.inherit(made.weights) };
      assertLess(changeOf(made, child), 1e-5);
    }),
    { numRuns: 500, seed: 1 },
  );
  // All kinds of changes, most of them the same in training, and channels copied on all ways that they can go.
  for (const kind of ["widen", "deepen", "kernel", "branch", "sequence"]) {
    assertGreater(seen.get(kind) ?? 0, 10, kind);
  }
  assertGreater(seen.get("always") ?? 0, 350);
  for (const op of widenable) assertGreater(seen.get(op) ?? 0, 40, op);
});

/** What copies of channels go through. */
const widenable = [
  "conv",
  "depthwise",
  "batchNorm",
  "maxPool",
  "avgPool",
  "globalAvgPool",
  "flatten",
  "concat",
  "add",
  "multiply",
] as const;

/** The kinds of nodes with more channels than before that the output depends on. */
function widenedOps({ parent, graph }: Morphism): Set<string> {
  const [before, after] = [inferShapes(parent), inferShapes(graph)];
  const channels = (shape: Shape | undefined) => shape?.at(-1) ?? 0;
  return new Set(
    liveNodes(parent).filter(({ name }) => channels(before.get(name)) < channels(after.get(name)))
      .map(({ op }) => op),
  );
}

Deno.test("wrong divisors are seen, and batch norms that do not follow their channels", () => {
  let norms = 0;
  for (let seed = 0; seed < 60; seed++) {
    const rng = createRng(`sabotage ${seed}`);
    const graph = randomNetwork(rng.split("graph"));
    const children = morphisms(graph, { rng: rng.split("copies"), kinds: ["widen"], widenBy: 1.6 });
    const morphism = rng.pick(children), weights = lively(graph, rng);
    const made = { graph, weights, images: imagesFor(graph, count, `${seed}`) };
    const right = morphism.inherit(weights);
    assertLess(changeOf(made, { morphism, weights: right }), 1e-5);
    const before = inferShapes(graph), after = inferShapes(morphism.graph);
    const isWider = (name: string) => before.get(name)?.at(-1) !== after.get(name)?.at(-1);
    // What reads copies has all of their momenta, but only its part of their weights.
    const whole = morphism.inheritSlot(weights);
    const undivided = new Map(right), fresh = new Map(right);
    for (const { name, op, inputs: [input = ""] } of graph.nodes) {
      if ((op === "conv" || op === "linear") && isWider(input) && !isWider(name)) {
        undivided.set(`${name}.weight`, whole.get(`${name}.weight`)!);
      }
      if (op !== "batchNorm" || !isWider(name)) continue;
      for (const array of ["gamma", "beta", "mean", "variance"]) {
        const old = weights.get(`${name}.${array}`)!.length;
        const start = array === "gamma" || array === "variance" ? 1 : 0;
        fresh.set(
          `${name}.${array}`,
          right.get(`${name}.${array}`)!.map((value, i) => i < old ? value : start),
        );
      }
      norms++;
    }
    const change = changeOf(made, { morphism, weights: undivided });
    assertGreater(change, 1e-4, `${seed}: ${morphism.description}`);
    if (!graph.nodes.some(({ name, op }) => op === "batchNorm" && isWider(name))) continue;
    const changed = changeOf(made, { morphism, weights: fresh });
    assertGreater(changed, 1e-4, `${seed}: ${morphism.description}`);
  }
  assertGreater(norms, 40);
});

Deno.test("they keep them in double precision, to the rounding of the weights", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { graph, morphism, weights, images } = randomCase(seed);
      if (morphism?.exact !== "always") return fc.pre(false);
      const run = { images, count };
      const before = referenceOutputs(graph, weights, run);
      const after = referenceOutputs(morphism.graph, morphism.inherit(weights), run);
      assertLess(difference(before, after), 3e-6);
    }),
    { numRuns: 60, seed: 2 },
  );
});

Deno.test("a child has the arrays that its graph has, as many as it costs, and nothing else changes", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { graph, morphism, weights } = randomCase(seed);
      if (morphism === undefined) return fc.pre(false);
      const text = JSON.stringify([graph, [...weights].map(([name, each]) => [name, ...each])]);
      const child = morphism.inherit(weights);
      const again = morphism.inherit(weights);
      assertEquals(again, child);
      assertEquals(
        JSON.stringify([graph, [...weights].map(([name, each]) => [name, ...each])]),
        text,
      );
      const model = modelWith(morphism.graph, child);
      assertEquals(
        [...child.keys()].toSorted(),
        [
          ...model.params.keys(),
          ...model.statistics.keys(),
        ].toSorted(),
      );
      const numbers = [...model.params.values()].reduce((sum, { size }) => sum + size, 0);
      assertEquals(numbers, trainedNumbers(morphism.graph));
      assertEquals(numbers, cost(morphism.graph).params);
      model.dispose();
      assertEquals(
        inferShapes(morphism.graph).get(morphism.graph.output),
        inferShapes(graph).get(graph.output),
      );
    }),
    { numRuns: 100, seed: 3 },
  );
});

Deno.test("what an optimiser remembers is shared out as the child's own gradients are", () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { graph, morphism, weights, images } = randomCase(seed, { batchNorm: false });
      if (morphism?.exact !== "always") return fc.pre(false);
      const gradients = (of: typeof graph, values: Weights) => {
        const model = modelWith(of, values);
        const plan = compile(of, { batch: count, training: true });
        plan.load(model);
        model.dispose();
        const { params } = plan.backward({ images, labels: Int32Array.from([0, 2, 3]) });
        plan.dispose();
        return params;
      };
      const old = gradients(graph, weights);
      const expected = gradients(morphism.graph, morphism.inherit(weights));
      const carried = morphism.inheritSlot(old);
      const squares = morphism.inheritSlot(
        new Map([...old].map(([name, each]) => [name, each.map((v) => v * v)])),
        2,
      );
      // As a share of the largest gradient of the network: many are zero but for rounding.
      const scale = Math.max(
        1e-6,
        ...[...expected.values()].flatMap((each) => each.map(Math.abs)).flatMap((
          each,
        ) => [...each]),
      );
      for (const [name, own] of expected) {
        if (!old.has(name)) {
          assert(carried.get(name)!.every((v) => v === 0), name);
          continue;
        }
        const grew = morphism.description.includes("kernel");
        own.forEach((value, i) => {
          const got = carried.get(name)![i]!;
          if (grew && got === 0) return;
          assertLess(Math.abs(got - value) / scale, 1e-4, `${seed} ${name}: ${got}, ${value}`);
          assertLess(
            Math.abs(Math.sqrt(squares.get(name)![i]!) - Math.abs(value)) / scale,
            1e-4,
            `squares of ${name}`,
          );
          compared++;
        });
      }
    }),
    { numRuns: 150, seed: 4 },
  );
  assertGreater(compared, 1000);
});
