import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { atLeast, atMost, cost, describeConstraint, summary, violated } from "naskit/cost/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { publishedTable } from "../support/data_folder.ts";

Deno.test("all 15,625 NAS-Bench-201 networks cost what the closed forms say", () => {
  const space = nasBench201();
  for (const arch of space.enumerate()) {
    const count = (op: string) => arch.filter((each) => each === op).length;
    const { params, macs } = cost(space.lower(arch));
    const [conv3, conv1] = [count("nor_conv_3x3"), count("nor_conv_1x1")];
    assertEquals(params, 73_306 + 243_040 * conv3 + 28_000 * conv1);
    assertEquals(macs, 7_783_050 + 35_389_440 * conv3 + 3_932_160 * conv1);
  }
});

Deno.test("class count and input size move the cost as the published formulas do", () => {
  const ops = [3, 3, 3, 3, 3, 3];
  const costOf = (options: Parameters<typeof nasBench201>[0]) => {
    const space = nasBench201(options);
    return cost(space.lower(space.fromChoices(ops)));
  };
  const [cifar10, cifar100] = [costOf({}), costOf({ classes: 100 })];
  assertEquals(cifar100.params - cifar10.params, 90 * 65);
  assertEquals(cifar100.macs - cifar10.macs, 90 * 65);
  const small = costOf({ size: 16, classes: 120 });
  const head = (classes: number) => 64 * classes + classes;
  assertEquals(small.macs - head(120), (cifar10.macs - head(10)) / 4);
});

Deno.test({
  name: "costs equal the published NAS-Bench-201 table",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: () => {
    const [header, ...rows] = Deno.readTextFileSync(publishedTable("nasbench201.csv") as string)
      .trim().split("\n").map((line) => line.split(","));
    const column = (name: string) => (header as string[]).indexOf(name);
    const space = nasBench201();
    for (const row of rows) {
      const { params, macs } = cost(space.lower(space.decode(row[column("arch")] as string)));
      assertEquals(params, Number(row[column("params_c10_computed")]));
      assertEquals(macs, Number(row[column("macs_c10_computed")]));
    }
    assertEquals(rows.length, 15_625);
  },
});

Deno.test("an inverted bottleneck costs what the arithmetic says", () => {
  const net = new GraphBuilder([32, 32, 16]);
  let x = net.add("expand", { op: "conv", kernel: 1, channels: 96 }, net.input);
  x = net.add("depthwise", { op: "depthwise", kernel: 3, stride: 2 }, x);
  x = net.add("project", { op: "conv", kernel: 1, channels: 24 }, x);
  const { macs, nodes } = cost(net.build(x));
  assertEquals(nodes.map((node) => node.macs), [0, 1_572_864, 221_184, 589_824]);
  assertEquals(macs, 2_383_872);
});

Deno.test("biases count as parameters always and as MACs by choice", () => {
  const graph: Graph = {
    nodes: [
      { name: "x", inputs: [], op: "input", shape: [4, 4, 2] },
      { name: "conv", inputs: ["x"], op: "conv", kernel: 3, channels: 5, bias: true },
      { name: "dw", inputs: ["conv"], op: "depthwise", kernel: 3, multiplier: 2, bias: true },
    ],
    output: "dw",
  };
  const withBias = cost(graph);
  assertEquals(withBias.params, (9 * 2 * 5 + 5) + (9 * 10 + 10));
  assertEquals(withBias.macs - cost(graph, { countBias: false }).macs, 16 * 5 + 16 * 10);
});

Deno.test("summary() shows every node and the totals", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
  const graph = space.lower(space.fromChoices([3, 1, 0, 4, 2, 1]));
  const text = summary(graph);
  for (const { name } of graph.nodes) assertStringIncludes(text, name);
  assertStringIncludes(text, cost(graph).macs.toLocaleString("en-US"));
});

Deno.test("constraints compare, name themselves, and refuse what they cannot check", () => {
  const limits = [atMost("macs", 100), atLeast("params", 10)];
  assertEquals(violated(limits, { macs: 100, params: 10 }), undefined);
  assertEquals(violated(limits, { macs: 101, params: 10 }), limits[0]);
  assertEquals(violated(limits, { macs: 100, params: 9 }), limits[1]);
  assertEquals(violated(limits, { macs: NaN, params: 10 }), limits[0]);
  assertEquals(describeConstraint(atMost("macs", 5e6)), "macs ≤ 5,000,000");
  assertThrows(
    () => violated([atMost("latency", 1)], { macs: 1, params: 2 }),
    RangeError,
    'Cannot check constraint on "latency": known before an evaluation are "macs", "params"',
  );
  assertThrows(() => atMost("macs", NaN), RangeError, "limit must be a finite number, got NaN");
});
