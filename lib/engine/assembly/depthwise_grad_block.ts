import { fma } from "./common";
import { measure } from "./sample_mode";

// The gradient of neighbouring taps of a depthwise filter for four channels over one framed image; its `mode`
// is added to what is at `g`.

/**
 * The gradient of a row of five taps side by side at stride 1, for four channels over one image: each input
 * vector is loaded once and passed on from tap to tap.
 */
export function fiveTaps(
  x: usize,
  dy: usize,
  g: usize,
  oh: i32,
  ow: i32,
  xRow: usize,
  pixel: usize,
  mode: i32,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0;
  for (let i = 0; i < oh; i++) {
    let p = x;
    let x0 = v128.load(p);
    p += pixel;
    let x1 = v128.load(p);
    p += pixel;
    let x2 = v128.load(p);
    p += pixel;
    let x3 = v128.load(p);
    for (let j = 0; j < ow; j++) {
      p += pixel;
      const x4 = v128.load(p), d = v128.load(dy);
      a0 = fma(x0, d, a0);
      a1 = fma(x1, d, a1);
      a2 = fma(x2, d, a2);
      a3 = fma(x3, d, a3);
      a4 = fma(x4, d, a4);
      x0 = x1;
      x1 = x2;
      x2 = x3;
      x3 = x4;
      dy += pixel;
    }
    x += xRow;
  }
  addTo(g, measure(mode, a0));
  addTo(g + pixel, measure(mode, a1));
  addTo(g + 2 * pixel, measure(mode, a2));
  addTo(g + 3 * pixel, measure(mode, a3));
  addTo(g + 4 * pixel, measure(mode, a4));
}

/**
 * The gradient of `taps` (1, 2, 3 or 5, a constant) neighbouring taps for four channels over one
 * image, added to `g`. Two pixels at a time, for the sums not to wait on each other.
 */
@inline
export function tapsGrad(
  taps: i32,
  x: usize,
  dy: usize,
  g: usize,
  oh: i32,
  ow: i32,
  xRow: usize,
  xPixel: usize,
  xTap: usize,
  pixel: usize,
  mode: i32,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0;
  for (let i = 0; i < oh; i++) {
    let p = x;
    let left = ow;
    for (; left >= 2; left -= 2) {
      const d = v128.load(dy), e = v128.load(dy + pixel);
      let q = p, r = p + xPixel;
      a0 = fma(v128.load(q), d, a0);
      b0 = fma(v128.load(r), e, b0);
      if (taps > 1) {
        q += xTap;
        r += xTap;
        a1 = fma(v128.load(q), d, a1);
        b1 = fma(v128.load(r), e, b1);
      }
      if (taps > 2) {
        q += xTap;
        r += xTap;
        a2 = fma(v128.load(q), d, a2);
        b2 = fma(v128.load(r), e, b2);
      }
      if (taps > 3) {
        q += xTap;
        r += xTap;
        a3 = fma(v128.load(q), d, a3);
        b3 = fma(v128.load(r), e, b3);
        q += xTap;
        r += xTap;
        a4 = fma(v128.load(q), d, a4);
        b4 = fma(v128.load(r), e, b4);
      }
      p += 2 * xPixel;
      dy += 2 * pixel;
    }
    if (left > 0) {
      const d = v128.load(dy);
      a0 = fma(v128.load(p), d, a0);
      if (taps > 1) a1 = fma(v128.load(p + xTap), d, a1);
      if (taps > 2) a2 = fma(v128.load(p + 2 * xTap), d, a2);
      if (taps > 3) {
        a3 = fma(v128.load(p + 3 * xTap), d, a3);
        a4 = fma(v128.load(p + 4 * xTap), d, a4);
      }
      dy += pixel;
    }
    x += xRow;
  }
  addTo(g, measure(mode, f32x4.add(a0, b0)));
  if (taps > 1) addTo(g + pixel, measure(mode, f32x4.add(a1, b1)));
  if (taps > 2) addTo(g + 2 * pixel, measure(mode, f32x4.add(a2, b2)));
  if (taps > 3) {
    addTo(g + 3 * pixel, measure(mode, f32x4.add(a3, b3)));
    addTo(g + 4 * pixel, measure(mode, f32x4.add(a4, b4)));
  }
}

@inline
function addTo(p: usize, v: v128): void {
  v128.store(p, f32x4.add(v128.load(p), v));
}
