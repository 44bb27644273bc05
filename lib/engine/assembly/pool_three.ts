import { bytes, fma } from "./common";

// Pools of 3x3 at stride 1 with a margin of one pixel, by far the most used, on channels in fours: each step
// along a row joins one column of three pixels and keeps the columns of the two steps before in registers.
// The last four of channels that fours do not divide overlap the ones before, which are written twice; where
// that would add twice, such channels are for others to pool.

/** The mean of each window. */
export const MEAN: i32 = 0;
/** The gradient of {@link MEAN}. */
export const MEAN_GRAD: i32 = 1;
/** The maximum of each window, of numbers alone. */
export const MAXIMUM: i32 = 2;

/** Whether {@link poolThree} takes a pool. */
export function isThree(
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
): bool {
  return kh == 3 && kw == 3 && strideH == 1 && strideW == 1 && top == 1 && left == 1 && oh == h &&
    ow == w && w >= 2 && c >= 4;
}

@inline
function join(kind: i32, a: v128, b: v128): v128 {
  return kind == MAXIMUM ? f32x4.pmax(a, b) : f32x4.add(a, b);
}

/** A column of three pixels, by the weights of their rows. */
@inline
function column(kind: i32, p: usize, q: usize, r: usize, u: v128, v: v128, w: v128): v128 {
  const a = v128.load(p), b = v128.load(q), c = v128.load(r);
  if (kind == MAXIMUM) return f32x4.pmax(f32x4.pmax(a, b), c);
  if (kind == MEAN) return f32x4.mul(f32x4.add(f32x4.add(a, b), c), v);
  return fma(c, w, fma(b, v, f32x4.mul(a, u)));
}

@inline
function put(accumulate: bool, p: usize, v: v128): void {
  v128.store(p, accumulate ? f32x4.add(v128.load(p), v) : v);
}

/** One row of outputs of four channels from the rows at p, q and r. */
@inline
function threeRow(
  kind: i32,
  accumulate: bool,
  p: usize,
  q: usize,
  r: usize,
  y: usize,
  columns: i32,
  pixel: usize,
  u: v128,
  v: v128,
  w: v128,
): void {
  const half = f32x4.splat(0.5), third = f32x4.splat(<f32> 1 / <f32> 3);
  // A mean is divided by its window's width; its gradient is, before columns are joined.
  const mean = kind == MEAN, grad = kind == MEAN_GRAD;
  let a = column(kind, p, q, r, u, v, w);
  if (grad) a = f32x4.mul(a, half);
  p += pixel;
  q += pixel;
  r += pixel;
  let b = column(kind, p, q, r, u, v, w);
  if (grad) b = f32x4.mul(b, columns > 2 ? third : half);
  const first = join(kind, a, b);
  put(accumulate, y, mean ? f32x4.mul(first, half) : first);
  y += pixel;
  for (let j = 2; j < columns; j++) {
    p += pixel;
    q += pixel;
    r += pixel;
    let c = column(kind, p, q, r, u, v, w);
    if (grad) c = f32x4.mul(c, j < columns - 1 ? third : half);
    const all = join(kind, join(kind, a, b), c);
    put(accumulate, y, mean ? f32x4.mul(all, third) : all);
    a = b;
    b = c;
    y += pixel;
  }
  const last = join(kind, a, b);
  put(accumulate, y, mean ? f32x4.mul(last, half) : last);
}

/** 1 / the rows that the window around row `i` of `h` covers. */
@inline
function rowShare(i: i32, h: i32): v128 {
  return f32x4.splat(<f32> 1 / <f32> (min(i + 2, h) - max(i - 1, 0)));
}

/**
 * Pools one image x [h, w, c] to y of the same shape, or adds to y. `blank`: a row of floats that change
 * nothing, 0 or for maxima -Infinity. `kind` is a constant.
 */
@inline
function image(
  kind: i32,
  accumulate: bool,
  x: usize,
  y: usize,
  h: i32,
  w: i32,
  c: i32,
  blank: usize,
): void {
  const pixel = bytes(c), row = <usize> w * pixel;
  for (let i = 0; i < h; i++) {
    const p = i > 0 ? x - row : blank, r = i < h - 1 ? x + row : blank;
    const own = rowShare(i, h);
    const above = i > 0 ? rowShare(i - 1, h) : own, below = i < h - 1 ? rowShare(i + 1, h) : own;
    for (let k: usize = 0; k < pixel; k += 16) {
      const at = min(k, pixel - 16);
      threeRow(kind, accumulate, p + at, x + at, r + at, y + at, w, pixel, above, own, below);
    }
    x += row;
    y += row;
  }
}

/** {@link image} for any kind; only gradients are added. */
export function poolThree(
  kind: i32,
  accumulate: bool,
  x: usize,
  y: usize,
  h: i32,
  w: i32,
  c: i32,
  blank: usize,
): void {
  if (kind == MEAN) image(MEAN, false, x, y, h, w, c, blank);
  else if (kind == MAXIMUM) image(MAXIMUM, false, x, y, h, w, c, blank);
  else if (accumulate) image(MEAN_GRAD, true, x, y, h, w, c, blank);
  else image(MEAN_GRAD, false, x, y, h, w, c, blank);
}
