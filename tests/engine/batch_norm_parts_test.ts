import { assert, assertEquals } from "@std/assert";
import { type Build, kernels, loadKernels } from "../../lib/engine/kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";

/** Batch norm and its gradients by their definition, in double precision. */
function reference(
  { x, dy, gamma, beta }: Record<"x" | "dy" | "gamma" | "beta", ArrayLike<number>>,
  { rows, channels, epsilon }: Record<"rows" | "channels" | "epsilon", number>,
) {
  const y: number[] = [], dx: number[] = [];
  const mean: number[] = [], variance: number[] = [];
  for (let k = 0; k < channels; k++) {
    const column = (values: ArrayLike<number>) =>
      Array.from({ length: rows }, (_, i) => values[i * channels + k] as number);
    const xs = column(x), slopes = column(dy);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const mu = sum(xs) / rows, spread = sum(xs.map((v) => (v - mu) ** 2)) / rows;
    const scale = 1 / Math.sqrt(spread + epsilon), g = gamma[k] as number;
    const hats = xs.map((v) => (v - mu) * scale);
    const dbeta = sum(slopes), dgamma = sum(slopes.map((v, i) => v * (hats[i] as number)));
    hats.forEach((hat, i) => {
      const at = i * channels + k, slope = slopes[i] as number;
      y[at] = hat * g + (beta[k] as number);
      dx[at] = g * scale * (slope - dbeta / rows - hat * dgamma / rows);
    });
    mean.push(mu);
    variance.push(spread);
  }
  return { y, dx, mean, variance };
}

function assertClose(what: string, got: ArrayLike<number>, wanted: readonly number[]) {
  const most = Math.max(...wanted.map(Math.abs));
  const far = Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] as number))));
  assert(far <= 5e-5 * most, `${what}: ${far} of ${most}`);
}

for (const build of ["simd", "relaxed"] as const satisfies Build[]) {
  Deno.test(`parts of a batch are normalised as one batch, ${build} build`, async () => {
    assert(await loadKernels(build));
    for (const channels of [1, 3, 8, 16, 20]) {
      for (const parts of [[1], [5, 9], [40, 1, 7]]) {
        // Away from 0, where careless sums of squares lose digits.
        const rows = parts.reduce((a, b) => a + b, 0), size = rows * channels;
        const x = normals(size, "x").map((v, i) => v + i % channels);
        const dy = normals(size, "dy"), epsilon = 0.1;
        const [gamma, beta] = [normals(channels, "gamma"), normals(channels, "beta")];
        const wanted = reference({ x, dy, gamma, beta }, { rows, channels, epsilon });
        withMemory(({ put, room, get }) => {
          const [px, pdy, pg, pb] = [x, dy, gamma, beta].map(put) as [
            number,
            number,
            number,
            number,
          ];
          const y = room(size), dx = room(size), pitch = 8 * (1 + 2 * channels);
          const mean = room(channels), variance = room(channels), halves = 2 * parts.length;
          const moments = room(halves * (1 + 2 * channels)), sums = room(halves * 2 * channels);
          const dgamma = room(channels), dbeta = room(channels);
          const each = (run: (at: number, part: number, m: number) => void) => {
            let first = 0;
            parts.forEach((m, i) => {
              run(4 * channels * first, i, m);
              first += m;
            });
          };
          each((at, i, m) => kernels.batchNormMoments(px + at, moments + i * pitch, m, channels));
          const means: Float32Array[] = [];
          each((at, _, m) => {
            const all = [mean, variance, moments, pitch, parts.length] as const;
            kernels.batchNormJoin(px + at, pg, pb, y + at, ...all, m, channels, epsilon);
            means.push(get(mean));
          });
          for (const other of means) assertEquals(other, means[0]); // to the last bit
          assertClose("y", get(y), wanted.y);
          assertClose("mean", get(mean), wanted.mean);
          if (rows > 1) assertClose("variance", get(variance), wanted.variance);
          const step = 16 * channels;
          each((at, i, m) =>
            kernels.batchNormGradSums(px + at, pdy + at, mean, sums + i * step, m, channels)
          );
          const totals = { gamma: new Float32Array(channels), beta: new Float32Array(channels) };
          each((at, i, m) => {
            const ends = [px + at, pdy + at, pg, mean, variance, dx + at, dgamma, dbeta] as const;
            const all = [sums, step, parts.length, sums + i * step] as const;
            kernels.batchNormGradJoin(...ends, ...all, m, rows, channels, epsilon);
            get(dgamma).forEach((value, k) =>
              totals.gamma[k] = (totals.gamma[k] as number) + value
            );
            get(dbeta).forEach((value, k) => totals.beta[k] = (totals.beta[k] as number) + value);
          });
          if (rows > 1) assertClose("dx", get(dx), wanted.dx);
          const whole = { dx: room(size), dgamma: room(channels), dbeta: room(channels) };
          const into = [whole.dx, whole.dgamma, whole.dbeta] as const;
          kernels.batchNormGrad(px, pdy, pg, mean, variance, ...into, rows, channels, epsilon);
          assertClose("dbeta", totals.beta, [...get(whole.dbeta)]);
          if (rows > 1) assertClose("dgamma", totals.gamma, [...get(whole.dgamma)]);
        });
      }
    }
  });
}
