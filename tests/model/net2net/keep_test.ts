import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import { compile, modelWith, type Morphism, type Weights } from "naskit/model/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { difference, imagesFor, lively, outputs, referenceOutputs } from "./keep.ts";
import { randomMorphism } from "./random_morphism.ts";

const count = 3;

/** A random network with weights and images, and one to three changes of it. */
function randomCase(seed: number, options: { readonly batchNorm?: boolean } = {}) {
  const rng = createRng(`net2net ${seed}`);
  const graph = randomGraph(rng.split("graph"), { nodes: 11 });
  const morphism = randomMorphism(graph, rng.split("morphism"), options);
  return {
    graph,
    morphism,
    weights: lively(graph, rng),
    images: imagesFor(graph, count, `${seed}`),
  };
}

function changeOf(
  { graph, weights, images }: ReturnType<typeof randomCase>,
  child: { readonly morphism: Morphism; readonly weights: Weights },
  statistics: "batch" | "running",
): number {
  const run = { images, count, statistics };
  return difference(
    outputs(graph, { ...run, weights }),
    outputs(child.morphism.graph, { ...run, weights: child.weights }),
  );
}

Deno.test("random changes of random networks keep the outputs", () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const made = randomCase(seed);
      const { morphism } = made;
      if (morphism === undefined) return fc.pre(false);
      kinds.set(morphism.kind, (kinds.get(morphism.kind) ?? 0) + 1);
      const child = { morphism, weights: morphism.inherit(made.weights) };
      assertLess(changeOf(made, child, "running"), 1e-5);
      if (morphism.exact === "always") assertLess(changeOf(made, child, "batch"), 1e-5);
    }),
    { numRuns: 500, seed: 1 },
  );
  for (const kind of ["widen", "deepen", "kernel", "branch", "sequence"]) {
    assertGreater(kinds.get(kind) ?? 0, 10, kind);
  }
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
