import { bytes, copy, fma, loadSome, scratch, storeSome } from "./common";

// Images enlarged by a whole factor f. Row i of the result lies (i + 1/2) / f - 1/2 rows down the image, as
// with PyTorch's align_corners=False, and so do columns: between the rows `before(i, f)` and the next, a
// share `part(i, f)` of the way; beyond the outermost rows it is the nearest. A row of an image is one run of
// floats, so that a step down the rows runs at full width at any channel count; the step along them goes by
// pixels.

/** The row (or pixel) that output `i` lies behind; -1 where that is before the first. */
@inline
function before(i: i32, f: i32): i32 {
  return (2 * i + 1 + f) / (2 * f) - 1;
}

/** How far from that row to the next output `i` lies, from 0 up to 1. */
@inline
function part(i: i32, f: i32): f32 {
  const steps = 2 * f, rest = (2 * i + 1 + f) % steps;
  return <f32> rest / <f32> steps;
}

/** `n` floats a + (b - a) * t. */
@inline
function mix(a: usize, b: usize, t: v128, dst: usize, n: i32): void {
  for (let left = n; left > 0; left -= 4) {
    const lanes = min(4, left), v = loadSome(a, lanes);
    storeSome(dst, fma(f32x4.sub(loadSome(b, lanes), v), t, v), lanes);
    a += 16;
    b += 16;
    dst += 16;
  }
}

/** Adds `n` floats times `t`. */
@inline
function addTimes(src: usize, t: v128, dst: usize, n: i32): void {
  for (let left = n; left > 0; left -= 4) {
    const lanes = min(4, left);
    storeSome(dst, fma(loadSome(src, lanes), t, loadSome(dst, lanes)), lanes);
    src += 16;
    dst += 16;
  }
}

/** y [n, h * f, w * f, c] = x [n, h, w, c] with each pixel `f` times along and down, or lines between them. */
export function upsample(
  x: usize,
  y: usize,
  bilinear: bool,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  f: i32,
): void {
  const pixel = bytes(c), line = bytes(w * c), wide = <usize> f * line;
  if (!bilinear) {
    for (let i = 0; i < n * h; i++) {
      let to = y;
      for (let j = 0; j < w; j++) {
        for (let k = 0; k < f; k++) {
          copy(to, x, c);
          to += pixel;
        }
        x += pixel;
      }
      for (let k = 1; k < f; k++) memory.copy(y + <usize> k * wide, y, wide);
      y += <usize> f * wide;
    }
    return;
  }
  const row = scratch(line);
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < h * f; i++) {
      const top = before(i, f);
      const above = x + <usize> max(top, 0) * line, below = x + <usize> min(top + 1, h - 1) * line;
      mix(above, below, f32x4.splat(part(i, f)), row, w * c);
      for (let j = 0; j < w * f; j++) {
        const first = before(j, f);
        const a = row + <usize> max(first, 0) * pixel;
        const b = row + <usize> min(first + 1, w - 1) * pixel;
        mix(a, b, f32x4.splat(part(j, f)), y, c);
        y += pixel;
      }
    }
    x += <usize> h * line;
  }
}

/** dx [n, h, w, c], written or added to: what {@link upsample}'s slope dy [n, h * f, w * f, c] comes to. */
export function upsampleGradInto(
  dy: usize,
  dx: usize,
  accumulate: bool,
  bilinear: bool,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  f: i32,
): void {
  const pixel = bytes(c), line = bytes(w * c), one = f32x4.splat(1);
  if (!accumulate) memory.fill(dx, 0, <usize> (n * h) * line);
  if (!bilinear) {
    for (let i = 0; i < n * h; i++) {
      for (let k = 0; k < f; k++) {
        for (let j = 0; j < w; j++) {
          for (let l = 0; l < f; l++) {
            addTimes(dy, one, dx + <usize> j * pixel, c);
            dy += pixel;
          }
        }
      }
      dx += line;
    }
    return;
  }
  const row = scratch(line);
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < h * f; i++) {
      memory.fill(row, 0, line);
      for (let j = 0; j < w * f; j++) {
        const first = before(j, f), t = part(j, f);
        addTimes(dy, f32x4.splat(1 - t), row + <usize> max(first, 0) * pixel, c);
        addTimes(dy, f32x4.splat(t), row + <usize> min(first + 1, w - 1) * pixel, c);
        dy += pixel;
      }
      const top = before(i, f), t = part(i, f);
      addTimes(row, f32x4.splat(1 - t), dx + <usize> max(top, 0) * line, w * c);
      addTimes(row, f32x4.splat(t), dx + <usize> min(top + 1, h - 1) * line, w * c);
    }
    dx += <usize> h * line;
  }
}
