import { bytes, fma, splat } from "./common";
import { measure } from "./sample_mode";

// The gradient of a 3x3 filter at stride 1, sliding along the rows as `conv_slide.ts` does: all nine taps
// of one input channel and four output channels stay in registers. Each step along a row loads one input
// value of three rows and one vector of dy, and multiplies them with the vectors of the two steps before.

/** Four channels where `deep`, a constant, else one in all lanes. */
@inline
function read(deep: bool, p: usize): v128 {
  return deep ? v128.load(p) : splat(p);
}

/**
 * Adds the `mode` of the gradient over all output pixels of `images` images to the taps at `g`, `gTap` bytes
 * apart: of one input channel with four output channels or, where `deep`, a constant, of four channels with
 * themselves. Rows are of `ow` >= 2 pixels, four where `four`, a constant.
 */
@inline
function block(
  deep: bool,
  four: bool,
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
  let c0 = a0, c1 = a0, c2 = a0, v = a0;
  for (let n = 0; n < images; n++) {
    let line = x;
    for (let i = 0; i < oh; i++) {
      let p = line, q = line + xRow, r = q + xRow;
      if (four) {
        const d0 = v128.load(dy);
        dy += dyPixel;
        const d1 = v128.load(dy);
        dy += dyPixel;
        const d2 = v128.load(dy);
        dy += dyPixel;
        const d3 = v128.load(dy);
        dy += dyPixel;
        p = line;
        v = read(deep, p); a0 = fma(v, d0, a0);
        p += xPixel; v = read(deep, p); a0 = fma(v, d1, a0); a1 = fma(v, d0, a1);
        p += xPixel; v = read(deep, p); a0 = fma(v, d2, a0); a1 = fma(v, d1, a1); a2 = fma(v, d0, a2);
        p += xPixel; v = read(deep, p); a0 = fma(v, d3, a0); a1 = fma(v, d2, a1); a2 = fma(v, d1, a2);
        p += xPixel; v = read(deep, p); a1 = fma(v, d3, a1); a2 = fma(v, d2, a2);
        p += xPixel; v = read(deep, p); a2 = fma(v, d3, a2);
        p = q;
        v = read(deep, p); b0 = fma(v, d0, b0);
        p += xPixel; v = read(deep, p); b0 = fma(v, d1, b0); b1 = fma(v, d0, b1);
        p += xPixel; v = read(deep, p); b0 = fma(v, d2, b0); b1 = fma(v, d1, b1); b2 = fma(v, d0, b2);
        p += xPixel; v = read(deep, p); b0 = fma(v, d3, b0); b1 = fma(v, d2, b1); b2 = fma(v, d1, b2);
        p += xPixel; v = read(deep, p); b1 = fma(v, d3, b1); b2 = fma(v, d2, b2);
        p += xPixel; v = read(deep, p); b2 = fma(v, d3, b2);
        p = r;
        v = read(deep, p); c0 = fma(v, d0, c0);
        p += xPixel; v = read(deep, p); c0 = fma(v, d1, c0); c1 = fma(v, d0, c1);
        p += xPixel; v = read(deep, p); c0 = fma(v, d2, c0); c1 = fma(v, d1, c1); c2 = fma(v, d0, c2);
        p += xPixel; v = read(deep, p); c0 = fma(v, d3, c0); c1 = fma(v, d2, c1); c2 = fma(v, d1, c2);
        p += xPixel; v = read(deep, p); c1 = fma(v, d3, c1); c2 = fma(v, d2, c2);
        p += xPixel; v = read(deep, p); c2 = fma(v, d3, c2);
      } else {
        let d1 = v128.load(dy);
        v = read(deep, p); a0 = fma(v, d1, a0);
        v = read(deep, q); b0 = fma(v, d1, b0);
        v = read(deep, r); c0 = fma(v, d1, c0);
        p += xPixel; q += xPixel; r += xPixel; dy += dyPixel;
        let d0 = v128.load(dy);
        v = read(deep, p); a0 = fma(v, d0, a0); a1 = fma(v, d1, a1);
        v = read(deep, q); b0 = fma(v, d0, b0); b1 = fma(v, d1, b1);
        v = read(deep, r); c0 = fma(v, d0, c0); c1 = fma(v, d1, c1);
        p += xPixel; q += xPixel; r += xPixel; dy += dyPixel;
        // Three steps at a time, after which each vector of dy is where the next step looks for it.
        let j = 2;
        for (; j + 3 <= ow; j += 3) {
          const e = v128.load(dy);
          v = read(deep, p); a0 = fma(v, e, a0); a1 = fma(v, d0, a1); a2 = fma(v, d1, a2);
          v = read(deep, q); b0 = fma(v, e, b0); b1 = fma(v, d0, b1); b2 = fma(v, d1, b2);
          v = read(deep, r); c0 = fma(v, e, c0); c1 = fma(v, d0, c1); c2 = fma(v, d1, c2);
          p += xPixel; q += xPixel; r += xPixel; dy += dyPixel;
          d1 = v128.load(dy);
          v = read(deep, p); a0 = fma(v, d1, a0); a1 = fma(v, e, a1); a2 = fma(v, d0, a2);
          v = read(deep, q); b0 = fma(v, d1, b0); b1 = fma(v, e, b1); b2 = fma(v, d0, b2);
          v = read(deep, r); c0 = fma(v, d1, c0); c1 = fma(v, e, c1); c2 = fma(v, d0, c2);
          p += xPixel; q += xPixel; r += xPixel; dy += dyPixel;
          d0 = v128.load(dy);
          v = read(deep, p); a0 = fma(v, d0, a0); a1 = fma(v, d1, a1); a2 = fma(v, e, a2);
          v = read(deep, q); b0 = fma(v, d0, b0); b1 = fma(v, d1, b1); b2 = fma(v, e, b2);
          v = read(deep, r); c0 = fma(v, d0, c0); c1 = fma(v, d1, c1); c2 = fma(v, e, c2);
          p += xPixel; q += xPixel; r += xPixel; dy += dyPixel;
        }
        for (; j < ow; j++) {
          const e = v128.load(dy);
          v = read(deep, p); a0 = fma(v, e, a0); a1 = fma(v, d0, a1); a2 = fma(v, d1, a2);
          v = read(deep, q); b0 = fma(v, e, b0); b1 = fma(v, d0, b1); b2 = fma(v, d1, b2);
          v = read(deep, r); c0 = fma(v, e, c0); c1 = fma(v, d0, c1); c2 = fma(v, d1, c2);
          p += xPixel; q += xPixel; r += xPixel; dy += dyPixel;
          d1 = d0;
          d0 = e;
        }
        v = read(deep, p); a1 = fma(v, d0, a1); a2 = fma(v, d1, a2);
        v = read(deep, q); b1 = fma(v, d0, b1); b2 = fma(v, d1, b2);
        v = read(deep, r); c1 = fma(v, d0, c1); c2 = fma(v, d1, c2);
        v = read(deep, p + xPixel); a2 = fma(v, d0, a2);
        v = read(deep, q + xPixel); b2 = fma(v, d0, b2);
        v = read(deep, r + xPixel); c2 = fma(v, d0, c2);
      }
      line += xRow;
    }
    x += xImage;
  }
  add(mode, g, a0);
  g += gTap; add(mode, g, a1);
  g += gTap; add(mode, g, a2);
  g += gTap; add(mode, g, b0);
  g += gTap; add(mode, g, b1);
  g += gTap; add(mode, g, b2);
  g += gTap; add(mode, g, c0);
  g += gTap; add(mode, g, c1);
  g += gTap; add(mode, g, c2);
}

@inline
function add(mode: i32, g: usize, v: v128): void {
  v128.store(g, f32x4.add(v128.load(g), measure(mode, v)));
}

/** {@link block} as a function of its own, for the compiler to give it all registers. */
function manyPixels(
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
  block(false, false, mode, x, dy, g, images, oh, ow, xImage, xRow, xPixel, dyPixel, gTap);
}

/** {@link block} of rows of four pixels. */
function fourPixels(
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gTap: usize,
): void {
  block(false, true, mode, x, dy, g, images, oh, 4, xImage, xRow, xPixel, dyPixel, gTap);
}

/**
 * Adds the gradient of `panels` panels of 4 output channels over a group of framed images to
 * g [3, 3, cin, ..], rows of `gRow` bytes. Panels come innermost, as they share the lines of g in the cache.
 */
export function slideGrad(
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  panels: i32,
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
    let d = dy, to = g;
    for (let k = 0; k < panels; k++) {
      if (ow == 4) {
        fourPixels(mode, x, d, to, images, oh, xImage, xRow, xPixel, dyPixel, gTap);
      } else {
        manyPixels(mode, x, d, to, images, oh, ow, xImage, xRow, xPixel, dyPixel, gTap);
      }
      d += 16;
      to += 16;
    }
    x += 4;
    g += gRow;
  }
}

/** As {@link slideGrad}, one framed image of a depthwise convolution of `channels`, a multiple of four. */
export function slideDepthwiseGrad(
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  oh: i32,
  ow: i32,
  channels: i32,
  xRow: usize,
): void {
  const pixel = bytes(channels);
  for (let c: usize = 0; c < pixel; c += 16) {
    block(true, false, mode, x + c, dy + c, g + c, 1, oh, ow, 0, xRow, pixel, pixel, pixel);
  }
}
