import { assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder, withoutResiduals } from "naskit/graph/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../support/random_graph.ts";

function terms(graph: Graph, name: string): readonly string[] {
  return graph.nodes.find((node) => node.name === name)!.inputs;
}

Deno.test("a shortcut behind identities goes, whichever term it is", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const x = net.add("x", { op: "conv", kernel: 3, channels: 2 }, net.input);
  const same = net.add("same", { op: "identity" }, net.add("also", { op: "identity" }, x));
  const f = net.add("f", { op: "relu" }, x), g = net.add("g", { op: "tanh" }, x);
  net.add("first", { op: "add" }, same, f);
  net.add("last", { op: "add" }, f, g, same);
  net.add("alone", { op: "add" }, f, g);
  net.add("twice", { op: "add" }, x, same);
  net.add("nothing", { op: "zero" }, x);
  const graph = withoutResiduals(net.build(net.add("zeros", { op: "add" }, x, "nothing")));
  assertEquals(terms(graph, "first"), ["f"]);
  assertEquals(terms(graph, "last"), ["f", "g"]);
  assertEquals(terms(graph, "alone"), ["f", "g"]);
  assertEquals(terms(graph, "twice"), ["x", "same"]);
  assertEquals(terms(graph, "zeros"), ["x", "nothing"]);
});

Deno.test("a NAS-Bench-201 cell loses skip connections beside longer ways", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const cell = (edges: number[]) => space.lower(space.fromChoices(edges));
  const graph = withoutResiduals(cell([3, 0, 3, 1, 3, 3]));
  assertEquals(graph.nodes, cell([3, 0, 3, 0, 3, 3]).nodes);
});

Deno.test("a network without residuals has the arrays that it had, and runs", () => {
  for (let seed = 0; seed < 40; seed++) {
    const graph = randomGraph(createRng(`residuals ${seed}`), { nodes: 20 });
    const [before, after] = [graph, withoutResiduals(graph)].map((each) =>
      buildModel(each, { rng: createRng(seed) })
    );
    assertEquals([...after!.params.keys()], [...before!.params.keys()]);
    before!.dispose();
    after!.dispose();
    assertEquals(withoutResiduals(after!.graph), after!.graph);
  }
});
