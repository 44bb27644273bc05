import type { Rng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { type Morphism, morphisms, sequence } from "naskit/model/mod.ts";

/** One to `most` steps of random kinds from a graph; `undefined` where it has no children. */
export function randomMorphism(
  graph: Graph,
  rng: Rng,
  { most = 3, batchNorm }: { readonly most?: number; readonly batchNorm?: boolean } = {},
): Morphism | undefined {
  const steps: Morphism[] = [];
  const count = 1 + rng.int(most);
  while (steps.length < count) {
    const step = oneStep(steps.at(-1)?.graph ?? graph, rng.split(steps.length), batchNorm);
    if (step === undefined) break;
    steps.push(step);
  }
  return steps.length === 0 ? undefined : sequence(steps);
}

function oneStep(
  graph: Graph,
  rng: Rng,
  batchNorm = rng.int(2) === 0,
): Morphism | undefined {
  const kinds = rng.shuffle(["widen", "widen", "deepen", "kernel", "branch"] as const);
  for (const kind of kinds) {
    const children = morphisms(graph, {
      rng: rng.split(kind),
      kinds: [kind],
      widenBy: rng.pick([1.01, 1.5, 2.7]),
      fractions: rng.pick(["equal", "random", "zero"] as const),
      batchNorm,
    });
    if (children.length > 0) return rng.pick(children);
  }
  return undefined;
}
