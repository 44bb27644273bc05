import { channelSum, columnsFor, columnSums, guessMeans, spread } from "./batch_norm_sums";
import { bytes, fma, scratch } from "./common";

/**
 * y = (x - mean) / sqrt(variance + epsilon) * gamma + beta with the batch's mean and biased variance,
 * which are also written, [c] each. `gamma` and `beta` may be 0 for none.
 */
export function batchNorm(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  variance: usize,
  m: i32,
  c: i32,
  epsilon: f64,
): void {
  normalise(x, gamma, beta, y, mean, variance, m, c, epsilon);
}

function normalise(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  variance: usize,
  m: i32,
  c: i32,
  epsilon: f64,
): void {
  const columns = columnsFor(c);
  const total = scratch(<usize> columns * 28);
  const square = total + (<usize> columns << 3), shift = square + (<usize> columns << 3);
  const scale = shift + bytes(columns), offset = scale + bytes(columns);
  guessMeans(x, shift, m, c, columns);
  columnSums(false, x, x, m, c, columns, shift, total, square);
  for (let k = 0; k < c; k++) {
    const at = bytes(k);
    const off = channelSum(total, k, c, columns) / <f64> m;
    const spreadOut = max<f64>(channelSum(square, k, c, columns) / <f64> m - off * off, 0);
    const mu = <f64> load<f32>(shift + at) + off;
    store<f32>(mean + at, <f32> mu);
    store<f32>(variance + at, <f32> spreadOut);
    const a = factor(gamma, k) / sqrt<f64>(spreadOut + epsilon);
    spread(scale, k, c, columns, <f32> a);
    spread(offset, k, c, columns, <f32> (summand(beta, k) - mu * a));
  }
  apply(x, scale, offset, y, m, c, columns);
}

/** A channel's gamma, where there is one. */
@inline
export function factor(gamma: usize, k: i32): f64 {
  return gamma != 0 ? <f64> load<f32>(gamma + bytes(k)) : 1;
}

/** A channel's beta, where there is one. */
@inline
export function summand(beta: usize, k: i32): f64 {
  return beta != 0 ? <f64> load<f32>(beta + bytes(k)) : 0;
}

/** y = x * scale + offset, which are spread over `columns`. */
export function apply(
  x: usize,
  scale: usize,
  offset: usize,
  y: usize,
  m: i32,
  c: i32,
  columns: i32,
): void {
  const rows = m * c / columns, row = bytes(columns);
  for (let j = 0; j < columns; j += 16) {
    const at = bytes(j);
    const a0 = v128.load(scale + at), a1 = v128.load(scale + at, 16);
    const a2 = v128.load(scale + at, 32), a3 = v128.load(scale + at, 48);
    const b0 = v128.load(offset + at), b1 = v128.load(offset + at, 16);
    const b2 = v128.load(offset + at, 32), b3 = v128.load(offset + at, 48);
    let p = x + at, q = y + at;
    for (let r = 0; r < rows; r++) {
      v128.store(q, fma(v128.load(p), a0, b0));
      v128.store(q, fma(v128.load(p, 16), a1, b1), 16);
      v128.store(q, fma(v128.load(p, 32), a2, b2), 32);
      v128.store(q, fma(v128.load(p, 48), a3, b3), 48);
      p += row;
      q += row;
    }
  }
  const done = <usize> rows * row, end = <usize> m * bytes(c);
  for (let at = done; at < end; at += 4) {
    const j = at - done;
    store<f32>(y + at, load<f32>(x + at) * load<f32>(scale + j) + load<f32>(offset + j));
  }
}

/** y [m, c] = x [m, c] * scale [c] + shift [c]: batch norm by running statistics. */
export function batchNormApply(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  m: i32,
  c: i32,
): void {
  const columns = columnsFor(c);
  const scales = scratch(bytes(2 * columns)), shifts = scales + bytes(columns);
  for (let k = 0; k < c; k++) {
    spread(scales, k, c, columns, load<f32>(scale + bytes(k)));
    spread(shifts, k, c, columns, load<f32>(shift + bytes(k)));
  }
  apply(x, scales, shifts, y, m, c, columns);
}

/**
 * Moves running statistics [c] by `momentum` towards a batch's mean and biased variance over m rows, as
 * PyTorch does: the variance that they take up is the unbiased one.
 */
export function batchNormUpdate(
  mean: usize,
  variance: usize,
  runningMean: usize,
  runningVariance: usize,
  m: i32,
  c: i32,
  momentum: f64,
): void {
  const unbiased = <f64> m / <f64> max(m - 1, 1);
  for (let k = 0; k < c; k++) {
    const at = bytes(k);
    move(runningMean + at, <f64> load<f32>(mean + at), momentum);
    move(runningVariance + at, <f64> load<f32>(variance + at) * unbiased, momentum);
  }
}

@inline
function move(p: usize, to: f64, share: f64): void {
  const from = <f64> load<f32>(p);
  store<f32>(p, <f32> (from + share * (to - from)));
}

/** {@link batchNorm} of each of n samples by its own m rows; mean and variance [n, c]. */
export function batchNormPerSample(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  variance: usize,
  n: i32,
  m: i32,
  c: i32,
  epsilon: f64,
): void {
  for (let i = 0; i < n; i++) {
    normalise(x, gamma, beta, y, mean, variance, m, c, epsilon);
    x += bytes(m * c);
    y += bytes(m * c);
    mean += bytes(c);
    variance += bytes(c);
  }
}
