import { assertEquals, assertThrows } from "@std/assert";
import { type Graph, GraphBuilder, type Op } from "naskit/graph/mod.ts";
import { neuronsOf } from "naskit/plot/mod.ts";

/** Two inputs, two hidden units, one output. */
function graph(activation: Op = { op: "relu" }, bias = false): Graph {
  const net = new GraphBuilder([1, 1, 2]);
  net.add("x", { op: "flatten" }, net.input);
  net.add("hidden", { op: "linear", features: 2, bias }, "x");
  net.add("act", activation, "hidden");
  return net.build(net.add("y", { op: "linear", features: 1, bias }, "act"));
}

const weights = new Map([
  ["hidden.weight", new Float32Array([1, -1, 0.5, 2])],
  ["y.weight", new Float32Array([3, -2])],
]);
const units = [["x1", "x2"], ["h1", "h2"], ["y"]];

Deno.test("neuronsOf() gives what one computes by hand", () => {
  const drawing = neuronsOf("net", { graph: graph(), weights, input: [4, 1], units, group: "h1" });
  assertEquals(drawing, {
    name: "net: y = 13.5",
    layers: [
      [{ name: "x1", value: 4 }, { name: "x2", value: 1 }],
      [{ name: "h1", value: 4.5, group: "h1" }, { name: "h2", value: 0 }],
      [{ name: "y", value: 13.5 }],
    ],
    weights: [[[1, -1], [0.5, 2]], [[3], [-2]]],
  });
});

Deno.test("neuronsOf() refuses what is no chain of layers without biases, and names that do not fit", () => {
  const refuse = (graph: Graph, names: string[][], message: string) =>
    assertThrows(
      () => neuronsOf("net", { graph, weights, input: [4, 1], units: names }),
      RangeError,
      message,
    );
  refuse(graph({ op: "relu" }, true), units, "got hidden (linear)");
  refuse(graph({ op: "batchNorm" }), units, "got act (batchNorm)");
  refuse(graph(), [["x1", "x2"], ["h1"], ["y"]], "units[1] must have 2 names, got 1");
});
