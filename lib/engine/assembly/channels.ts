import { bytes, fma, loadSome, settle, storeSome } from "./common";

// Kernels on rows of channels: gates, means over all pixels, biases, columns of wider rows.

/** y [n, pixels, c] = x [n, pixels, c] * g [n, c], or that added to y. */
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
    for (let k = 0; k < c; k += 4) {
      const lanes = min(4, c - k), factor = loadSome(g + bytes(k), lanes);
      let p = x + bytes(k), q = y + bytes(k);
      for (let i = 0; i < pixels; i++) {
        const v = f32x4.mul(loadSome(p, lanes), factor);
        storeSome(q, into ? f32x4.add(loadSome(q, lanes), v) : v, lanes);
        p += row;
        q += row;
      }
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

/** dg [n, c] = the sum over the pixels of x * dy [n, pixels, c]. */
export function gateGrad(x: usize, dy: usize, dg: usize, n: i32, pixels: i32, c: i32): void {
  const row = bytes(c);
  for (let m = 0; m < n; m++) {
    for (let k = 0; k < c; k += 4) {
      const lanes = min(4, c - k);
      let p = x + bytes(k), q = dy + bytes(k), sum = f32x4.splat(0);
      for (let i = 0; i < pixels; i++) {
        sum = fma(loadSome(p, lanes), loadSome(q, lanes), sum);
        p += row;
        q += row;
      }
      storeSome(dg + bytes(k), sum, lanes);
    }
    x += <usize> pixels * row;
    dy += <usize> pixels * row;
    dg += row;
  }
}

/** y [n, c] = the mean over the pixels of x [n, pixels, c]. */
export function globalAvgPool(x: usize, y: usize, n: i32, pixels: i32, c: i32): void {
  const row = bytes(c), scale = f32x4.splat(<f32> 1 / <f32> pixels);
  for (let m = 0; m < n; m++) {
    for (let k = 0; k < c; k += 4) {
      const lanes = min(4, c - k);
      let p = x + bytes(k), sum = f32x4.splat(0);
      for (let i = 0; i < pixels; i++) {
        sum = f32x4.add(sum, loadSome(p, lanes));
        p += row;
      }
      storeSome(y + bytes(k), f32x4.mul(sum, scale), lanes);
    }
    x += <usize> pixels * row;
    y += row;
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
  const row = bytes(c), scale = f32x4.splat(<f32> 1 / <f32> pixels);
  for (let m = 0; m < n; m++) {
    for (let k = 0; k < c; k += 4) {
      const lanes = min(4, c - k), part = f32x4.mul(loadSome(dy + bytes(k), lanes), scale);
      let q = dx + bytes(k);
      for (let i = 0; i < pixels; i++) {
        storeSome(q, accumulate ? f32x4.add(loadSome(q, lanes), part) : part, lanes);
        q += row;
      }
    }
    dx += <usize> pixels * row;
    dy += row;
  }
}

/** y [rows, c] += bias [c] on every row. */
export function biasAdd(y: usize, bias: usize, rows: i32, c: i32): void {
  for (let i = 0; i < rows; i++) {
    settle(bias, y, 0, true, c);
    y += bytes(c);
  }
}

/** g [c] = the sum over the rows of dy [rows, c]. */
export function biasGrad(dy: usize, g: usize, rows: i32, c: i32): void {
  const row = bytes(c);
  for (let k = 0; k < c; k += 4) {
    const lanes = min(4, c - k);
    let p = dy + bytes(k), sum = f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      sum = f32x4.add(sum, loadSome(p, lanes));
      p += row;
    }
    storeSome(g + bytes(k), sum, lanes);
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
  for (let i = 0; i < rows; i++) {
    settle(from, to, 0, accumulate, width);
    from += bytes(fromPitch);
    to += bytes(toPitch);
  }
}
