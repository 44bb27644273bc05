import { bytes, fma, splat } from "./common";
import { measure } from "./sample_mode";

// The gradient of a 3x3 filter at stride 1, sliding along the rows as `conv_slide.ts` does: all nine taps
// of one input channel and four output channels stay in registers. Each step along a row loads one input
// value of three rows and one vector of dy, and multiplies them with the vectors of the two steps before.

/**
 * Adds the `mode` of the gradient over all output pixels of `images` images to the taps at `g`, `gTap` bytes
 * apart. Rows are of `ow` >= 2 pixels.
 */
function block(
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gTap: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0;
  let b0 = a0, b1 = a0, b2 = a0;
  let c0 = a0, c1 = a0, c2 = a0;
  for (let n = 0; n < images; n++) {
    let line = x;
    for (let i = 0; i < oh; i++) {
      let p = line, q = line + xRow, r = q + xRow;
      let d1 = v128.load(dy);
      a0 = fma(splat(p), d1, a0);
      b0 = fma(splat(q), d1, b0);
      c0 = fma(splat(r), d1, c0);
      p += xPixel;
      q += xPixel;
      r += xPixel;
      dy += dyPixel;
      let d0 = v128.load(dy);
      let v = splat(p);
      a0 = fma(v, d0, a0);
      a1 = fma(v, d1, a1);
      v = splat(q);
      b0 = fma(v, d0, b0);
      b1 = fma(v, d1, b1);
      v = splat(r);
      c0 = fma(v, d0, c0);
      c1 = fma(v, d1, c1);
      p += xPixel;
      q += xPixel;
      r += xPixel;
      dy += dyPixel;
      for (let j = 2; j < ow; j++) {
        const d2 = d1;
        d1 = d0;
        d0 = v128.load(dy);
        v = splat(p);
        a0 = fma(v, d0, a0);
        a1 = fma(v, d1, a1);
        a2 = fma(v, d2, a2);
        v = splat(q);
        b0 = fma(v, d0, b0);
        b1 = fma(v, d1, b1);
        b2 = fma(v, d2, b2);
        v = splat(r);
        c0 = fma(v, d0, c0);
        c1 = fma(v, d1, c1);
        c2 = fma(v, d2, c2);
        p += xPixel;
        q += xPixel;
        r += xPixel;
        dy += dyPixel;
      }
      v = splat(p);
      a1 = fma(v, d0, a1);
      a2 = fma(v, d1, a2);
      v = splat(q);
      b1 = fma(v, d0, b1);
      b2 = fma(v, d1, b2);
      v = splat(r);
      c1 = fma(v, d0, c1);
      c2 = fma(v, d1, c2);
      a2 = fma(splat(p + xPixel), d0, a2);
      b2 = fma(splat(q + xPixel), d0, b2);
      c2 = fma(splat(r + xPixel), d0, c2);
      line += xRow;
    }
    x += xImage;
  }
  add(mode, g, a0);
  g += gTap;
  add(mode, g, a1);
  g += gTap;
  add(mode, g, a2);
  g += gTap;
  add(mode, g, b0);
  g += gTap;
  add(mode, g, b1);
  g += gTap;
  add(mode, g, b2);
  g += gTap;
  add(mode, g, c0);
  g += gTap;
  add(mode, g, c1);
  g += gTap;
  add(mode, g, c2);
}

@inline
function add(mode: i32, g: usize, v: v128): void {
  v128.store(g, f32x4.add(v128.load(g), measure(mode, v)));
}

/**
 * Adds one panel's gradient, 4 output channels, over a group of framed images to g [3, 3, cin, ..], rows of
 * `gRow` bytes.
 */
export function slideGrad(
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  cin: i32,
  xImage: usize,
  xRow: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  const xPixel = bytes(cin), gTap = <usize> cin * gRow;
  for (let c = 0; c < cin; c++) {
    block(mode, x, dy, g, images, oh, ow, xImage, xRow, xPixel, dyPixel, gTap);
    x += 4;
    g += gRow;
  }
}
