import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder, GraphError, type Op } from "naskit/graph/mod.ts";
import { inherit, type Inheritance, type Morphism } from "naskit/model/mod.ts";
import { mobileNetwork, nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { difference, imagesFor, lively, outputs } from "./keep.ts";
import { randomMorphism } from "./random_morphism.ts";

const rng = () => createRng("inherit");

/** How far the outputs of a child are from its parent's, at most, where they should be the same. */
function changeOf(morphism: Morphism, seed = "weights"): number {
  const weights = lively(morphism.parent, createRng(seed));
  const inherited = morphism.inherit(weights);
  const count = 2, images = imagesFor(morphism.parent, count, seed);
  const all = ["running", "batch"] as const;
  const held = morphism.exact === "always" ? all : all.slice(0, 1);
  return Math.max(...held.map((statistics) => {
    const run = { images, count, statistics };
    return difference(
      outputs(morphism.parent, { ...run, weights }),
      outputs(morphism.graph, { ...run, weights: inherited }),
    );
  }));
}

/** The same graph under other names. */
function renamed({ nodes, output }: Graph): Graph {
  const named = new Map(nodes.map(({ name }, i) => [name, `node ${i}`]));
  const of = (name: string) => named.get(name) as string;
  return {
    nodes: nodes.map((node) => ({ ...node, name: of(node.name), inputs: node.inputs.map(of) })),
    output: of(output),
  };
}

function reasonOf(inheritance: Inheritance): string {
  assert(inheritance.morphism === undefined, "there is a way");
  return inheritance.reason;
}

Deno.test("random changes of random networks are found again, by names and without", () => {
  let tried = 0, nameless = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const draw = createRng(`inherit ${seed}`);
      const graph = randomGraph(draw.split("graph"), { nodes: 10 });
      const made = randomMorphism(graph, draw.split("morphism"));
      if (made === undefined) return fc.pre(false);
      const { morphism, reason } = inherit(graph, made.graph, { rng: draw });
      assert(morphism !== undefined, `${made.description}: ${reason}`);
      assertEquals(morphism.graph, made.graph);
      assertLess(changeOf(morphism), 1e-5);
      tried++;
      const other = inherit(graph, renamed(made.graph), { rng: draw, fractions: "random" });
      if (other.morphism === undefined) return;
      nameless++;
      assertEquals(other.morphism.graph, renamed(made.graph));
      assertLess(changeOf(other.morphism), 1e-5);
    }),
    { numRuns: 60, seed: 6 },
  );
  // Without names the first way that fits is taken, which may not lead to the end.
  assertGreater(nameless / tried, 0.9);
});

Deno.test("a mobile network grows in width, kernel and depth", () => {
  const space = mobileNetwork({ inputChannels: 1, resolutions: [12], widths: [1] });
  for (let seed = 0; seed < 8; seed++) {
    const draw = createRng(`mobile ${seed}`);
    const small = space.sample(draw);
    const stages = small.stages.map(({ blocks, ...stage }) => {
      const grown = blocks.map(({ kernel, expansion }) => ({
        kernel: draw.pick([3, 5, 7].filter((each) => each >= kernel)),
        expansion: draw.pick([2, 4].filter((each) => each >= expansion)),
      }));
      return {
        ...stage,
        blocks: [...grown, ...(grown.length < 2 ? [{ kernel: 5, expansion: 2 }] : [])],
      };
    });
    const { morphism, reason } = inherit(
      space.lower(small),
      space.lower({ ...small, stages }),
      { rng: draw },
    );
    assert(morphism !== undefined, reason);
    assertLess(changeOf(morphism), 1e-5);
  }
});

Deno.test("in a NAS-Bench-201 cell a none awakens and a filter grows, but no skip becomes a layer", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const cell = (choices: number[]) => space.lower(space.fromChoices(choices));
  const found = inherit(cell([1, 0, 2, 3, 2, 1]), cell([1, 3, 2, 3, 3, 1]), { rng: rng() });
  assert(found.morphism !== undefined, found.reason);
  assertEquals(found.steps.filter(({ kind }) => kind === "kernel").length, 3);
  assertEquals(found.steps.filter(({ kind }) => kind === "branch").length, 3);
  assertLess(changeOf(found.morphism), 1e-5);
  const skip = inherit(cell([1, 1, 2, 3, 2, 1]), cell([1, 3, 2, 3, 2, 1]), { rng: rng() });
  assertStringIncludes(reasonOf(skip), "the values of stem.bn (batchNorm) may be negative");
});

/** Convolution, batch norm, activation, pool and head, with some things changed. */
function chain(
  change: Partial<Record<"conv" | "act" | "pool" | "head", Op>> = {},
  more: readonly [string, Op][] = [],
): Graph {
  const net = new GraphBuilder([6, 6, 2]);
  let x = net.add("conv", change.conv ?? { op: "conv", kernel: 3, channels: 4 }, net.input);
  x = net.add("act", change.act ?? { op: "relu" }, net.add("bn", { op: "batchNorm" }, x));
  for (const [name, op] of more) x = net.add(name, op, x);
  x = net.add("pool", change.pool ?? { op: "globalAvgPool" }, x);
  return net.build(net.add("head", change.head ?? { op: "linear", features: 3 }, x));
}

Deno.test("the batch norm of an inserted layer has the root of 1 + epsilon as gamma", () => {
  const deeper = chain({}, [
    ["conv2", { op: "conv", kernel: 5, channels: 6 }],
    ["bn2", { op: "batchNorm", epsilon: 1e-3 }],
    ["act2", { op: "relu" }],
  ]);
  const { morphism, steps, reason } = inherit(chain(), deeper, { rng: rng() });
  assert(morphism !== undefined, reason);
  assertEquals(steps.map(({ description }) => description), [
    "insert conv, batchNorm, relu as conv2, bn2, act2",
    "widen conv2 from 4 to 6 channels",
  ]);
  const made = morphism.inherit(lively(chain(), createRng("w")));
  made.get("bn2.gamma")!.forEach((gamma) => assertAlmostEquals(gamma, 1.0004999, 1e-7));
  assertLess(changeOf(morphism), 1e-5);
});

Deno.test("where there is no way, the text names the place", () => {
  const reason = (parent: Graph, child: Graph) => reasonOf(inherit(parent, child, { rng: rng() }));
  const conv = (more: Partial<Extract<Op, { op: "conv" }>>): Graph =>
    chain({ conv: { op: "conv", kernel: 3, channels: 4, ...more } });
  assertEquals(
    reason(chain(), conv({ channels: 3 })),
    "the parent's pool (global avg pool, [4]) cannot become the child's pool (global avg pool, [3]): " +
      "fewer channels",
  );
  assertEquals(
    reason(chain(), conv({ kernel: 1 })),
    "the parent's conv (conv 3x3, 4, [6, 6, 4]) cannot become the child's conv " +
      "(conv 1x1, 4, [6, 6, 4]): a smaller filter, or other settings",
  );
  assertStringIncludes(
    reason(chain(), conv({ bias: true })),
    "a smaller filter, or other settings",
  );
  assertStringIncludes(reason(chain(), conv({ stride: 2 })), "another height and width");
  assertStringIncludes(
    reason(chain(), chain({ act: { op: "tanh" } })),
    "the child's act (tanh, [6, 6, 4]): another op",
  );
  assertEquals(
    reason(chain(), chain({ head: { op: "linear", features: 4 } })),
    "the parent returns [3], and the child [4]",
  );
  const tanh = { act: { op: "tanh" } } as const;
  const deeper = chain(tanh, [
    ["conv2", { op: "conv", kernel: 3, channels: 4 }],
    ["act2", { op: "tanh" }],
  ]);
  assertStringIncludes(
    reason(chain(tanh), deeper),
    "act2 of the child has no part in the parent, and tanh(tanh(x)) is not tanh(x)",
  );
  const invalid = { ...chain(), output: "none" };
  assertThrows(() => inherit(invalid, chain(), { rng: rng() }), GraphError, "none");
  assertThrows(() => inherit(chain(), invalid, { rng: rng() }), GraphError, "none");
});

Deno.test("a network comes from itself by a step that changes nothing", () => {
  const { morphism } = inherit(chain(), chain(), { rng: rng() });
  assertEquals(morphism!.graph, chain());
  assertEquals(changeOf(morphism!), 0);
});
