import { bytes, loadSome, scratch, storeSome } from "./common";
import { add } from "./elementwise";
import { fill, shares } from "./pool";
import { isThree, MEAN_GRAD, poolThree } from "./pool_three";

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
  const three = isThree(h, w, c, oh, ow, kh, kw, strideH, strideW, top, left);
  if (three) {
    // Channels that fours do not divide are pooled apart before they are added.
    const apart = accumulate && (c & 3) != 0;
    const blank = scratch(bytes(w * c + (apart ? h * w * c : 0))), result = blank + bytes(w * c);
    fill(blank, w * c, 0);
    for (let m = 0; m < n; m++) {
      poolThree(MEAN_GRAD, accumulate && !apart, dy, apart ? result : dx, h, w, c, blank);
      if (apart) add(dx, result, dx, h * w * c);
      dy += bytes(h * w * c);
      dx += bytes(h * w * c);
    }
    return;
  }
  // Each window's share is added to a row with room for whole windows, and that to the rows that it covers.
  const size = ow * c, pixel = bytes(c), line = bytes(w * c);
  const span = max((ow - 1) * strideW + kw, left + w) * c;
  const row = scratch(bytes(span + size)), share = row + bytes(span);
  fill(row, span, 0);
  shares(share, w, c, ow, kw, strideW, left);
  if (!accumulate) memory.fill(dx, 0, <usize> (n * h) * line);
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < oh; i++) {
      const h0 = max(i * strideH - top, 0), h1 = min(i * strideH - top + kh, h);
      const scale = f32x4.splat(h1 > h0 ? <f32> 1 / <f32> (h1 - h0) : 0);
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
      for (let s = h0; s < h1; s++) {
        const to = dx + <usize> s * line;
        add(to, row + bytes(left * c), to, w * c);
      }
      dy += bytes(size);
    }
    dx += <usize> h * line;
  }
}

/** Gives what is left of a gradient to one pixel if it holds the maximum; returns what is left then. */
@inline
function giveOne(x: usize, dx: usize, most: v128, rest: v128, lanes: i32): v128 {
  const hit = f32x4.eq(loadSome(x, lanes), most);
  storeSome(dx, f32x4.add(loadSome(dx, lanes), v128.and(hit, rest)), lanes);
  return v128.andnot(rest, hit);
}

/** Gives four channels' gradient to the first pixel of the window that holds the maximum. */
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
    if (columns == 3) {
      rest = giveOne(p, q, most, rest, lanes);
      p += pixel;
      q += pixel;
      rest = giveOne(p, q, most, rest, lanes);
      p += pixel;
      q += pixel;
      rest = giveOne(p, q, most, rest, lanes);
    } else {
      for (let t = 0; t < columns; t++) {
        rest = giveOne(p, q, most, rest, lanes);
        p += pixel;
        q += pixel;
      }
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
