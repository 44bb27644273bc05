import type { NodeOf } from "../plan/lowering.ts";
import { combine, type Rows, sumsBeside } from "./channel_sums.ts";
import type { Backward, DualParam, DualRun, Pair } from "./dual_run.ts";

/**
 * Batch norm by whichever statistics. With c = x - mean, s = 1 / sqrt(variance + epsilon), a prime for
 * tangents and n for how many values share a mean, y = gamma s c + beta has the tangent
 *
 *     gamma z + gamma' s c + beta',  z = s (x' - mean x') - s^3 c sum(c x') / n.
 *
 * Given the slopes m by y and l by that tangent, the slopes by x and x' are sums of x, x', m and l, each
 * times a factor a channel; the factors come from sums over each channel. Running statistics do not move
 * with x: mean x' and 1 / n are 0 then.
 */
export function dualBatchNorm(node: NodeOf<"batchNorm">, run: DualRun): Backward {
  const channels = run.shapeOf(node.name).at(-1) as number;
  const x = run.input(node), y = run.define(node);
  const gamma = run.param(node, "gamma"), beta = run.param(node, "beta");
  const norm: Norm = { node, run, channels, x, y, gamma, beta };
  const count = run.statistics === "sample" ? run.count : 1;
  const rows = run.count * x.size / channels / count;
  const means = run.take(8 * channels * count);
  const groups = Array.from({ length: count }, (_, i): Group => {
    const place = { rows, channels, offset: 4 * i * rows * channels };
    const group = normalise(norm, place, means + 8 * channels * i);
    writeTangent(norm, group);
    return group;
  });
  return (dy) => {
    const all = groups.map((group) => ({ group, sums: slopeSums(norm, group, dy) }));
    run.contribute(x, (dx, accumulate) => {
      for (const each of all) writeSlopes(norm, { ...each, dy, dx, accumulate });
    });
    if (gamma && beta) writeGradients(run, { gamma, beta, all });
  };
}

interface Norm {
  readonly node: NodeOf<"batchNorm">;
  readonly run: DualRun;
  readonly channels: number;
  readonly x: Pair;
  readonly y: Pair;
  readonly gamma: DualParam | undefined;
  readonly beta: DualParam | undefined;
}

/** Where values that share a mean lie in an array: the whole batch, or one image. */
interface Place extends Rows {
  /** Bytes from the array's beginning. */
  readonly offset: number;
}

/** What channels are normalised by, and how that moves. */
interface Group extends Place {
  /** The addresses of the means of x and x'. */
  readonly means: number;
  readonly tangentMeans: number;
  /** The same. */
  readonly mean: Float64Array;
  readonly tangentMean: Float64Array;
  /** s above. */
  readonly scale: Float64Array;
  /** The sum of c x'. */
  readonly cx: Float64Array;
  /** 1 / n. */
  readonly share: number;
}

/** Sums over a group. */
interface SlopeSums {
  readonly m: Float64Array;
  /** Of m c. */
  readonly mc: Float64Array;
  readonly l: Float64Array;
  /** Of l c. */
  readonly lc: Float64Array;
  /** Of l (x' - mean x'). */
  readonly lx: Float64Array;
}

/** Writes y. */
function normalise(norm: Norm, place: Place, means: number): Group {
  const { node: { epsilon = 1e-5 }, run, channels, x, y, gamma, beta } = norm;
  const { kernels } = run.machine, { rows, offset } = place;
  const tangentMeans = means + 4 * channels;
  const [from, to] = [x.value + offset, y.value + offset];
  const scaleOf = (variance: Float32Array) =>
    Float64Array.from(variance, (each) => 1 / Math.sqrt(each + epsilon));
  const zeros = new Float64Array(channels);

  if (run.statistics === "running") {
    const mean = Float64Array.from(run.statistic(norm.node, "mean"));
    const scale = scaleOf(run.statistic(norm.node, "variance"));
    run.floats(means, channels).set(mean);
    run.floats(tangentMeans, channels).fill(0);
    const g = valuesOf(norm, gamma?.value, 1), b = valuesOf(norm, beta?.value, 0);
    const factor = scale.map((s, k) => g[k]! * s);
    const summand = factor.map((each, k) => b[k]! - each * mean[k]!);
    combine(run, { ...place, to, terms: [[from, factor]], summand, accumulate: 0 });
    const still = { tangentMean: zeros, cx: zeros, share: 0 };
    return { ...place, means, tangentMeans, mean, scale, ...still };
  }
  let scale = zeros;
  run.borrow(channels, (variances) => {
    const affine = [gamma?.value ?? 0, beta?.value ?? 0] as const;
    kernels.batchNorm(from, ...affine, to, means, variances, rows, channels, epsilon);
    scale = scaleOf(run.floats(variances, channels));
  });
  const slopes = x.tangent + offset;
  const [sum, cx] = sumsBeside(run, { ...place, values: from, means, slopes });
  const tangentMean = sum.map((each) => each / rows);
  run.floats(tangentMeans, channels).set(tangentMean);
  const mean = valuesOf(norm, means, 0);
  return { ...place, means, tangentMeans, mean, tangentMean, scale, cx, share: 1 / rows };
}

/** Writes the tangent of y. */
function writeTangent(norm: Norm, group: Group): void {
  const { run, x, y, gamma, beta } = norm;
  const { offset, mean, tangentMean, scale, cx, share } = group;
  const g = valuesOf(norm, gamma?.value, 1), dg = valuesOf(norm, gamma?.direction, 0);
  const ofTangent = scale.map((s, k) => g[k]! * s);
  const ofValue = scale.map((s, k) => dg[k]! * s - g[k]! * s ** 3 * cx[k]! * share);
  const summand = valuesOf(norm, beta?.direction, 0).map((shift, k) =>
    shift - ofTangent[k]! * tangentMean[k]! - ofValue[k]! * mean[k]!
  );
  const to = y.tangent + offset;
  const terms = [[x.tangent + offset, ofTangent], [x.value + offset, ofValue]] as const;
  combine(run, { ...group, to, terms, summand, accumulate: 0 });
}

function slopeSums({ run, x }: Norm, group: Group, dy: Pair): SlopeSums {
  const { offset, means, tangentMeans } = group;
  const values = x.value + offset, tangents = x.tangent + offset;
  const [ofY, ofTangent] = [dy.value + offset, dy.tangent + offset];
  const [m, mc] = sumsBeside(run, { ...group, values, means, slopes: ofY });
  const [l, lc] = sumsBeside(run, { ...group, values, means, slopes: ofTangent });
  const beside = { values: tangents, means: tangentMeans, slopes: ofTangent };
  const [, lx] = sumsBeside(run, { ...group, ...beside });
  return { m, mc, l, lc, lx };
}

/** Writes the slopes by x and by x', or adds them. */
function writeSlopes(
  norm: Norm,
  { group, sums: { m, mc, l, lc, lx }, dy, dx, accumulate }: {
    readonly group: Group;
    readonly sums: SlopeSums;
    readonly dy: Pair;
    readonly dx: Pair;
    readonly accumulate: 0 | 1;
  },
): void {
  const { run, x, gamma, channels } = norm;
  const { offset, mean, tangentMean, scale, cx, share } = group;
  const g = valuesOf(norm, gamma?.value, 1), dg = valuesOf(norm, gamma?.direction, 0);
  const make = () => new Float64Array(channels);
  // Of the slope by x, the factors of m, l, x' and x.
  const [ofM, ofL, ofTangent, ofValue, summand] = [make(), make(), make(), make(), make()];
  // Of the slope by x', that of l is `ofM` and that of x is `ofTangent`.
  const tangentSummand = make();
  for (let k = 0; k < channels; k++) {
    const s = scale[k]!, cube = s ** 3 * share, third = 3 * s * s * share;
    const a = ofM[k] = g[k]! * s;
    const b = ofL[k] = dg[k]! * s - g[k]! * cube * cx[k]!;
    const c = ofTangent[k] = -g[k]! * cube * lc[k]!;
    const d = ofValue[k] = -dg[k]! * cube * lc[k]! -
      g[k]! * cube * (mc[k]! + lx[k]! - third * lc[k]! * cx[k]!);
    // All arrays are taken less their means.
    summand[k] = -(a * m[k]! + b * l[k]!) * share - c * tangentMean[k]! - d * mean[k]!;
    tangentSummand[k] = -a * l[k]! * share - c * mean[k]!;
  }
  const values = x.value + offset, tangents = x.tangent + offset, bySlope = dy.value + offset;
  const byTangent = dy.tangent + offset;
  combine(run, {
    ...group,
    to: dx.value + offset,
    terms: [[bySlope, ofM], [byTangent, ofL], [tangents, ofTangent], [values, ofValue]],
    summand,
    accumulate,
  });
  combine(run, {
    ...group,
    to: dx.tangent + offset,
    terms: [[byTangent, ofM], [values, ofTangent]],
    summand: tangentSummand,
    accumulate,
  });
}

/** Writes the gradients by gamma and beta, and how they move. */
function writeGradients(
  run: DualRun,
  { gamma, beta, all }: {
    readonly gamma: DualParam;
    readonly beta: DualParam;
    readonly all: readonly { readonly group: Group; readonly sums: SlopeSums }[];
  },
): void {
  const of = (param: DualParam) =>
    [param.gradient, param.product].map((at) => run.floats(at, param.floats).fill(0)) as [
      Float32Array,
      Float32Array,
    ];
  const [gammaGradient, gammaProduct] = of(gamma), [betaGradient, betaProduct] = of(beta);
  for (const { group: { scale, cx, share }, sums: { m, mc, l, lc, lx } } of all) {
    for (const [k, s] of scale.entries()) {
      betaGradient[k]! += l[k]!;
      betaProduct[k]! += m[k]!;
      gammaGradient[k]! += s * lc[k]!;
      gammaProduct[k]! += s * (mc[k]! + lx[k]! - s * s * share * lc[k]! * cx[k]!);
    }
  }
}

/** An array of so many channels as numbers of double precision; or all of them `otherwise`, where it is not. */
function valuesOf(
  { run, channels }: Norm,
  address: number | undefined,
  otherwise: number,
): Float64Array {
  return address
    ? Float64Array.from(run.floats(address, channels))
    : new Float64Array(channels).fill(otherwise);
}
