import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { kernels, loadKernels } from "../../lib/engine/kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";
import { batchNormReference, differences, distance, dot } from "../support/reference_ops.ts";

const builds = ["simd", "relaxed"] as const;
const epsilon = 1e-5;

for (const build of builds) {
  Deno.test(`batch norm by samples equals plain loops, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of [1, 3, 5, 8, 12, 16]) {
      for (const [samples, rows] of [[1, 6], [3, 9], [2, 16]] as const) {
        const name = `${samples} ${rows} ${channels}`, size = samples * rows * channels;
        const x = normals(size, `${name} x`), dy = normals(size, `${name} dy`);
        const gamma = normals(channels, `${name} gamma`), beta = normals(channels, `${name} beta`);
        const part = (values: ArrayLike<number>, i: number) =>
          Array.from(values).slice(i * rows * channels, (i + 1) * rows * channels);
        const reference = (x: ArrayLike<number>, g: ArrayLike<number>, b: ArrayLike<number>) =>
          Array.from(
            { length: samples },
            (_, i) => batchNormReference(channels, epsilon, part(x, i), g, b),
          );
        const value = (x: ArrayLike<number>, g: ArrayLike<number>, b: ArrayLike<number>) =>
          dot(reference(x, g, b).flatMap(({ y }) => [...y]), dy);
        const expected = reference(x, gamma, beta);
        withMemory(({ put, room, get }) => {
          const xAt = put(x), gammaAt = put(gamma), betaAt = put(beta), yAt = room(size);
          const meanAt = room(samples * channels), varianceAt = room(samples * channels);
          kernels.batchNormPerSample(
            xAt,
            gammaAt,
            betaAt,
            yAt,
            meanAt,
            varianceAt,
            samples,
            rows,
            channels,
            epsilon,
          );
          assertLess(distance(get(yAt), expected.flatMap(({ y }) => [...y])), 3e-6, name);
          assertLess(distance(get(meanAt), expected.flatMap(({ mean }) => [...mean])), 3e-6, name);
          const variances = expected.flatMap(({ variance }) => [...variance]);
          assertLess(distance(get(varianceAt), variances), 3e-6, name);
          const dxAt = room(size), dgammaAt = room(channels), dbetaAt = room(channels);
          kernels.batchNormPerSampleGrad(
            xAt,
            put(dy),
            gammaAt,
            meanAt,
            varianceAt,
            dxAt,
            dgammaAt,
            dbetaAt,
            samples,
            rows,
            channels,
            epsilon,
          );
          assertLess(distance(get(dxAt), differences((x) => value(x, gamma, beta), x)), 1e-5, name);
          const byGamma = differences((g) => value(x, g, beta), gamma, 1e-3);
          const byBeta = differences((b) => value(x, gamma, b), beta, 1e-3);
          assertLess(distance(get(dgammaAt), byGamma), 1e-5, name);
          assertLess(distance(get(dbetaAt), byBeta), 1e-5, name);
        });
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`batch norm's gradient is added where asked, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of [1, 3, 5, 8, 12, 16]) {
      const rows = 10, size = rows * channels;
      const x = normals(size, "x"), dy = normals(size, "dy"), old = normals(size, "old");
      const gamma = normals(channels, "gamma");
      withMemory(({ put, room, get }) => {
        const { mean, variance } = batchNormReference(channels, epsilon, x, gamma, gamma);
        const xAt = put(x), dyAt = put(dy), gammaAt = put(gamma);
        const meanAt = put(mean), varianceAt = put(variance);
        const plain = room(size), added = put(old);
        for (const [dx, accumulate] of [[plain, 0], [added, 1]] as const) {
          kernels.batchNormGradInto(
            xAt,
            dyAt,
            gammaAt,
            meanAt,
            varianceAt,
            dx,
            room(channels),
            room(channels),
            rows,
            channels,
            epsilon,
            accumulate,
          );
        }
        const sum = get(plain).map((value, i) => value + (old[i] as number));
        assertLess(distance(get(added), sum), 1e-6);
      });
    }
    await loadKernels("relaxed");
  });

  Deno.test(`running statistics move and apply as PyTorch defines them, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of [1, 3, 5, 8, 12, 16]) {
      for (const rows of [1, 7, 30]) {
        const name = `${rows} ${channels}`;
        const x = normals(rows * channels, name), mean = normals(channels, `${name} mean`);
        const variance = normals(channels, `${name} variance`).map(Math.abs);
        const scale = normals(channels, `${name} scale`),
          shift = normals(channels, `${name} shift`);
        const runningMean = normals(channels, `${name} old`);
        const runningVariance = normals(channels, `${name} old variance`).map(Math.abs);
        withMemory(({ put, room, get }) => {
          const yAt = room(x.length), meanAt = put(runningMean), varianceAt = put(runningVariance);
          kernels.batchNormApply(put(x), put(scale), put(shift), yAt, rows, channels);
          const y = Array.from(
            x,
            (value, i) => value * (scale[i % channels] as number) + (shift[i % channels] as number),
          );
          assertLess(distance(get(yAt), y), 1e-6, name);
          kernels.batchNormUpdate(
            put(mean),
            put(variance),
            meanAt,
            varianceAt,
            rows,
            channels,
            0.1,
          );
          const means = Array.from(runningMean, (old, k) => 0.9 * old + 0.1 * (mean[k] as number));
          assertLess(distance(get(meanAt), means), 1e-6, name);
          const factor = rows / Math.max(rows - 1, 1);
          const variances = Array.from(
            runningVariance,
            (old, k) => 0.9 * old + 0.1 * factor * (variance[k] as number),
          );
          assertLess(distance(get(varianceAt), variances), 1e-6, name);
        });
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`adam and adamW follow the scalar formulas, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    const [rate, beta1, beta2, tiny] = [0.01, 0.9, 0.999, 1e-8] as const;
    for (const [name, decoupled] of [["adam", false], ["adamW", true]] as const) {
      for (const decay of [0, 0.1]) {
        for (const size of [1, 3, 4, 5, 8, 33]) {
          const start = normals(size, `start ${size}`);
          const grads = [1, 2, 3].map((step) => normals(size, `grad ${step} ${size}`));
          const expected = Array.from(start, (w, i) => {
            let m = 0, v = 0;
            grads.forEach((grad, step) => {
              let g = grad[i] as number;
              if (decoupled) w -= rate * decay * w;
              else g += decay * w;
              m = beta1 * m + (1 - beta1) * g;
              v = beta2 * v + (1 - beta2) * g * g;
              const mean = m / (1 - beta1 ** (step + 1)), square = v / (1 - beta2 ** (step + 1));
              w -= rate * mean / (Math.sqrt(square) + tiny);
            });
            return w;
          });
          withMemory(({ put, get }) => {
            const zeros = new Float32Array(size);
            const wAt = put(start), mAt = put(zeros), vAt = put(zeros);
            grads.forEach((grad, i) =>
              kernels[name](wAt, put(grad), mAt, vAt, size, rate, beta1, beta2, tiny, decay, i + 1)
            );
            assertLess(distance(get(wAt), expected), 1e-6, `${name} ${decay} ${size}`);
          });
        }
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`the loss kernel equals the definition, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const classes of [2, 3, 4, 10, 17]) {
      for (const smoothing of [0, 0.1, 1]) {
        const rows = 5, rng = createRng(`loss ${classes}`);
        const logits = normals(rows * classes, `logits ${classes}`).map((value) => 3 * value);
        const labels = Array.from({ length: rows }, () => rng.int(classes));
        const lossOf = (x: ArrayLike<number>, i: number) => {
          const row = Array.from({ length: classes }, (_, k) => x[i * classes + k] as number);
          const log = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
          return row.reduce((sum, value, k) => {
            const target = smoothing / classes + (k === labels[i] ? 1 - smoothing : 0);
            return sum + target * (log - value);
          }, 0);
        };
        const all = (x: ArrayLike<number>) => labels.map((_, i) => lossOf(x, i));
        const slopes = differences((x) => 0.7 * all(x).reduce((a, b) => a + b), logits);
        withMemory(({ put, putInts, room, get }) => {
          const lossesAt = room(rows), slopesAt = room(logits.length);
          kernels.softmaxCrossEntropy(
            put(logits),
            putInts(labels),
            slopesAt,
            lossesAt,
            rows,
            classes,
            smoothing,
            0.7,
          );
          assertLess(distance(get(lossesAt), all(logits)), 1e-6, `${classes} ${smoothing}`);
          assertLess(distance(get(slopesAt), slopes), 1e-6, `${classes} ${smoothing}`);
        });
      }
    }
    await loadKernels("relaxed");
  });
}

Deno.test("the loss kernel takes huge logits and knows sure answers", () => {
  withMemory(({ put, putInts, room, get }) => {
    const lossesAt = room(3), slopesAt = room(6);
    const logits = put([3e4, -3e4, 3e4, -3e4, 0, 0]);
    kernels.softmaxCrossEntropy(logits, putInts([0, 1, 0]), slopesAt, lossesAt, 3, 2, 0, 1);
    assertEquals([...get(lossesAt)], [0, 6e4, Math.fround(Math.log(2))]);
    assertLess(distance(get(slopesAt), [0, 0, 1, -1, -0.5, 0.5]), 1e-6);
  });
});

Deno.test("peak() does its work", () => {
  const start = performance.now();
  assertLess(Math.abs(kernels.peak(100_000) - 12), 1e-2);
  assertGreater(performance.now() - start, 0.01);
});
