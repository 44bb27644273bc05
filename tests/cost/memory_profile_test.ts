import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost, type MemoryOptions, memoryProfile } from "naskit/cost/mod.ts";
import { type Graph, GraphBuilder, type GraphNode, inferShapes } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { publishedTable } from "../support/data_folder.ts";
import { courseNet, mobileNetV2 } from "./support/mobile_nets.ts";

const peak = (graph: Graph, options?: MemoryOptions) => memoryProfile(graph, options).peak;

/** Graphs of random ops on 4 x 4 images of 3 channels, each reading any nodes before it. */
const graphs = fc.array(
  fc.record({
    kind: fc.constantFrom("conv", "depthwise", "relu", "batchNorm", "add", "identity", "avgPool"),
    reads: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 12 },
).map((choices): Graph => {
  const nodes: GraphNode[] = [{ name: "n0", inputs: [], op: "input", shape: [4, 4, 3] }];
  for (const [i, { kind, reads }] of choices.entries()) {
    const sources = reads.map((read) => `n${read % (i + 1)}`);
    const [a, b] = sources as [string, string];
    const name = `n${i + 1}`;
    if (kind === "add") nodes.push({ name, inputs: [a, b], op: "add" });
    else if (kind === "conv") {
      nodes.push({ name, inputs: [a], op: "conv", kernel: 3, channels: 3 });
    } else if (kind === "depthwise") nodes.push({ name, inputs: [a], op: "depthwise", kernel: 3 });
    else if (kind === "avgPool") nodes.push({ name, inputs: [a], op: "avgPool", kernel: 3 });
    else nodes.push({ name, inputs: [a], op: kind as "relu" | "batchNorm" | "identity" });
  }
  return { nodes, output: `n${choices.length}` };
});

/** Bytes at each node if every value had memory of its own from its making to its last reading. */
function separately(graph: Graph): number[] {
  const sizes = new Map(
    [...inferShapes(graph)].map(([name, shape]) => [name, shape.reduce((a, b) => a * b, 1)]),
  );
  return graph.nodes.map((_, now) => {
    const needed = graph.nodes.filter(({ name }, made) =>
      made === now ||
      (made < now &&
        (name === graph.output ||
          graph.nodes.slice(now).some(({ inputs }) => inputs.includes(name))))
    );
    return needed.reduce((sum, { name }) => sum + (sizes.get(name) as number), 0);
  });
}

Deno.test("graphs without element-wise ops need what a simulation of separate values needs", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const own = graph.nodes.map((node): GraphNode =>
      ["relu", "batchNorm", "identity", "add"].includes(node.op)
        ? {
          name: node.name,
          inputs: node.inputs.slice(0, 1),
          op: "conv",
          kernel: 1,
          channels: 3,
        }
        : node
    );
    const plain = { nodes: own, output: graph.output };
    assertEquals(memoryProfile(plain).steps.map(({ bytes }) => bytes), separately(plain));
  }));
});

Deno.test("writing in place never needs more, and never less than any node's own needs", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const steps = (options?: MemoryOptions) => memoryProfile(graph, options).steps;
    const [shared, fused, most] = [steps(), steps({ inPlace: false }), separately(graph)];
    graph.nodes.forEach(({ name, inputs }, i) => {
      assertLessOrEqual(shared[i]!.bytes, fused[i]!.bytes);
      assertLessOrEqual(fused[i]!.bytes, most[i]!);
      assertEquals(shared[i]!.bytes, shared[i]!.alive.reduce((sum, { bytes }) => sum + bytes, 0));
      assert(shared[i]!.alive.some(({ node }) => node === name));
      // 4 x 4 x 3 bytes for each value that is read and not the node's own memory.
      assertLessOrEqual(48, shared[i]!.bytes, `${name} reads ${inputs}`);
    });
    assertEquals(cost(graph).peakMemory, Math.max(...shared.map(({ bytes }) => bytes)));
    assertEquals(cost(graph).nodes.map(({ memory }) => memory), shared.map(({ bytes }) => bytes));
  }));
});

Deno.test("a value that is still read is never written over", () => {
  fc.assert(fc.property(graphs, fc.boolean(), (graph, inPlaceDepthwise) => {
    const { steps } = memoryProfile(graph, { inPlaceDepthwise });
    // Views and what is written in place go on under the name of the newest value: follow them back.
    graph.nodes.forEach((node, now) => {
      const alive = steps[now]!.alive.length;
      const values = graph.nodes.slice(0, now + 1).filter(({ name, op }, made) =>
        op !== "identity" && made < now &&
        graph.nodes.slice(now + 1).some(({ inputs }) => inputs.includes(name))
      );
      assertLessOrEqual(values.length, alive, `${node.name}: ${steps[now]!.alive.length}`);
    });
  }));
});

Deno.test("an inverted bottleneck needs what the arithmetic says, by both rules", () => {
  const net = new GraphBuilder([32, 32, 16]);
  let x = net.add("expand", { op: "conv", kernel: 1, channels: 96 }, net.input);
  x = net.add("expand.bn", { op: "batchNorm" }, x);
  x = net.add("expand.relu", { op: "relu6" }, x);
  x = net.add("depthwise", { op: "depthwise", kernel: 3, stride: 2 }, x);
  x = net.add("depthwise.bn", { op: "batchNorm" }, x);
  x = net.add("project", { op: "conv", kernel: 1, channels: 24 }, x);
  const graph = net.build(x);
  const { steps } = memoryProfile(graph, { rule: "mcunet" });
  assertEquals(steps.map(({ node, bytes }) => [node, bytes]), [
    ["expand", 114_688],
    ["depthwise", 122_880],
    ["project", 30_720],
  ]);
  for (const rule of ["mcunet", "liveness"] as const) {
    const { peak, at } = memoryProfile(graph, { rule });
    assertEquals([peak, at], [122_880, "depthwise"]);
  }
});

Deno.test("MCUNet's rule counts a residual at the depthwise convolution alone", () => {
  const net = new GraphBuilder([8, 8, 4]);
  let x = net.add("expand", { op: "conv", kernel: 1, channels: 8 }, net.input);
  x = net.add("depthwise", { op: "depthwise", kernel: 3 }, x);
  x = net.add("project", { op: "conv", kernel: 1, channels: 4 }, x);
  const graph = net.build(net.add("sum", { op: "add" }, x, net.input));
  const bytes = (options?: MemoryOptions) =>
    memoryProfile(graph, options).steps.map(({ bytes }) => bytes / 64);
  assertEquals(bytes({ rule: "mcunet" }), [4 + 8, 8 + 8 + 4, 8 + 4]);
  assertEquals(bytes(), [4, 4 + 8, 4 + 8 + 8, 4 + 8 + 4, 4 + 4]);
  assertEquals(bytes({ inPlace: false }), [4, 4 + 8, 4 + 8 + 8, 4 + 8 + 4, 4 + 4 + 4]);
  // One channel of the depthwise convolution is kept aside while it writes over its input.
  assertEquals(bytes({ inPlaceDepthwise: true }), [4, 4 + 8, 4 + 8 + 1, 4 + 8 + 4, 4 + 4]);
});

Deno.test("an activation needs memory of its own where something else reads its input", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 2 }, net.input);
  const relu = net.add("relu", { op: "relu" }, conv);
  const graph = net.build(net.add("sum", { op: "add" }, relu, conv));
  const bytes = (options?: MemoryOptions) =>
    memoryProfile(graph, options).steps.map(({ bytes }) => bytes / 32);
  assertEquals(bytes(), [1, 2, 2, 2]);
  assertEquals(bytes({ inPlace: false }), [1, 2, 2, 3]);
});

Deno.test("zeros do not keep what they take their shape from alive", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 2 }, net.input);
  const zero = net.add("zero", { op: "zero" }, net.input);
  const graph = net.build(net.add("sum", { op: "add" }, conv, zero));
  assertEquals(memoryProfile(graph).steps.map(({ bytes }) => bytes / 32), [1, 2, 2, 2]);
});

const courseNets = {
  smallest: courseNet({ width: 0.5, size: 96, depth: 0, kernel: 3, expand: 3 }),
  largest: courseNet({ width: 0.75, size: 96, depth: 2, kernel: 7, expand: 6 }),
};

Deno.test("the smallest and the largest network of the course's supernet need 72 and 270 kB", () => {
  assertEquals(peak(courseNets.smallest, { rule: "mcunet" }), 72 * 1024);
  assertEquals(peak(courseNets.largest, { rule: "mcunet" }), 270 * 1024);
});

Deno.test("the same two networks have the MACs that the course prints", () => {
  // Its counter takes four operations for each value that batch norm gives, though it is folded away.
  const printed = (graph: Graph) => {
    const shapes = inferShapes(graph);
    const normalised = graph.nodes.filter(({ op }) => op === "batchNorm")
      .map(({ name }) => shapes.get(name)!.reduce((a, b) => a * b, 1));
    return cost(graph, { countBias: false }).macs + 4 * normalised.reduce((a, b) => a + b, 0);
  };
  assertEquals(printed(courseNets.smallest), 8_302_128);
  assertEquals(printed(courseNets.largest), 79_416_432);
});

Deno.test({
  name: "MobileNetV2 at width 0.35 costs what MCUNet's zoo says",
  ignore: publishedTable("mcunet_model_zoo.csv") === undefined,
  fn: () => {
    const [header, ...rows] = Deno.readTextFileSync(
      publishedTable("mcunet_model_zoo.csv") as string,
    ).trim().split("\n").map((line) => line.split(","));
    const row = rows.find(([id]) => id === "mbv2-w0.35") as string[];
    const column = (name: string) => Number(row[(header as string[]).indexOf(name)]);
    const graph = mobileNetV2({ width: 0.35, size: column("resolution"), classes: 1000 });
    const { macs, params, peakMemory, flash } = cost(graph, { countBias: false, rule: "mcunet" });
    assertEquals((macs / 1e6).toFixed(1), column("macs_M").toFixed(1));
    assertEquals((params / 1e6).toFixed(2), column("params_M").toFixed(2));
    // What was measured on the board holds the runtime's buffers and code as well.
    const [sram, stored] = [column("sram_kB") * 1024, column("flash_kB") * 1024];
    assert(peakMemory < sram && peakMemory > 0.95 * sram, `${peakMemory} of ${sram}`);
    assert(flash < stored && flash > 0.8 * stored, `${flash} of ${stored}`);
  },
});

Deno.test("memory grows with the square of the side and by the bytes of an element", () => {
  const at = (size: number) => mobileNetV2({ width: 0.35, size, classes: 10 });
  for (const rule of ["mcunet", "liveness"] as const) {
    assertEquals(peak(at(128), { rule }), 4 * peak(at(64), { rule }));
    assertEquals(peak(at(64), { rule, bytesPerElement: 4 }), 4 * peak(at(64), { rule }));
  }
  assertLessOrEqual(
    peak(at(64), { inPlaceDepthwise: true }),
    peak(at(64)),
  );
});

Deno.test("a cell of NAS-Bench-201 keeps what its later edges read", () => {
  const space = nasBench201({ channels: 8, cellsPerStage: 1, size: 16 });
  const { steps } = memoryProfile(space.lower(space.fromChoices([3, 1, 3, 1, 1, 3])));
  const values = steps.filter(({ node }) => node.startsWith("stage0.cell0.")).map((step) =>
    [step.node.slice("stage0.cell0.".length), step.bytes / (16 * 16 * 8)] as const
  );
  assertEquals(values, [
    // Beside the cell's input: its activation, then the convolution that reads it.
    ["edge0_1.relu", 2],
    ["edge0_1.conv", 3],
    ["edge0_1.bn", 2],
    // Edge 0→2 is a skip; node 1 is the first edge.
    ["edge1_2.relu", 3],
    ["edge1_2.conv", 4],
    ["edge1_2.bn", 3],
    ["node2", 3],
    // Node 3 adds input and node 1, which waited, and the convolution of node 2.
    ["edge2_3.relu", 3],
    ["edge2_3.conv", 4],
    ["edge2_3.bn", 3],
    ["node3", 3],
  ]);
});

Deno.test("memoryProfile() and cost() name an option that cannot be used", () => {
  const graph = mobileNetV2({ width: 0.35, size: 32, classes: 10 });
  assertThrows(
    () => memoryProfile(graph, { rule: "guess" as "mcunet" }),
    RangeError,
    'Cannot profile memory: rule must be "liveness" or "mcunet", got "guess"',
  );
  assertThrows(
    () => cost(graph, { bytesPerElement: 0 }),
    RangeError,
    "Cannot cost the graph: bytesPerElement must be a positive number, got 0",
  );
  assertThrows(
    () => cost(graph, { bytesPerBias: -1 }),
    RangeError,
    "Cannot cost the graph: bytesPerBias must be a number from 0, got -1",
  );
  assertThrows(
    () => cost(graph, { energy: { name: "x", perMac: NaN, perValueByte: 1, perWeightByte: 1 } }),
    RangeError,
    "Cannot cost the graph: energy.perMac must be a number from 0, got NaN",
  );
});
