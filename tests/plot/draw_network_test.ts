import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { GraphBuilder } from "naskit/graph/builder.ts";
import type { Graph } from "naskit/graph/graph.ts";
import { GraphError } from "naskit/graph/infer.ts";
import { drawNetwork } from "naskit/plot/draw_network.ts";
import { layeredLayout } from "naskit/plot/network_layout.ts";
import { unitsOf } from "naskit/plot/network_units.ts";
import { nasBench201 } from "naskit/space/nas_bench_201.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 3, size: 16, inputChannels: 1 });

function networks(count: number): Graph[] {
  const rng = createRng("networks");
  return Array.from({ length: count }, () => space.lower(space.sample(rng)));
}

/** A block of two branches, and a chain after it. */
function branches(): Graph {
  const net = new GraphBuilder([8, 8, 4]);
  const relu = net.add("relu", { op: "relu" }, net.input);
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, relu);
  const norm = net.add("norm", { op: "batchNorm" }, conv);
  const add = net.add("add", { op: "add" }, norm, net.input);
  return net.build(net.add("pool", { op: "globalAvgPool" }, add));
}

Deno.test("drawNetwork() of every node tells each once, with its shape", () => {
  const { data } = drawNetwork(branches(), { title: "Branches", detail: "nodes" });
  assertEquals(data[0]!.hovertext, [
    "input: input → [8, 8, 4]",
    "relu: relu → [8, 8, 4]",
    "conv: conv 3x3, 4 → [8, 8, 4]",
    "norm: batch norm → [8, 8, 4]",
    "add: add → [8, 8, 4]",
    "pool: global avg pool → [4]",
  ]);
});

Deno.test("drawNetwork() in blocks draws a chain as one box", () => {
  const units = unitsOf(branches(), true);
  const boxes = units.flatMap((unit) => unit.boxes);
  assertEquals(boxes.map((box) => [box.title, box.detail]), [
    ["input [8, 8, 4]", ""],
    ["conv 3x3, 4", "ReLU, …, BN"],
    ["add", ""],
    ["global avg pool", ""],
  ]);
  assertEquals(boxes.map((box) => box.inputs), [[], [0], [1, 0], [4]]);
});

Deno.test("drawNetwork() in blocks stands for every node, repeats counted", () => {
  for (const graph of networks(20)) {
    const units = unitsOf(graph, true);
    const counted = units.reduce(
      (sum, { boxes, times }) =>
        sum + times * boxes.reduce((nodes, box) => nodes + box.nodes.length, 0),
      0,
    );
    assertEquals(counted, graph.nodes.length);
    const boxes = units.flatMap((unit) => unit.boxes);
    const ids = new Set(boxes.map((box) => box.id));
    assertEquals(ids.size, boxes.length);
    for (const input of boxes.flatMap((box) => box.inputs)) assert(ids.has(input));
  }
});

Deno.test("drawNetwork() draws the three stages of NAS-Bench-201 once each, with ×3", () => {
  const arch =
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|";
  const { layout, data } = drawNetwork(space.lower(space.decode(arch)), { title: "Network" });
  assertEquals((layout.annotations as { text: string }[]).map((note) => note.text), [
    "×3",
    "×3",
    "×3",
  ]);
  assert((data[0]!.x as number[]).length < 50);
});

Deno.test("drawNetwork() does not tell two parts of unlike shape as repeats", () => {
  const net = new GraphBuilder([32, 32, 2]);
  let x = net.input;
  for (let i = 0; i < 4; i++) {
    x = net.add(`depthwise${i}`, { op: "depthwise", kernel: 3, stride: 2 }, x);
    x = net.add(`norm${i}`, { op: "batchNorm" }, x);
    x = net.add(`relu${i}`, { op: "relu" }, x);
  }
  assertEquals(unitsOf(net.build(x), true).map((unit) => unit.times), [1, 1, 1, 1, 1]);
});

Deno.test("drawNetwork() keeps boxes apart and inside the drawing", () => {
  for (const graph of networks(20)) {
    for (const detail of ["nodes", "blocks"] as const) {
      const { layout } = drawNetwork(graph, { title: "Network", detail });
      const width = (layout.xaxis as { range: number[] }).range[1]!;
      const height = (layout.yaxis as { range: number[] }).range[0]!;
      const boxes =
        (layout.shapes as { path: string; fillcolor?: string; line: { color?: string } }[])
          .filter((shape) => shape.path.includes("Q") && shape.fillcolor !== "#F1F4F8")
          .map((shape) => {
            const numbers = [...shape.path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)];
            const [x, y] = [numbers.map((n) => Number(n[1])), numbers.map((n) => Number(n[2]))];
            return { l: Math.min(...x), r: Math.max(...x), t: Math.min(...y), b: Math.max(...y) };
          });
      assert(boxes.length > 10);
      boxes.forEach((a, i) => {
        assert(a.l >= 0 && a.r <= width && a.t >= 0 && a.b <= height, "a box leaves the drawing");
        for (const b of boxes.slice(i + 1)) {
          assert(a.r < b.l || b.r < a.l || a.b < b.t || b.b < a.t, "two boxes overlap");
        }
      });
    }
  }
});

Deno.test("drawNetwork() says what is wrong with a graph", () => {
  const graph: Graph = { nodes: [{ name: "x", inputs: [], op: "relu" }], output: "x" };
  assertThrows(() => drawNetwork(graph, { title: "Wrong" }), GraphError, '"x"');
});

Deno.test("layeredLayout() puts every item under its inputs, and no two in one place", () => {
  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.tuple(fc.nat(size), fc.nat(size), fc.integer({ min: 10, max: 90 })), {
      minLength: size,
      maxLength: size,
    })
  );
  fc.assert(
    fc.property(graphs, (drafts) => {
      const items = drafts.map(([a, b, width], id) => ({
        id,
        width,
        // What is not placed along stands above all.
        inputs: [...new Set([a, b].map((input) => input < id ? input : 99))],
      }));
      const { places, passages, width } = layeredLayout(items, 50);
      for (const { id, inputs, width: own } of items) {
        const place = places.get(id)!;
        assert(place.x - own / 2 > -1e-6 && place.x + own / 2 < width + 1e-6);
        for (const input of inputs) {
          const above = places.get(input)?.y ?? -25;
          assert(above < place.y);
          assertEquals(passages.get(`${input} ${id}`)!.length, (place.y - above) / 50 - 1);
        }
        for (const other of items.slice(id + 1)) {
          const { x, y } = places.get(other.id)!;
          if (y !== place.y) continue;
          assert(Math.abs(x - place.x) > (own + other.width) / 2, "two items overlap");
        }
      }
    }),
    { seed: 1 },
  );
});
