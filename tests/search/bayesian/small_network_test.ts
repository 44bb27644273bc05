import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { SmallNetwork, trainSmallNetwork } from "naskit/search/bayesian/small_network.ts";

const shape = { inputs: 7, active: 3, hidden: 6 };
const input = { indices: [0, 3, 6], values: [1, 2, -0.5] };

Deno.test("its output is that of matrices multiplied one by one", () => {
  const network = new SmallNetwork(shape, createRng(1));
  const { weights } = network;
  weights.forEach((_, i) => weights[i] = Math.sin(i));
  const x = [1, 0, 0, 2, 0, 0, -0.5];
  const six = [0, 1, 2, 3, 4, 5];
  const relu = (value: number) => Math.max(value, 0);
  const first = six.map((h) =>
    relu(x.reduce((s, v, i) => s + v * weights[i * 6 + h]!, weights[42 + h]!))
  );
  const second = six.map((g) =>
    relu(first.reduce((s, v, h) => s + v * weights[48 + g * 6 + h]!, weights[84 + g]!))
  );
  const output = second.reduce((s, v, g) => s + v * weights[90 + g]!, weights[96]!);
  assertEquals(weights.length, 97);
  assertAlmostEquals(network.predict(input), output, 1e-12);
});

Deno.test("its gradient is that of finite differences", () => {
  const network = new SmallNetwork(shape, createRng(2));
  // Away from the kinks of ReLU, biases included.
  const rng = createRng(3);
  network.weights.forEach((_, i) => network.weights[i]! += 0.1 * rng.normal());
  const gradient = new Float64Array(network.weights.length);
  const error = network.addGradient(input, 0.7, gradient);
  assertAlmostEquals(error, network.predict(input) - 0.7, 1e-12);
  const loss = () => (network.predict(input) - 0.7) ** 2 / 2;
  let moved = 0;
  gradient.forEach((slope, i) => {
    const before = network.weights[i]!;
    network.weights[i] = before + 1e-6;
    const above = loss();
    network.weights[i] = before - 1e-6;
    const below = loss();
    network.weights[i] = before;
    assertAlmostEquals(slope, (above - below) / 2e-6, 1e-7);
    if (slope !== 0) moved++;
  });
  assert(moved > 10, `${moved} weights matter`);
});

Deno.test("it learns a sum of its inputs", () => {
  const rng = createRng(4);
  const inputs = Array.from({ length: 60 }, () => ({
    indices: [0, 1, 2, 3],
    values: [rng.normal(), rng.normal(), rng.normal(), rng.normal()],
  }));
  const of = ({ values }: { values: number[] }) => values[0]! - values[1]! + 0.5 * values[2]!;
  const targets = Float64Array.from(inputs, of);
  const network = new SmallNetwork({ inputs: 4, active: 4, hidden: 20 }, createRng(5));
  trainSmallNetwork(network, { inputs: inputs.slice(0, 50), targets, rng }, {
    steps: 600,
    batch: 16,
    rate: 0.02,
    decay: 0,
  });
  const errors = inputs.slice(50).map((each) => (network.predict(each) - of(each)) ** 2);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  assert(mean < 0.1, `mean squared error ${mean}`);
});
