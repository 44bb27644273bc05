import { bytes, loadSome, scratch, storeSome } from "./common";
import { add } from "./elementwise";

// Pools take any size, stride and padding, and any channel count. Padding takes no part: it is left
// out of a mean and never the maximum. A window that holds no pixel gives 0 as its mean, -Infinity
// as its maximum, and passes no gradient.
//
// Sums and maxima fall into a step down the rows and a step along them. A row of an image is one run of
// floats, so that both steps run at full width at any channel count: along the rows a neighbour is `c`
// floats away. Between the steps a row lies in scratch with margins of neutral values.

/** a + b or the maximum of both, by the constant `most`. */
@inline
function join(most: bool, a: v128, b: v128): v128 {
  return most ? f32x4.max(a, b) : f32x4.add(a, b);
}

/**
 * Each of `size` floats at `dst` becomes the join of `count` floats at `src`, `step` bytes apart, times
 * `scale` and its float at `share` where `scaled`.
 */
@inline
function joinRun(
  most: bool,
  scaled: bool,
  src: usize,
  dst: usize,
  size: i32,
  count: i32,
  step: usize,
  share: usize,
  scale: v128,
): void {
  const start = most ? f32x4.splat(-Infinity) : f32x4.splat(0);
  let left = size;
  for (; left >= 16; left -= 16) {
    let v0 = start, v1 = start, v2 = start, v3 = start;
    let p = src;
    for (let t = 0; t < count; t++) {
      v0 = join(most, v0, v128.load(p));
      v1 = join(most, v1, v128.load(p, 16));
      v2 = join(most, v2, v128.load(p, 32));
      v3 = join(most, v3, v128.load(p, 48));
      p += step;
    }
    if (scaled) {
      v0 = f32x4.mul(v0, f32x4.mul(scale, v128.load(share)));
      v1 = f32x4.mul(v1, f32x4.mul(scale, v128.load(share, 16)));
      v2 = f32x4.mul(v2, f32x4.mul(scale, v128.load(share, 32)));
      v3 = f32x4.mul(v3, f32x4.mul(scale, v128.load(share, 48)));
      share += 64;
    }
    v128.store(dst, v0);
    v128.store(dst, v1, 16);
    v128.store(dst, v2, 32);
    v128.store(dst, v3, 48);
    src += 64;
    dst += 64;
  }
  for (; left > 0; left -= 4) {
    const lanes = min(4, left);
    let v = start;
    let p = src;
    for (let t = 0; t < count; t++) {
      v = join(most, v, loadSome(p, lanes));
      p += step;
    }
    if (scaled) {
      v = f32x4.mul(v, f32x4.mul(scale, loadSome(share, lanes)));
      share += 16;
    }
    storeSome(dst, v, lanes);
    src += 16;
    dst += 16;
  }
}

/** Fills `n` floats. */
function fill(dst: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; i++) store<f32>(dst + bytes(i), value);
}

/** For each float of an output row, 1 / the number of pixels that its window covers along the row. */
function shares(dst: usize, w: i32, c: i32, ow: i32, kw: i32, stride: i32, left: i32): void {
  for (let j = 0; j < ow; j++) {
    const count = min(j * stride - left + kw, w) - max(j * stride - left, 0);
    fill(dst, c, count > 0 ? <f32> 1 / <f32> count : 0);
    dst += bytes(c);
  }
}

/** Pools x [n, h, w, c] to y [n, oh, ow, c]. */
@inline
function pool(
  most: bool,
  x: usize,
  y: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  const size = ow * c, pixel = bytes(c), line = bytes(w * c);
  const span = max((ow - 1) * strideW + kw, left + w) * c;
  const row = scratch(bytes(span) + bytes(size)), share = row + bytes(span);
  fill(row, span, most ? -Infinity : 0);
  if (!most) shares(share, w, c, ow, kw, strideW, left);
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < oh; i++) {
      const h0 = max(i * strideH - top, 0), h1 = min(i * strideH - top + kh, h);
      const rows = max(h1 - h0, 0);
      const from = x + <usize> h0 * line;
      const scale = f32x4.splat(rows > 0 ? <f32> 1 / <f32> rows : 0);
      joinRun(most, false, from, row + bytes(left * c), w * c, rows, line, 0, scale);
      if (strideW == 1) {
        joinRun(most, !most, row, y, size, kw, pixel, share, scale);
      } else {
        for (let j = 0; j < ow; j++) {
          const at = <usize> j * pixel;
          const window = row + <usize> (j * strideW) * pixel;
          joinRun(most, !most, window, y + at, c, kw, pixel, share + at, scale);
        }
      }
      y += bytes(size);
    }
    x += <usize> h * line;
  }
}

/** y [n, oh, ow, c] = the mean of each window of x [n, h, w, c]. */
export function avgPool(
  x: usize,
  y: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  pool(false, x, y, n, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
}

/** y [n, oh, ow, c] = the maximum of each window of x [n, h, w, c]. */
export function maxPool(
  x: usize,
  y: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  pool(true, x, y, n, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
}

/** dx [n, h, w, c]: each output's gradient dy [n, oh, ow, c] shared out over its window. */
export function avgPoolGrad(
  dy: usize,
  dx: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  avgPoolGradInto(dy, dx, false, n, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
}

/** {@link avgPoolGrad}, written to dx or added to it. */
export function avgPoolGradInto(
  dy: usize,
  dx: usize,
  accumulate: bool,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  const size = ow * c, pixel = bytes(c), line = bytes(w * c);
  // At stride 1 a pixel gathers from a row of shares, which then needs margins of kw - 1 pixels;
  // otherwise each share is added to a row of pixels, which then needs room for whole windows.
  const gather = strideW == 1;
  const before = (gather ? kw - 1 : left) * c;
  const span = gather
    ? max(before + size, (w + left) * c) + before
    : max((ow - 1) * strideW + kw, left + w) * c;
  const row = scratch(bytes(span) + bytes(size) + line);
  const share = row + bytes(span), gathered = share + bytes(size);
  fill(row, span, 0);
  shares(share, w, c, ow, kw, strideW, left);
  if (!accumulate) memory.fill(dx, 0, <usize> (n * h) * line);
  const one = f32x4.splat(1);
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < oh; i++) {
      const h0 = max(i * strideH - top, 0), h1 = min(i * strideH - top + kh, h);
      const scale = f32x4.splat(h1 > h0 ? <f32> 1 / <f32> (h1 - h0) : 0);
      let target = gathered;
      if (gather) {
        joinRun(false, true, dy, row + bytes(before), size, 1, 0, share, scale);
        // Pixel p is in the windows p + left - (kw - 1) to p + left.
        joinRun(false, false, row + bytes(left * c), gathered, w * c, kw, pixel, 0, one);
      } else {
        memory.fill(row, 0, bytes(span));
        for (let j = 0; j < ow; j++) {
          for (let k = 0; k < c; k += 4) {
            const at = bytes(j * c + k), lanes = min(4, c - k);
            const v = f32x4.mul(loadSome(dy + at, lanes), loadSome(share + at, lanes));
            const part = f32x4.mul(v, scale);
            let p = row + bytes(j * strideW * c + k);
            for (let t = 0; t < kw; t++) {
              storeSome(p, f32x4.add(loadSome(p, lanes), part), lanes);
              p += pixel;
            }
          }
        }
        target = row + bytes(left * c);
      }
      for (let s = h0; s < h1; s++) {
        const to = dx + <usize> s * line;
        add(to, target, to, w * c);
      }
      dy += bytes(size);
    }
    dx += <usize> h * line;
  }
}

/** Hands four channels' gradient to the first pixel of the window that holds the maximum. */
@inline
function give(
  x: usize,
  dx: usize,
  most: v128,
  slope: v128,
  rows: i32,
  columns: i32,
  row: usize,
  pixel: usize,
  lanes: i32,
): void {
  let rest = slope;
  for (let s = 0; s < rows; s++) {
    let p = x, q = dx;
    for (let t = 0; t < columns; t++) {
      const hit = f32x4.eq(loadSome(p, lanes), most);
      storeSome(q, f32x4.add(loadSome(q, lanes), v128.and(hit, rest)), lanes);
      rest = v128.andnot(rest, hit);
      p += pixel;
      q += pixel;
    }
    x += row;
    dx += row;
  }
}

/** dx [n, h, w, c]: each output's gradient to the first pixel of its window that is the maximum. */
export function maxPoolGrad(
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  maxPoolGradInto(x, y, dy, dx, false, n, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
}

/** {@link maxPoolGrad}, written to dx or added to it. */
export function maxPoolGradInto(
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  accumulate: bool,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): void {
  const pixel = bytes(c), row = <usize> w * pixel;
  if (!accumulate) memory.fill(dx, 0, <usize> (n * h) * row);
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < oh; i++) {
      const h0 = max(i * strideH - top, 0), h1 = min(i * strideH - top + kh, h);
      for (let j = 0; j < ow; j++) {
        const w0 = max(j * strideW - left, 0), w1 = min(j * strideW - left + kw, w);
        const at = <usize> h0 * row + <usize> w0 * pixel;
        let k = 0;
        for (; k + 4 <= c; k += 4) {
          const o = at + bytes(k);
          const most = v128.load(y + bytes(k)), slope = v128.load(dy + bytes(k));
          give(x + o, dx + o, most, slope, h1 - h0, w1 - w0, row, pixel, 4);
        }
        if (k < c) {
          const o = at + bytes(k), lanes = c - k;
          const most = loadSome(y + bytes(k), lanes), slope = loadSome(dy + bytes(k), lanes);
          give(x + o, dx + o, most, slope, h1 - h0, w1 - w0, row, pixel, lanes);
        }
        y += pixel;
        dy += pixel;
      }
    }
    x += <usize> h * row;
    dx += <usize> h * row;
  }
}
