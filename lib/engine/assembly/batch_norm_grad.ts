import { factor } from "./batch_norm";
import { channelSum, columnsFor, columnSums, spread } from "./batch_norm_sums";
import { bytes, fma, scratch } from "./common";

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
  const columns = columnsFor(c);
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
    const a = factor(gamma, k) * scale;
    const b = -a * scale * dgammaK / <f64> m;
    spread(first, k, c, columns, <f32> a);
    spread(second, k, c, columns, <f32> b);
    spread(third, k, c, columns, <f32> (-a * dbetaK / <f64> m - b * <f64> load<f32>(mean + at)));
  }
  applyGrad(x, dy, dx, first, second, third, m, c, columns, accumulate);
}

/** dx = first * dy + second * x + third, which are spread over `columns`, or that added to dx. */
export function applyGrad(
  x: usize,
  dy: usize,
  dx: usize,
  first: usize,
  second: usize,
  third: usize,
  m: i32,
  c: i32,
  columns: i32,
  accumulate: bool,
): void {
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
