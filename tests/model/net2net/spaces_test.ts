import { assert, assertEquals, assertLess } from "@std/assert";
import { createRng, type Rng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { inherit } from "naskit/model/mod.ts";
import {
  dartsCells,
  deepLabGrid,
  enasMacro,
  lectureCells,
  mobileNetLike,
  mobileNetwork,
  nasBench201,
  nasBenchMacro,
  resNetLike,
  type SearchSpace,
  vggLike,
} from "naskit/space/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { difference, imagesFor, lively, outputsBy } from "./keep.ts";
import { randomMorphism } from "./random_morphism.ts";

const small = { channels: 4, size: 8 };
const of = <A>(space: SearchSpace<A>) => (rng: Rng): Graph => space.lower(space.sample(rng));

const networks: { readonly [name: string]: (rng: Rng) => Graph } = {
  "of NAS-Bench-201": of(nasBench201({ ...small, cellsPerStage: 1 })),
  "of NAS-Bench-Macro": of(nasBenchMacro({ ...small })),
  "of mobile blocks": of(mobileNetwork({ resolutions: [12], widths: [1] })),
  "of DARTS cells": of(dartsCells({ ...small, cells: 3 })),
  "of ENAS layers": of(enasMacro({ ...small, layers: 4 })),
  "of lecture cells": of(lectureCells({ ...small, cellsPerStage: 1 })),
  "of a grid of resolutions": of(deepLabGrid({ layers: 3, levels: 2, channels: 2, size: 16 })),
  "like ResNet": () => resNetLike({ channels: [4, 6], size: 8 }),
  "like VGG": () => vggLike({ channels: [4, 6], hidden: [7], size: 8 }),
  "like MobileNet": () => mobileNetLike({ channels: [4, 6], size: 8 }),
  "with mixed nodes": (rng) => randomGraph(rng, { mixed: true }),
};

for (const [name, make] of Object.entries(networks)) {
  Deno.test(`networks ${name} grow, and the way is found again`, () => {
    for (let i = 0; i < 3; i++) {
      const rng = createRng(name).split(i);
      const graph = make(rng.split("graph"));
      const morphism = randomMorphism(graph, rng);
      assert(morphism !== undefined);
      // Of images enough for batch norms of single pixels.
      const count = 8, images = imagesFor(graph, count, name), weights = lively(graph, rng);
      const statistics = morphism.exact === "always"
        ? ["running", "batch"] as const
        : ["running"] as const;
      const run = { images, count, statistics };
      const before = outputsBy(graph, { ...run, weights });
      const found = inherit(graph, morphism.graph, { rng });
      assert(found.morphism !== undefined, `${morphism.description}: ${found.reason}`);
      assertEquals(found.morphism.graph, morphism.graph);
      for (const way of [morphism, found.morphism]) {
        const after = outputsBy(way.graph, { ...run, weights: way.inherit(weights) });
        before.forEach((each, k) => assertLess(difference(each, after[k] ?? []), 1e-5));
      }
    }
  });
}
