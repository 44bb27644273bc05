import { bytes, loadSome, scratch, storeSome } from "./common";
import { isThree, MAXIMUM, MEAN, poolThree } from "./pool_three";

// Pools take any size, stride and padding, and any channel count. Padding takes no part: it is left
// out of a mean and never the maximum. A window that holds no pixel gives 0 as its mean, -Infinity
// as its maximum, and passes no gradient.
//
// Sums and maxima fall into a step down the rows and a step along them. A row of an image is one run of
// floats, so that both steps run at full width at any channel count: along the rows a neighbour is `c`
// floats away. Between the steps a row lies in scratch with margins of neutral values.

/** Sums. */
const SUM: i32 = 0;
/** Maxima of numbers, one instruction each. */
const MOST: i32 = 1;
/** Maxima among which may be NaN, which then is the maximum; several instructions each. */
const MOST_OR_NAN: i32 = 2;

@inline
function join(kind: i32, a: v128, b: v128): v128 {
  if (kind == SUM) return f32x4.add(a, b);
  return kind == MOST ? f32x4.pmax(a, b) : f32x4.max(a, b);
}

/**
 * Each of `size` floats at `dst` becomes the join of `count` floats at `src`, `step` bytes apart, times
 * `scale` and its float at `share`, where that is not 0. `kind` is a constant.
 */
@inline
function joinRun(
  kind: i32,
  src: usize,
  dst: usize,
  size: i32,
  count: i32,
  step: usize,
  share: usize,
  scale: v128,
): void {
  const start = f32x4.splat(kind == SUM ? 0 : -Infinity);
  let left = size;
  for (; left >= 16; left -= 16) {
    let v0 = start, v1 = start, v2 = start, v3 = start;
    let p = src;
    for (let t = 0; t < count; t++) {
      v0 = join(kind, v0, v128.load(p));
      v1 = join(kind, v1, v128.load(p, 16));
      v2 = join(kind, v2, v128.load(p, 32));
      v3 = join(kind, v3, v128.load(p, 48));
      p += step;
    }
    if (kind == SUM && share != 0) {
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
    let v = start, p = src;
    for (let t = 0; t < count; t++) {
      v = join(kind, v, loadSome(p, lanes));
      p += step;
    }
    if (kind == SUM && share != 0) {
      v = f32x4.mul(v, f32x4.mul(scale, loadSome(share, lanes)));
      share += 16;
    }
    storeSome(dst, v, lanes);
    src += 16;
    dst += 16;
  }
}

/** Fills `n` floats. */
export function fill(dst: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; i++) store<f32>(dst + bytes(i), value);
}

/** For each float of an output row, 1 / the number of pixels that its window covers along the row. */
export function shares(dst: usize, w: i32, c: i32, ow: i32, kw: i32, stride: i32, left: i32): void {
  for (let j = 0; j < ow; j++) {
    const count = min(j * stride - left + kw, w) - max(j * stride - left, 0);
    fill(dst, c, count > 0 ? <f32> 1 / <f32> count : 0);
    dst += bytes(c);
  }
}

/** Pools one image; `row` is a row with its margins, `share` 0 for maxima. */
@inline
function poolImage(
  kind: i32,
  x: usize,
  y: usize,
  row: usize,
  share: usize,
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
  for (let i = 0; i < oh; i++) {
    const h0 = max(i * strideH - top, 0), h1 = min(i * strideH - top + kh, h);
    const rows = max(h1 - h0, 0);
    const scale = f32x4.splat(rows > 0 ? <f32> 1 / <f32> rows : 0);
    joinRun(kind, x + <usize> h0 * line, row + bytes(left * c), w * c, rows, line, 0, scale);
    if (strideW == 1) {
      joinRun(kind, row, y, size, kw, pixel, share, scale);
    } else {
      let window = row, to = y, part = share;
      for (let j = 0; j < ow; j++) {
        joinRun(kind, window, to, c, kw, pixel, part, scale);
        window += <usize> strideW * pixel;
        to += pixel;
        part += pixel;
      }
    }
    y += bytes(size);
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
  const span = max((ow - 1) * strideW + kw, left + w) * c;
  const row = scratch(bytes(span + ow * c)), share = row + bytes(span);
  fill(row, span, 0);
  shares(share, w, c, ow, kw, strideW, left);
  const three = isThree(h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
  for (let m = 0; m < n; m++) {
    if (three) {
      poolThree(MEAN, false, x, y, h, w, c, row);
    } else {
      poolImage(SUM, x, y, row, share, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
    }
    x += bytes(h * w * c);
    y += bytes(oh * ow * c);
  }
}

/** Whether there is a NaN among `n` floats. */
function anyNan(p: usize, n: i32): bool {
  let found = f32x4.splat(0), left = n;
  for (; left >= 8; left -= 8) {
    const v = v128.load(p), w = v128.load(p, 16);
    found = v128.or(found, v128.or(f32x4.ne(v, v), f32x4.ne(w, w)));
    p += 32;
  }
  for (; left > 0; left -= 4) {
    const v = loadSome(p, left);
    found = v128.or(found, f32x4.ne(v, v));
    p += 16;
  }
  return v128.any_true(found);
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
  const span = max((ow - 1) * strideW + kw, left + w) * c;
  const row = scratch(bytes(span));
  fill(row, span, -Infinity);
  const three = isThree(h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
  for (let m = 0; m < n; m++) {
    if (anyNan(x, h * w * c)) {
      poolImage(MOST_OR_NAN, x, y, row, 0, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
    } else if (three) {
      poolThree(MAXIMUM, false, x, y, h, w, c, row);
    } else {
      poolImage(MOST, x, y, row, 0, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
    }
    x += bytes(h * w * c);
    y += bytes(oh * ow * c);
  }
}
