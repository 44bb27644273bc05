import { bytes, fma, scratch } from "./common";
import { gcd } from "./phases";

// Batch normalisation of x [m, c] over its rows. Any channel count runs at full width: the data is
// read as rows of lcm(c, 16) floats, in which column j always belongs to channel j % c, and taken in
// blocks of 16 columns. What is left over at the end is less than one such row.
//
// Sums are kept in float32 for `CHUNK` rows and then added in float64, and the sum of squares is taken
// of the distance to a first estimate of the mean, so that neither long batches nor means far from 0
// lose digits.

const CHUNK: i32 = 128;

/** Adds, for 16 columns, the sums of (a - shift) and of (a - shift) * (b - shift') to float64s. */
@inline
function sums(
  grad: bool,
  x: usize,
  dy: usize,
  rows: i32,
  row: usize,
  shift: usize,
  total: usize,
  square: usize,
): void {
  const k0 = v128.load(shift), k1 = v128.load(shift, 16);
  const k2 = v128.load(shift, 32), k3 = v128.load(shift, 48);
  while (rows > 0) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    const chunk = min(rows, CHUNK);
    for (let r = 0; r < chunk; r++) {
      let v = f32x4.sub(v128.load(x), k0);
      let d = grad ? v128.load(dy) : v;
      s0 = f32x4.add(s0, d);
      q0 = fma(d, v, q0);
      v = f32x4.sub(v128.load(x, 16), k1);
      d = grad ? v128.load(dy, 16) : v;
      s1 = f32x4.add(s1, d);
      q1 = fma(d, v, q1);
      v = f32x4.sub(v128.load(x, 32), k2);
      d = grad ? v128.load(dy, 32) : v;
      s2 = f32x4.add(s2, d);
      q2 = fma(d, v, q2);
      v = f32x4.sub(v128.load(x, 48), k3);
      d = grad ? v128.load(dy, 48) : v;
      s3 = f32x4.add(s3, d);
      q3 = fma(d, v, q3);
      x += row;
      if (grad) dy += row;
    }
    addWide(total, s0);
    addWide(total + 32, s1);
    addWide(total + 64, s2);
    addWide(total + 96, s3);
    addWide(square, q0);
    addWide(square + 32, q1);
    addWide(square + 64, q2);
    addWide(square + 96, q3);
    rows -= chunk;
  }
}

/** Adds four float32s to four float64s in memory. */
@inline
function addWide(p: usize, v: v128): void {
  v128.store(p, f64x2.add(v128.load(p), f64x2.promote_low_f32x4(v)));
  const high = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  v128.store(p, f64x2.add(v128.load(p, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Where column sums live: totals and squares of `columns` float64s, then `columns` float32 shifts. */
function columnSums(
  grad: bool,
  x: usize,
  dy: usize,
  m: i32,
  c: i32,
  columns: i32,
  shift: usize,
  total: usize,
  square: usize,
): void {
  const rows = m * c / columns, row = bytes(columns);
  memory.fill(total, 0, <usize> columns << 4);
  for (let j = 0; j < columns; j += 16) {
    const at = bytes(j);
    if (grad) sums(true, x + at, dy + at, rows, row, shift + at, total + 2 * at, square + 2 * at);
    else sums(false, x + at, x + at, rows, row, shift + at, total + 2 * at, square + 2 * at);
  }
  const end = <usize> m * bytes(c);
  for (let at = <usize> rows * row; at < end; at += 4) {
    const j = at - <usize> rows * row;
    const v = load<f32>(x + at) - load<f32>(shift + j);
    const d = grad ? load<f32>(dy + at) : v;
    store<f64>(total + 2 * j, load<f64>(total + 2 * j) + <f64> d);
    store<f64>(square + 2 * j, load<f64>(square + 2 * j) + <f64> d * <f64> v);
  }
}

/** The sum over all columns of channel `k`. */
@inline
function channelSum(sum: usize, k: i32, c: i32, columns: i32): f64 {
  let all: f64 = 0;
  for (let j = k; j < columns; j += c) all += load<f64>(sum + (<usize> j << 3));
  return all;
}

/** Writes `v` to every column of channel `k`. */
@inline
function spread(p: usize, k: i32, c: i32, columns: i32, v: f32): void {
  for (let j = k; j < columns; j += c) store<f32>(p + bytes(j), v);
}

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
  const columns = c / gcd(c, 16) * 16;
  const total = scratch(<usize> columns * 28);
  const square = total + (<usize> columns << 3), shift = square + (<usize> columns << 3);
  const scale = shift + bytes(columns), offset = scale + bytes(columns);
  const few = min(m, 4);
  for (let k = 0; k < c; k++) {
    let sum: f64 = 0;
    for (let i = 0; i < few; i++) sum += <f64> load<f32>(x + bytes(i * c + k));
    spread(shift, k, c, columns, <f32> (sum / <f64> few));
  }
  columnSums(false, x, x, m, c, columns, shift, total, square);
  for (let k = 0; k < c; k++) {
    const at = bytes(k);
    const off = channelSum(total, k, c, columns) / <f64> m;
    const spreadOut = max<f64>(channelSum(square, k, c, columns) / <f64> m - off * off, 0);
    const mu = <f64> load<f32>(shift + at) + off;
    store<f32>(mean + at, <f32> mu);
    store<f32>(variance + at, <f32> spreadOut);
    const a = (gamma != 0 ? <f64> load<f32>(gamma + at) : 1) / sqrt<f64>(spreadOut + epsilon);
    const b = (beta != 0 ? <f64> load<f32>(beta + at) : 0) - mu * a;
    spread(scale, k, c, columns, <f32> a);
    spread(offset, k, c, columns, <f32> b);
  }
  apply(x, scale, offset, y, m, c, columns);
}

/** y = x * scale + offset, which are spread over `columns`. */
function apply(
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

/**
 * The gradients of {@link batchNorm} through the batch's statistics too: dx [m, c], dgamma and dbeta
 * [c]. `gamma` may be 0 for none.
 */
export function batchNormGrad(
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  m: i32,
  c: i32,
  epsilon: f64,
): void {
  differentiate(x, dy, gamma, mean, variance, dx, dgamma, dbeta, m, c, epsilon, false, false);
}

/** {@link batchNormGrad}, with dx written or added to. */
export function batchNormGradInto(
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  m: i32,
  c: i32,
  epsilon: f64,
  accumulate: bool,
): void {
  differentiate(x, dy, gamma, mean, variance, dx, dgamma, dbeta, m, c, epsilon, accumulate, false);
}

/** dx is added to where `accumulate`, dgamma and dbeta where `summed`. */
function differentiate(
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  m: i32,
  c: i32,
  epsilon: f64,
  accumulate: bool,
  summed: bool,
): void {
  const columns = c / gcd(c, 16) * 16;
  const total = scratch(<usize> columns * 32);
  const square = total + (<usize> columns << 3), shift = square + (<usize> columns << 3);
  const first = shift + bytes(columns), second = first + bytes(columns);
  const third = second + bytes(columns);
  for (let k = 0; k < c; k++) spread(shift, k, c, columns, load<f32>(mean + bytes(k)));
  columnSums(true, x, dy, m, c, columns, shift, total, square);
  for (let k = 0; k < c; k++) {
    const at = bytes(k);
    const scale = <f64> 1 / sqrt<f64>(<f64> load<f32>(variance + at) + epsilon);
    const dbetaK = channelSum(total, k, c, columns);
    const dgammaK = channelSum(square, k, c, columns) * scale;
    store<f32>(dbeta + at, <f32> (dbetaK + (summed ? <f64> load<f32>(dbeta + at) : 0)));
    store<f32>(dgamma + at, <f32> (dgammaK + (summed ? <f64> load<f32>(dgamma + at) : 0)));
    // dx = a * dy + b * x + d
    const a = (gamma != 0 ? <f64> load<f32>(gamma + at) : 1) * scale;
    const b = -a * scale * dgammaK / <f64> m;
    spread(first, k, c, columns, <f32> a);
    spread(second, k, c, columns, <f32> b);
    spread(third, k, c, columns, <f32> (-a * dbetaK / <f64> m - b * <f64> load<f32>(mean + at)));
  }
  const rows = m * c / columns, row = bytes(columns);
  for (let j = 0; j < columns; j += 16) {
    const at = bytes(j);
    const a0 = v128.load(first + at), a1 = v128.load(first + at, 16);
    const a2 = v128.load(first + at, 32), a3 = v128.load(first + at, 48);
    const b0 = v128.load(second + at), b1 = v128.load(second + at, 16);
    const b2 = v128.load(second + at, 32), b3 = v128.load(second + at, 48);
    const d0 = v128.load(third + at), d1 = v128.load(third + at, 16);
    const d2 = v128.load(third + at, 32), d3 = v128.load(third + at, 48);
    let p = x + at, q = dy + at, o = dx + at;
    for (let r = 0; r < rows; r++) {
      let v0 = fma(v128.load(q), a0, fma(v128.load(p), b0, d0));
      let v1 = fma(v128.load(q, 16), a1, fma(v128.load(p, 16), b1, d1));
      let v2 = fma(v128.load(q, 32), a2, fma(v128.load(p, 32), b2, d2));
      let v3 = fma(v128.load(q, 48), a3, fma(v128.load(p, 48), b3, d3));
      if (accumulate) {
        v0 = f32x4.add(v0, v128.load(o));
        v1 = f32x4.add(v1, v128.load(o, 16));
        v2 = f32x4.add(v2, v128.load(o, 32));
        v3 = f32x4.add(v3, v128.load(o, 48));
      }
      v128.store(o, v0);
      v128.store(o, v1, 16);
      v128.store(o, v2, 32);
      v128.store(o, v3, 48);
      p += row;
      q += row;
      o += row;
    }
  }
  const done = <usize> rows * row, end = <usize> m * bytes(c);
  for (let at = done; at < end; at += 4) {
    const j = at - done;
    const v = load<f32>(x + at) * load<f32>(second + j) + load<f32>(third + j);
    const old = accumulate ? load<f32>(dx + at) : 0;
    store<f32>(dx + at, load<f32>(dy + at) * load<f32>(first + j) + v + old);
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
  const columns = c / gcd(c, 16) * 16;
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

/** {@link batchNormGrad} of each of n samples by its own m rows; dgamma and dbeta are sums over them. */
export function batchNormPerSampleGrad(
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  n: i32,
  m: i32,
  c: i32,
  epsilon: f64,
): void {
  for (let i = 0; i < n; i++) {
    differentiate(x, dy, gamma, mean, variance, dx, dgamma, dbeta, m, c, epsilon, false, i > 0);
    x += bytes(m * c);
    dy += bytes(m * c);
    dx += bytes(m * c);
    mean += bytes(c);
    variance += bytes(c);
  }
}
