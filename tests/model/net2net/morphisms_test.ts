import { assert, assertEquals, assertThrows } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { morphisms, sequence } from "naskit/model/mod.ts";

const rng = createRng("morphisms");

function network() {
  const net = new GraphBuilder([8, 8, 1]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 4, bias: true }, net.input);
  x = net.add("relu", { op: "relu" }, x);
  net.add("dead", { op: "conv", kernel: 3, channels: 2 }, x);
  const y = net.add("dw", { op: "depthwise", kernel: 5 }, x);
  x = net.add("sum", { op: "add" }, x, y);
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 10 }, x));
}

Deno.test("all one-step children are listed once, with what they add", () => {
  const graph = network();
  const listed = morphisms(graph, { rng, widenBy: 2, maxKernel: 7 });
  const of = (filters: number, others = 0) => ({ params: filters + others, macs: 64 * filters });
  assertEquals(listed.map(({ description, added }) => [description, added]), [
    // Four filters and biases, four depthwise filters, four rows of the head, and what reads them in vain.
    ["widen conv from 4 to 8 channels", {
      params: 4 * (9 + 1 + 25 + 10) + 4 * 9 * 2,
      macs: 64 * 4 * (9 + 25 + 9 * 2) + 4 * 10 + 64 * 4,
    }],
    ["insert conv, batchNorm, relu behind relu", of(9 * 16, 8)],
    ["grow the kernel of conv from 3x3 to 5x5", of(16 * 4)],
    ["grow the kernel of dw from 5x5 to 7x7", of(24 * 4)],
    ["add a residual block of 4 channels behind relu", of(2 * 9 * 16, 16)],
    ["add a residual block of 4 channels behind sum", of(2 * 9 * 16, 16)],
  ]);
  for (const { graph: child, added } of listed) {
    assertEquals(cost(child).params - cost(graph).params, added.params);
  }
  const few = morphisms(graph, { rng, kinds: ["kernel"] });
  assertEquals(few.map(({ kind }) => kind), ["kernel"]);
});

Deno.test("what is drawn follows from the seed, child by child", () => {
  const weights = (seed: string, kinds: readonly ("widen" | "branch")[]) => {
    const step = morphisms(network(), { rng: createRng(seed), kinds }).at(-1)!;
    const zeros = new Map<string, Float32Array>();
    for (
      const [name, size] of [["conv.weight", 36], ["conv.bias", 4], ["dead.weight", 72]] as const
    ) {
      zeros.set(name, new Float32Array(size).fill(1));
    }
    zeros.set("dw.weight", new Float32Array(100));
    zeros.set("head.weight", new Float32Array(40));
    zeros.set("head.bias", new Float32Array(10));
    return step.inherit(zeros).get("sum.branch.layer1.weight")!;
  };
  assertEquals(weights("a", ["branch"]), weights("a", ["widen", "branch"]));
  assert(weights("a", ["branch"])[0] !== weights("b", ["branch"])[0]);
});

Deno.test("bad options are refused, and steps that do not follow one another", () => {
  const graph = network();
  assertThrows(() => morphisms(graph, { rng, widenBy: 1 }), RangeError, "widenBy must be above 1");
  assertThrows(() => morphisms(graph, { rng, maxKernel: 0 }), RangeError, "maxKernel");
  assertThrows(() => sequence([]), RangeError, "got none");
  const [first, second] = morphisms(graph, { rng });
  assertThrows(() => sequence([first!, second!]), RangeError, "step 2 must start from the graph");
});
