import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cost, type CostOptions, estimateLatency, stm32F746 } from "naskit/cost/mod.ts";
import { type Graph, type GraphNode, inferShapes } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { courseNet, mobileNetV2 } from "./support/mobile_nets.ts";

/** The blocks of a graph between nodes that everything behind them reads through, as graphs. */
function cutInto(graph: Graph, isCut: (name: string) => boolean): Graph[] {
  const shapes = inferShapes(graph);
  const blocks: Graph[] = [];
  let nodes: GraphNode[] = [graph.nodes[0]!];
  for (const node of graph.nodes.slice(1)) {
    nodes.push(node);
    if (node.name !== graph.output && !isCut(node.name)) continue;
    blocks.push({ nodes, output: node.name });
    const shape = shapes.get(node.name) as readonly [number, number, number];
    nodes = [{ name: node.name, inputs: [], op: "input", shape }];
  }
  return blocks;
}

const space = nasBench201({ channels: 8, cellsPerStage: 2, size: 16 });
const chains: [name: string, graph: Graph, isCut: (name: string) => boolean][] = [
  [
    "NAS-Bench-201",
    space.lower(space.fromChoices([3, 1, 2, 4, 0, 3])),
    (name) => /^(stem\.bn|stage.\.cell.\.node3|reduce.\.sum)$/.test(name),
  ],
  [
    "MobileNetV2",
    mobileNetV2({ width: 0.35, size: 64, classes: 10 }),
    // Blocks without a residual end in their projection's norm, the others in their sum.
    (name) => /^(stem\.relu|stage(0\.0|[1-6]\.0)\.project\.bn|stage.*\.sum|last\.relu)$/.test(name),
  ],
  [
    "a gated network",
    courseNet({ width: 0.5, size: 96, depth: 1, kernel: 5, expand: 4 }),
    (name) => /^(first\.bn|stage[0-4]\.0\.project\.bn|stage.*\.sum|last\.relu)$/.test(name),
  ],
];

for (const [name, graph, isCut] of chains) {
  Deno.test(`the costs of ${name} are the sums of its blocks' and its memory their maximum`, () => {
    const blocks = cutInto(graph, isCut);
    assertEquals(blocks.length > 5, true);
    const settings: CostOptions[] = [{}, { rule: "mcunet" }, { inPlace: false, countBias: false }];
    for (const options of settings) {
      const whole = cost(graph, options);
      const parts = blocks.map((block) => cost(block, options));
      for (const metric of ["params", "macs", "activations", "flash"] as const) {
        assertEquals(whole[metric], parts.reduce((sum, part) => sum + part[metric], 0), metric);
      }
      assertEquals(whole.peakMemory, Math.max(...parts.map(({ peakMemory }) => peakMemory)));
    }
  });

  Deno.test(`energy and latency of ${name} add up where blocks do not begin with an activation`, () => {
    const blocks = cutInto(graph, isCut);
    const whole = cost(graph);
    // The head of NAS-Bench-201 begins with a batch norm, which the sum before it takes along.
    const begins = blocks.flatMap((block) => {
      const { name, op } = block.nodes[1]!;
      return op === "batchNorm" ? [name] : [];
    });
    const apart = blocks.flatMap((block) => cost(block).nodes).filter(({ name, op }) =>
      op !== "input" && !begins.includes(name)
    );
    assertAlmostEquals(whole.energy, apart.reduce((sum, { energy }) => sum + energy, 0), 1e-9);
    const times = blocks.flatMap((block) => estimateLatency(block, stm32F746).nodes)
      .filter(({ node }) => !begins.includes(node));
    assertAlmostEquals(
      estimateLatency(graph, stm32F746).milliseconds,
      times.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      1e-9,
    );
  });
}
