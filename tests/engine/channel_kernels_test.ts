import { assertEquals, assertLess } from "@std/assert";
import { activationKind, kernels, loadKernels } from "../../lib/engine/kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";
import {
  avgPoolReference,
  convReference,
  differences,
  distance,
  dot,
  maxPoolReference,
  poolSizes,
  square,
} from "../support/reference_ops.ts";

const builds = ["simd", "relaxed"] as const;
const sizes = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 70];
const channelCounts = [1, 3, 4, 5, 8, 12, 16, 17];

const activations: Readonly<Record<keyof typeof activationKind, (x: number) => number>> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  hswish: (x) => x * Math.min(Math.max(x + 3, 0), 6) / 6,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  hsigmoid: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  swish: (x) => x / (1 + Math.exp(-x)),
};

for (const build of builds) {
  Deno.test(`activations and their gradients equal their formulas, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const [name, f] of Object.entries(activations)) {
      const kind = activationKind[name as keyof typeof activationKind];
      for (const size of sizes) {
        const x = normals(size, `${name} ${size}`).map((value) => 4 * value);
        const dy = normals(size, `${name} ${size} dy`), old = normals(size, `${name} ${size} old`);
        const y = Array.from(x, f);
        const dx = differences((x) => dot(Array.from(x, f), dy), x);
        // A slope that happens to be small is no better known than one of 1.
        const far = (actual: ArrayLike<number>, expected: ArrayLike<number>) =>
          distance([...Array.from(actual), 1], [...Array.from(expected), 1]);
        withMemory(({ put, room, get }) => {
          const xAt = put(x), dyAt = put(dy), yAt = room(size), dxAt = room(size), sumAt = put(old);
          kernels.activate(xAt, yAt, size, kind);
          kernels.activateGrad(xAt, dyAt, dxAt, size, kind, 0);
          kernels.activateGrad(xAt, dyAt, sumAt, size, kind, 1);
          assertLess(far(get(yAt), y), 1e-6, name);
          assertLess(far(get(dxAt), dx), 1e-6, name);
          assertLess(far(get(sumAt), Array.from(dx, (v, i) => v + (old[i] as number))), 1e-6);
        });
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`sigmoid and tanh are good at every size of x, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 20);
    const tiny = Float32Array.from([0, 1e-20, -1e-6, 1e-3, -0.2, 0.2499, 0.25, -0.2501, 1]);
    withMemory(({ put, get }) => {
      const xAt = put(x), tinyAt = put(tiny), edgesAt = put([NaN, Infinity, -Infinity]);
      kernels.activate(xAt, xAt, x.length, activationKind.sigmoid);
      kernels.activate(tinyAt, tinyAt, tiny.length, activationKind.tanh);
      kernels.activate(edgesAt, edgesAt, 3, activationKind.sigmoid);
      assertEquals([...get(edgesAt)].map((v) => Math.fround(Number(v.toFixed(6)))), [NaN, 1, 0]);
      get(xAt).forEach((value, i) => {
        const expected = 1 / (1 + Math.exp(-(x[i] as number)));
        assertLess(Math.abs(value - expected), 1e-37 + 5e-7 * expected, `sigmoid ${x[i]}`);
      });
      get(tinyAt).forEach((value, i) => {
        const expected = Math.tanh(tiny[i] as number);
        assertLess(Math.abs(value - expected), 1e-30 + 6e-7 * Math.abs(expected), `${tiny[i]}`);
      });
    });
    await loadKernels("relaxed");
  });

  Deno.test(`elementwise kernels equal their formulas, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const size of sizes) {
      const a = normals(size, `a ${size}`), b = normals(size, `b ${size}`);
      const old = normals(size, `old ${size}`);
      const expect = (f: (a: number, b: number, y: number) => number) =>
        Array.from(a, (value, i) => f(value, b[i] as number, old[i] as number));
      withMemory(({ put, room, get }) => {
        const aAt = put(a), bAt = put(b);
        const [sum, product] = [room(size), room(size)];
        const [added, scaled, multiplied] = [put(old), put(old), put(old)];
        kernels.add(aAt, bAt, sum, size);
        kernels.multiply(aAt, bAt, product, size);
        kernels.addInto(aAt, added, size);
        kernels.scaleInto(aAt, 0.3, scaled, size);
        kernels.multiplyInto(aAt, bAt, multiplied, size);
        assertLess(distance(get(sum), expect((a, b) => a + b)), 1e-6);
        assertLess(distance(get(product), expect((a, b) => a * b)), 1e-6);
        assertLess(distance(get(added), expect((a, _b, y) => y + a)), 1e-6);
        assertLess(distance(get(scaled), expect((a, _b, y) => y + 0.3 * a)), 1e-6);
        assertLess(distance(get(multiplied), expect((a, b, y) => y + a * b)), 1e-6);
      });
    }
    await loadKernels("relaxed");
  });

  Deno.test(`gates, biases and means over pixels equal plain loops, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of channelCounts) {
      for (const [batch, pixels] of [[1, 1], [2, 9], [3, 20]] as const) {
        const name = `${batch} ${pixels} ${channels}`, size = batch * pixels * channels;
        const x = normals(size, `${name} x`), dy = normals(size, `${name} dy`);
        const old = normals(size, `${name} old`), g = normals(batch * channels, `${name} g`);
        const rows = batch * pixels;
        /** The place of x's value i in `[batch, channels]`. */
        const of = (i: number) => Math.floor(i / (pixels * channels)) * channels + i % channels;
        const sums = (count: number, place: (i: number) => number, f: (i: number) => number) => {
          const all = new Float64Array(count);
          x.forEach((_, i) => all[place(i)] = (all[place(i)] as number) + f(i));
          return all;
        };
        const at = (values: ArrayLike<number>, i: number) => values[i] as number;
        withMemory(({ put, room, get }) => {
          const xAt = put(x), dyAt = put(dy), gAt = put(g);
          const yAt = room(size), intoAt = put(old), dgAt = room(g.length);
          kernels.gate(xAt, gAt, yAt, batch, pixels, channels);
          kernels.gateInto(xAt, gAt, intoAt, batch, pixels, channels);
          kernels.gateGrad(xAt, dyAt, dgAt, batch, pixels, channels);
          const gated = Array.from(x, (v, i) => v * at(g, of(i)));
          assertLess(distance(get(yAt), gated), 1e-6, name);
          assertLess(distance(get(intoAt), gated.map((v, i) => v + at(old, i))), 1e-6, name);
          const dg = sums(g.length, of, (i) => at(x, i) * at(dy, i));
          assertLess(distance(get(dgAt), dg), 1e-6, name);

          const meanAt = room(g.length), spreadAt = room(size), addedAt = put(old);
          kernels.globalAvgPool(xAt, meanAt, batch, pixels, channels);
          kernels.globalAvgPoolGradInto(gAt, spreadAt, 0, batch, pixels, channels);
          kernels.globalAvgPoolGradInto(gAt, addedAt, 1, batch, pixels, channels);
          const mean = sums(g.length, of, (i) => at(x, i) / pixels);
          assertLess(distance(get(meanAt), mean), 1e-6, name);
          const spread = Array.from(x, (_, i) => at(g, of(i)) / pixels);
          assertLess(distance(get(spreadAt), spread), 1e-6, name);
          assertLess(distance(get(addedAt), spread.map((v, i) => v + at(old, i))), 1e-6, name);

          const biasAt = put(g.subarray(0, channels)), biasGradAt = room(channels);
          kernels.biasGrad(dyAt, biasGradAt, rows, channels);
          const biasGrad = sums(channels, (i) => i % channels, (i) => at(dy, i));
          assertLess(distance(get(biasGradAt), biasGrad), 1e-6, name);
          kernels.biasAdd(xAt, biasAt, rows, channels);
          const biased = Array.from(x, (v, i) => v + at(g, i % channels));
          assertLess(distance(get(xAt), biased), 1e-6, name);
        });
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`linear layers and their gradients equal plain loops, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (
      const [rows, inner, outer] of [[1, 1, 1], [2, 5, 3], [7, 8, 10], [5, 16, 12], [64, 3, 17], [
        130,
        65,
        9,
      ]]
    ) {
      const [r, i, o] = [rows, inner, outer] as [number, number, number];
      const name = `${r} ${i} ${o}`, g = square([1, 1, r, i], 1);
      const x = normals(r * i, `${name} x`), w = normals(i * o, `${name} w`);
      const dy = normals(r * o, `${name} dy`), bias = normals(o, `${name} bias`);
      const old = normals(r * i, `${name} old`);
      const { y, grads: [dx = new Float64Array(), dw = []] } = convReference(g, o, x, w, dy);
      withMemory(({ put, room, get }) => {
        const xAt = put(x), wAt = put(w), dyAt = put(dy), biasAt = put(bias);
        const yAt = room(r * o), biasedAt = room(r * o), dwAt = room(i * o);
        const dxAt = room(r * i), addedAt = put(old);
        kernels.linear(xAt, wAt, 0, yAt, r, i, o);
        kernels.linear(xAt, wAt, biasAt, biasedAt, r, i, o);
        kernels.linearInputGradInto(dyAt, wAt, dxAt, 0, r, i, o);
        kernels.linearInputGradInto(dyAt, wAt, addedAt, 1, r, i, o);
        kernels.linearWeightGrad(xAt, dyAt, dwAt, r, i, o);
        assertLess(distance(get(yAt), y), 2e-6, name);
        const biased = Array.from(y, (value, k) => value + (bias[k % o] as number));
        assertLess(distance(get(biasedAt), biased), 2e-6, name);
        assertLess(distance(get(dxAt), dx), 2e-6, name);
        const added = Array.from(dx, (value, k) => value + (old[k] as number));
        assertLess(distance(get(addedAt), added), 2e-6, name);
        assertLess(distance(get(dwAt), dw), 2e-6, name);
      });
    }
    await loadKernels("relaxed");
  });

  Deno.test(`pool gradients are added where asked, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of channelCounts) {
      for (const options of [{ stride: 1, padding: 1 }, { stride: 2, padding: 0 }]) {
        const g = square([2, 7, 6, channels], 3, options), name = JSON.stringify(g);
        const x = normals(84 * channels, `${name} x`), old = normals(x.length, `${name} old`);
        const dy = normals(avgPoolReference(g, x).y.length, `${name} dy`);
        const { grads: [average = []] } = avgPoolReference(g, x, dy);
        const { y, grads: [most = []] } = maxPoolReference(g, x, dy);
        const plus = (grad: ArrayLike<number>) =>
          Array.from(old, (value, i) => value + (grad[i] as number));
        withMemory(({ put, get }) => {
          const dyAt = put(dy), averageAt = put(old), mostAt = put(old);
          kernels.avgPoolGradInto(dyAt, averageAt, 1, ...poolSizes(g));
          kernels.maxPoolGradInto(put(x), put(y), dyAt, mostAt, 1, ...poolSizes(g));
          assertLess(distance(get(averageAt), plus(average)), 1e-6, name);
          assertLess(distance(get(mostAt), plus(most)), 1e-6, name);
        });
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`copyColumns() moves columns and touches no others, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const width of [1, 3, 4, 6, 8, 17]) {
      for (const accumulate of [0, 1]) {
        const rows = 3, fromPitch = width + 2, toPitch = width + 5;
        const from = normals(rows * fromPitch, "from"), to = normals(rows * toPitch, "to");
        const expected = to.slice();
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < width; j++) {
            const k = i * toPitch + 4 + j;
            expected[k] = (from[i * fromPitch + 1 + j] as number) +
              (accumulate ? to[k] as number : 0);
          }
        }
        withMemory(({ put, get }) => {
          const toAt = put(to);
          kernels.copyColumns(put(from), toAt, rows, width, fromPitch, 1, toPitch, 4, accumulate);
          assertEquals(get(toAt), expected);
        });
      }
    }
    await loadKernels("relaxed");
  });
}
