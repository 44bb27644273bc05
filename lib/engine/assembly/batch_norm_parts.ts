import { apply, factor, summand } from "./batch_norm";
import { applyGrad } from "./batch_norm_grad";
import { channelSum, columnsFor, columnSums, guessMeans, spread } from "./batch_norm_sums";
import { bytes, scratch } from "./common";

// Batch normalisation of a batch of which several callers hold a part each. Every one writes the sums over
// its part where all can read them, `pitch` bytes apart, and, when all have, adds up what all of them wrote, in
// the same order, and goes on with its own part.

/** `n` bytes on from `p`, for float64s. */
@inline
function wide(p: usize, n: i32): usize {
  return p + (<usize> n << 3);
}

/** A part's moments, float64: its rows, [c] means, and [c] sums of squared distances from them. */
export function batchNormMoments(x: usize, moments: usize, m: i32, c: i32): void {
  const columns = columnsFor(c);
  const total = scratch(<usize> columns * 20);
  const square = wide(total, columns), shift = wide(square, columns);
  guessMeans(x, shift, m, c, columns);
  columnSums(false, x, x, m, c, columns, shift, total, square);
  store<f64>(moments, <f64> m);
  for (let k = 0; k < c; k++) {
    const off = channelSum(total, k, c, columns) / <f64> m;
    const squares = channelSum(square, k, c, columns) - off * off * <f64> m;
    store<f64>(wide(moments, 1 + k), <f64> load<f32>(shift + bytes(k)) + off);
    store<f64>(wide(moments, 1 + c + k), max<f64>(squares, 0));
  }
}

/** y of the caller's m rows, by the mean and variance of all parts, which are written too, [c] each. */
export function batchNormJoin(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  variance: usize,
  moments: usize,
  pitch: usize,
  parts: i32,
  m: i32,
  c: i32,
  epsilon: f64,
): void {
  const columns = columnsFor(c);
  const scale = scratch(bytes(2 * columns)), offset = scale + bytes(columns);
  for (let k = 0; k < c; k++) {
    // Chan, Golub & LeVeque (1979): means and squared distances of two parts to those of both.
    let rows: f64 = 0, mu: f64 = 0, squares: f64 = 0, part = moments;
    for (let i = 0; i < parts; i++) {
      const more = load<f64>(part), both = rows + more;
      const apart = load<f64>(wide(part, 1 + k)) - mu;
      squares += load<f64>(wide(part, 1 + c + k)) + apart * apart * rows * more / both;
      mu += apart * more / both;
      rows = both;
      part += pitch;
    }
    const spreadOut = squares / rows;
    store<f32>(mean + bytes(k), <f32> mu);
    store<f32>(variance + bytes(k), <f32> spreadOut);
    const a = factor(gamma, k) / sqrt<f64>(spreadOut + epsilon);
    spread(scale, k, c, columns, <f32> a);
    spread(offset, k, c, columns, <f32> (summand(beta, k) - mu * a));
  }
  apply(x, scale, offset, y, m, c, columns);
}

/** A part's sums, float64: [c] of dy, and [c] of dy times the distance of x from the mean. */
export function batchNormGradSums(
  x: usize,
  dy: usize,
  mean: usize,
  sums: usize,
  m: i32,
  c: i32,
): void {
  const columns = columnsFor(c);
  const total = scratch(<usize> columns * 20);
  const square = wide(total, columns), shift = wide(square, columns);
  for (let k = 0; k < c; k++) spread(shift, k, c, columns, load<f32>(mean + bytes(k)));
  columnSums(true, x, dy, m, c, columns, shift, total, square);
  for (let k = 0; k < c; k++) {
    store<f64>(wide(sums, k), channelSum(total, k, c, columns));
    store<f64>(wide(sums, c + k), channelSum(square, k, c, columns));
  }
}

/** dx of the caller's m rows of `all`; dgamma and dbeta [c] of its part, whose sums are at `own`. */
export function batchNormGradJoin(
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  sums: usize,
  pitch: usize,
  parts: i32,
  own: usize,
  m: i32,
  all: i32,
  c: i32,
  epsilon: f64,
): void {
  const columns = columnsFor(c);
  const first = scratch(bytes(3 * columns));
  const second = first + bytes(columns), third = second + bytes(columns);
  for (let k = 0; k < c; k++) {
    const at = bytes(k);
    const scale = <f64> 1 / sqrt<f64>(<f64> load<f32>(variance + at) + epsilon);
    store<f32>(dbeta + at, <f32> load<f64>(wide(own, k)));
    store<f32>(dgamma + at, <f32> (load<f64>(wide(own, c + k)) * scale));
    let dbetaK: f64 = 0, dgammaK: f64 = 0, part = sums;
    for (let i = 0; i < parts; i++) {
      dbetaK += load<f64>(wide(part, k));
      dgammaK += load<f64>(wide(part, c + k));
      part += pitch;
    }
    const a = factor(gamma, k) * scale, b = -a * scale * scale * dgammaK / <f64> all;
    spread(first, k, c, columns, <f32> a);
    spread(second, k, c, columns, <f32> b);
    spread(third, k, c, columns, <f32> (-a * dbetaK / <f64> all - b * <f64> load<f32>(mean + at)));
  }
  applyGrad(x, dy, dx, first, second, third, m, c, columns, false);
}
