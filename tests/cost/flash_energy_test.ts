import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cost, float32Energy, int8Energy, int8OnChipEnergy } from "naskit/cost/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

/** conv 3x3 2→4 with a batch norm and a relu, a sum with itself, a batch norm, a head 4→3. */
function small(): Graph {
  const net = new GraphBuilder([8, 8, 2]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
  x = net.add("bn", { op: "batchNorm" }, x);
  x = net.add("relu", { op: "relu" }, x);
  x = net.add("sum", { op: "add" }, x, x);
  x = net.add("late", { op: "batchNorm" }, x);
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 3 }, x));
}

Deno.test("flash folds a batch norm behind a convolution and keeps one that stands elsewhere", () => {
  const stored = (options?: Parameters<typeof cost>[1]) =>
    cost(small(), options).nodes.map(({ flash }) => flash);
  assertEquals(stored(), [0, 72 + 4 * 4, 0, 0, 0, 2 * 4 * 4, 0, 12 + 3 * 4]);
  assertEquals(
    stored({ bytesPerWeight: 4, bytesPerScale: 4 }),
    [0, 288 + 4 * 4 + 4 * 4, 0, 0, 0, 2 * 4 * 4, 0, 48 + 3 * 4 + 3 * 4],
  );
  assertEquals(cost(small()).flash, 72 + 16 + 32 + 24);
});

Deno.test("a batch norm is not folded into a convolution that something else reads", () => {
  const net = new GraphBuilder([8, 8, 2]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 2 }, net.input);
  const bn = net.add("bn", { op: "batchNorm", affine: false }, conv);
  const { nodes } = cost(net.build(net.add("sum", { op: "add" }, conv, bn)));
  assertEquals(nodes.map(({ flash }) => flash), [0, 4, 2 * 2 * 4, 0]);
});

Deno.test("activations are the outputs of convolutions and linear layers", () => {
  assertEquals(cost(small()).nodes.map(({ activations }) => activations), [
    0,
    256,
    0,
    0,
    0,
    0,
    0,
    3,
  ]);
  assertEquals(cost(small()).activations, 259);
});

Deno.test("energy is MACs and bytes moved at the model's prices", () => {
  const macs = 64 * 9 * 2 * 4 + 12;
  // conv 128 + 256, sum 256 twice in and once out, pool 256 + 4, head 4 + 3; the norm behind the sum
  // is the sum's one reader.
  const moved = 384 + 768 + 260 + 7;
  const weights = 72 + 12;
  for (const energy of [int8Energy, int8OnChipEnergy, float32Energy]) {
    assertAlmostEquals(
      cost(small(), { energy }).energy,
      (macs * energy.perMac + moved * energy.perValueByte + weights * energy.perWeightByte) / 1e6,
      1e-12,
    );
  }
  const wide = cost(small(), { energy: float32Energy, bytesPerElement: 4, bytesPerWeight: 4 });
  assertAlmostEquals(
    wide.energy,
    (macs * 4.6 + 4 * moved * 12.5 + 4 * weights * 160) / 1e6,
    1e-12,
  );
});

Deno.test("totals are the sums over nodes, and memory their maximum", () => {
  const space = nasBench201({ channels: 8, cellsPerStage: 1, size: 8 });
  const { nodes, peakMemory, ...totals } = cost(space.lower(space.fromChoices([3, 1, 2, 4, 0, 3])));
  for (const name of ["params", "macs", "activations", "flash", "energy"] as const) {
    assertAlmostEquals(totals[name], nodes.reduce((sum, node) => sum + node[name], 0), 1e-9);
  }
  assertEquals(peakMemory, Math.max(...nodes.map(({ memory }) => memory)));
});
