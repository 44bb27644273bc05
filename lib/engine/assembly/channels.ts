import { bytes, fma, loadSome, storeSome } from "./common";

// Kernels on rows of channels: gates, means over all pixels, biases, columns of wider rows. They go down four
// columns at a time, all at once but for the last ones of channels that fours do not divide.

/** Four columns of y = those of x * factor, or that added to y. */
@inline
function gateColumn(
  into: bool,
  x: usize,
  factor: v128,
  y: usize,
  pixels: i32,
  row: usize,
  lanes: i32,
): void {
  for (let i = 0; i < pixels; i++) {
    const v = loadSome(x, lanes);
    storeSome(y, into ? fma(v, factor, loadSome(y, lanes)) : f32x4.mul(v, factor), lanes);
    x += row;
    y += row;
  }
}

@inline
function gateAll(
  into: bool,
  x: usize,
  g: usize,
  y: usize,
  n: i32,
  pixels: i32,
  c: i32,
): void {
  const row = bytes(c);
  for (let m = 0; m < n; m++) {
    let k = 0;
    for (; k + 4 <= c; k += 4) {
      const at = bytes(k);
      gateColumn(into, x + at, v128.load(g + at), y + at, pixels, row, 4);
    }
    if (k < c) {
      const at = bytes(k), lanes = c - k;
      gateColumn(into, x + at, loadSome(g + at, lanes), y + at, pixels, row, lanes);
    }
    x += <usize> pixels * row;
    y += <usize> pixels * row;
    g += row;
  }
}

/** y [n, pixels, c] = x [n, pixels, c] * g [n, c]. */
export function gate(x: usize, g: usize, y: usize, n: i32, pixels: i32, c: i32): void {
  gateAll(false, x, g, y, n, pixels, c);
}

/** y [n, pixels, c] += x [n, pixels, c] * g [n, c]. */
export function gateInto(x: usize, g: usize, y: usize, n: i32, pixels: i32, c: i32): void {
  gateAll(true, x, g, y, n, pixels, c);
}

/** The sum over rows of four columns of x or, where `times`, a constant, of x * dy; two rows at a time. */
@inline
function sumColumn(
  times: bool,
  x: usize,
  dy: usize,
  rows: i32,
  row: usize,
  lanes: i32,
): v128 {
  let a = f32x4.splat(0), b = a, left = rows;
  for (; left >= 2; left -= 2) {
    const v = loadSome(x, lanes), w = loadSome(x + row, lanes);
    a = times ? fma(v, loadSome(dy, lanes), a) : f32x4.add(a, v);
    b = times ? fma(w, loadSome(dy + row, lanes), b) : f32x4.add(b, w);
    x += 2 * row;
    if (times) dy += 2 * row;
  }
  if (left > 0) {
    const v = loadSome(x, lanes);
    a = times ? fma(v, loadSome(dy, lanes), a) : f32x4.add(a, v);
  }
  return f32x4.add(a, b);
}

/** sums [n, c] = `scale` times the sums over rows of x [n, rows, c], or of x * dy. */
@inline
function sumColumns(
  times: bool,
  x: usize,
  dy: usize,
  sums: usize,
  n: i32,
  rows: i32,
  c: i32,
  scale: f32,
): void {
  const row = bytes(c), by = f32x4.splat(scale);
  for (let m = 0; m < n; m++) {
    let k = 0;
    for (; k + 4 <= c; k += 4) {
      const at = bytes(k);
      const sum = sumColumn(times, x + at, dy + at, rows, row, 4);
      v128.store(sums + at, f32x4.mul(sum, by));
    }
    if (k < c) {
      const at = bytes(k), lanes = c - k;
      const sum = sumColumn(times, x + at, dy + at, rows, row, lanes);
      storeSome(sums + at, f32x4.mul(sum, by), lanes);
    }
    x += <usize> rows * row;
    dy += <usize> rows * row;
    sums += row;
  }
}

/** dg [n, c] = the sum over the pixels of x * dy [n, pixels, c]. */
export function gateGrad(x: usize, dy: usize, dg: usize, n: i32, pixels: i32, c: i32): void {
  sumColumns(true, x, dy, dg, n, pixels, c, 1);
}

/** y [n, c] = the mean over the pixels of x [n, pixels, c]. */
export function globalAvgPool(x: usize, y: usize, n: i32, pixels: i32, c: i32): void {
  sumColumns(false, x, x, y, n, pixels, c, <f32> 1 / <f32> pixels);
}

/** g [c] = the sum over the rows of dy [rows, c]. */
export function biasGrad(dy: usize, g: usize, rows: i32, c: i32): void {
  sumColumns(false, dy, dy, g, 1, rows, c, 1);
}

/** Rows of four columns become v, or v is added to them. */
@inline
function putColumn(
  accumulate: bool,
  y: usize,
  v: v128,
  rows: i32,
  row: usize,
  lanes: i32,
): void {
  for (let i = 0; i < rows; i++) {
    storeSome(y, accumulate ? f32x4.add(loadSome(y, lanes), v) : v, lanes);
    y += row;
  }
}

/** y [n, rows, c] becomes `scale` * x [n, c] on all rows, or that is added to it. */
@inline
function putColumns(
  accumulate: bool,
  x: usize,
  y: usize,
  n: i32,
  rows: i32,
  c: i32,
  scale: f32,
): void {
  const row = bytes(c), by = f32x4.splat(scale);
  for (let m = 0; m < n; m++) {
    let k = 0;
    for (; k + 4 <= c; k += 4) {
      const at = bytes(k);
      putColumn(accumulate, y + at, f32x4.mul(v128.load(x + at), by), rows, row, 4);
    }
    if (k < c) {
      const at = bytes(k), lanes = c - k;
      putColumn(accumulate, y + at, f32x4.mul(loadSome(x + at, lanes), by), rows, row, lanes);
    }
    x += row;
    y += <usize> rows * row;
  }
}

/** dx [n, pixels, c] = dy [n, c] / pixels, or that added to dx. */
export function globalAvgPoolGradInto(
  dy: usize,
  dx: usize,
  accumulate: bool,
  n: i32,
  pixels: i32,
  c: i32,
): void {
  const scale = <f32> 1 / <f32> pixels;
  if (accumulate) putColumns(true, dy, dx, n, pixels, c, scale);
  else putColumns(false, dy, dx, n, pixels, c, scale);
}

/** y [rows, c] += bias [c] on every row. */
export function biasAdd(y: usize, bias: usize, rows: i32, c: i32): void {
  putColumns(true, bias, y, 1, rows, c, 1);
}

/** Four columns of rows of one matrix to another's, or added to them. */
@inline
function copyColumn(
  accumulate: bool,
  from: usize,
  to: usize,
  rows: i32,
  fromRow: usize,
  toRow: usize,
  lanes: i32,
): void {
  for (let i = 0; i < rows; i++) {
    const v = loadSome(from, lanes);
    storeSome(to, accumulate ? f32x4.add(loadSome(to, lanes), v) : v, lanes);
    from += fromRow;
    to += toRow;
  }
}

/**
 * Columns of rows of floats: `width` floats from offset `fromOffset` of each row of `fromPitch` floats to
 * `toOffset` of each row of `toPitch`, written or added there.
 */
export function copyColumns(
  from: usize,
  to: usize,
  rows: i32,
  width: i32,
  fromPitch: i32,
  fromOffset: i32,
  toPitch: i32,
  toOffset: i32,
  accumulate: bool,
): void {
  from += bytes(fromOffset);
  to += bytes(toOffset);
  const fromRow = bytes(fromPitch), toRow = bytes(toPitch);
  for (let k = 0; k < width; k += 4) {
    const at = bytes(k), lanes = min(4, width - k);
    const p = from + at, q = to + at;
    if (lanes == 4) {
      if (accumulate) copyColumn(true, p, q, rows, fromRow, toRow, 4);
      else copyColumn(false, p, q, rows, fromRow, toRow, 4);
    } else {
      copyColumn(accumulate, p, q, rows, fromRow, toRow, lanes);
    }
  }
}
