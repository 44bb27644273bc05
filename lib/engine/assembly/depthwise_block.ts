import { bytes, fma } from "./common";
import { put } from "./settle";

// Depthwise convolutions on channels in fours: a vector of an image meets a vector of a tap.

/** `pixels` (1, 4 or 8, a constant) outputs in a row, four channels of each, over all taps. */
@inline
function block(
  pixels: i32,
  x: usize,
  w: usize,
  y: usize,
  kh: i32,
  kw: i32,
  xPixel: usize,
  xTapH: usize,
  xTapW: usize,
  yPixel: usize,
  wTap: usize,
  how: i32,
  hide: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  const xPixel2 = xPixel + xPixel, xPixel4 = xPixel2 + xPixel2;
  for (let t = 0; t < kh; t++) {
    let p = x;
    for (let u = 0; u < kw; u++) {
      const f = v128.load(w);
      a0 = fma(v128.load(p), f, a0);
      if (pixels > 1) {
        const q = p + xPixel2;
        a1 = fma(v128.load(p + xPixel), f, a1);
        a2 = fma(v128.load(q), f, a2);
        a3 = fma(v128.load(q + xPixel), f, a3);
      }
      if (pixels > 4) {
        const r = p + xPixel4, s = r + xPixel2;
        a4 = fma(v128.load(r), f, a4);
        a5 = fma(v128.load(r + xPixel), f, a5);
        a6 = fma(v128.load(s), f, a6);
        a7 = fma(v128.load(s + xPixel), f, a7);
      }
      p += xTapW;
      w += wTap;
    }
    x += xTapH;
  }
  put(how, hide, y, a0);
  if (pixels > 1) {
    y += yPixel; put(how, hide, y, a1);
    y += yPixel; put(how, hide, y, a2);
    y += yPixel; put(how, hide, y, a3);
  }
  if (pixels > 4) {
    y += yPixel; put(how, hide, y, a4);
    y += yPixel; put(how, hide, y, a5);
    y += yPixel; put(how, hide, y, a6);
    y += yPixel; put(how, hide, y, a7);
  }
}

/**
 * As {@link block}, for rows of `kw` (3 or 5, a constant) taps at stride 1 and `pixels` (1, 2, 4 or 8)
 * outputs: they slide along their input, which is loaded once for all taps of a row.
 */
@inline
function slideBlock(
  kw: i32,
  pixels: i32,
  x: usize,
  w: usize,
  y: usize,
  kh: i32,
  xPixel: usize,
  xTapH: usize,
  wTap: usize,
  how: i32,
  hide: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  let v = a0, w0 = a0, w1 = a0, w2 = a0, w3 = a0, w4 = a0;
  for (let t = 0; t < kh; t++) {
    w0 = v128.load(w); w += wTap;
    w1 = v128.load(w); w += wTap;
    w2 = v128.load(w); w += wTap;
    if (kw > 3) {
      w3 = v128.load(w); w += wTap;
      w4 = v128.load(w); w += wTap;
    }
    let p = x;
    v = v128.load(p);
    a0 = fma(v, w0, a0);
    p += xPixel; v = v128.load(p);
    a0 = fma(v, w1, a0);
    if (pixels > 1) a1 = fma(v, w0, a1);
    p += xPixel; v = v128.load(p);
    a0 = fma(v, w2, a0);
    if (pixels > 1) a1 = fma(v, w1, a1);
    if (pixels > 2) a2 = fma(v, w0, a2);
    if (pixels + kw > 4) {
      p += xPixel; v = v128.load(p);
      if (kw > 3) a0 = fma(v, w3, a0);
      if (pixels > 1) a1 = fma(v, w2, a1);
      if (pixels > 2) a2 = fma(v, w1, a2);
      if (pixels > 3) a3 = fma(v, w0, a3);
    }
    if (pixels + kw > 5) {
      p += xPixel; v = v128.load(p);
      if (kw > 3) a0 = fma(v, w4, a0);
      if (kw > 3 && pixels > 1) a1 = fma(v, w3, a1);
      if (pixels > 2) a2 = fma(v, w2, a2);
      if (pixels > 3) a3 = fma(v, w1, a3);
      if (pixels > 4) a4 = fma(v, w0, a4);
    }
    if (pixels + kw > 6) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 1) a1 = fma(v, w4, a1);
      if (kw > 3 && pixels > 2) a2 = fma(v, w3, a2);
      if (pixels > 3) a3 = fma(v, w2, a3);
      if (pixels > 4) a4 = fma(v, w1, a4);
      if (pixels > 5) a5 = fma(v, w0, a5);
    }
    if (pixels + kw > 7) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 2) a2 = fma(v, w4, a2);
      if (kw > 3 && pixels > 3) a3 = fma(v, w3, a3);
      if (pixels > 4) a4 = fma(v, w2, a4);
      if (pixels > 5) a5 = fma(v, w1, a5);
      if (pixels > 6) a6 = fma(v, w0, a6);
    }
    if (pixels + kw > 8) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 3) a3 = fma(v, w4, a3);
      if (kw > 3 && pixels > 4) a4 = fma(v, w3, a4);
      if (pixels > 5) a5 = fma(v, w2, a5);
      if (pixels > 6) a6 = fma(v, w1, a6);
      if (pixels > 7) a7 = fma(v, w0, a7);
    }
    if (pixels + kw > 9) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 4) a4 = fma(v, w4, a4);
      if (kw > 3 && pixels > 5) a5 = fma(v, w3, a5);
      if (pixels > 6) a6 = fma(v, w2, a6);
      if (pixels > 7) a7 = fma(v, w1, a7);
    }
    if (pixels + kw > 10) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 5) a5 = fma(v, w4, a5);
      if (kw > 3 && pixels > 6) a6 = fma(v, w3, a6);
      if (pixels > 7) a7 = fma(v, w2, a7);
    }
    if (pixels + kw > 11) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 6) a6 = fma(v, w4, a6);
      if (kw > 3 && pixels > 7) a7 = fma(v, w3, a7);
    }
    if (pixels + kw > 12) {
      p += xPixel; v = v128.load(p);
      if (kw > 3 && pixels > 7) a7 = fma(v, w4, a7);
    }
    x += xTapH;
  }
  put(how, hide, y, a0);
  if (pixels > 1) { y += xPixel; put(how, hide, y, a1); }
  if (pixels > 2) { y += xPixel; put(how, hide, y, a2); }
  if (pixels > 3) { y += xPixel; put(how, hide, y, a3); }
  if (pixels > 4) { y += xPixel; put(how, hide, y, a4); }
  if (pixels > 5) { y += xPixel; put(how, hide, y, a5); }
  if (pixels > 6) { y += xPixel; put(how, hide, y, a6); }
  if (pixels > 7) { y += xPixel; put(how, hide, y, a7); }
}

@inline
function slideRow(
  kw: i32,
  x: usize,
  w: usize,
  y: usize,
  columns: i32,
  kh: i32,
  xPixel: usize,
  xTapH: usize,
  wTap: usize,
  how: i32,
  hide: usize,
): void {
  let left = columns;
  for (; left >= 8; left -= 8) {
    slideBlock(kw, 8, x, w, y, kh, xPixel, xTapH, wTap, how, hide);
    x += 8 * xPixel;
    y += 8 * xPixel;
  }
  if (left >= 4) {
    slideBlock(kw, 4, x, w, y, kh, xPixel, xTapH, wTap, how, hide);
    left -= 4;
    x += 4 * xPixel;
    y += 4 * xPixel;
  }
  if (left >= 2) {
    slideBlock(kw, 2, x, w, y, kh, xPixel, xTapH, wTap, how, hide);
    left -= 2;
    x += 2 * xPixel;
    y += 2 * xPixel;
  }
  if (left > 0) slideBlock(kw, 1, x, w, y, kh, xPixel, xTapH, wTap, how, hide);
}

/**
 * One framed image against packed taps [kh, kw, channels], into `rows` x `columns` pixels; `channels` is a
 * multiple of four. For `how` and `hide` see `settle.ts`.
 */
export function depthwiseImage(
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  kh: i32,
  kw: i32,
  xRow: usize,
  xPixel: usize,
  xTapH: usize,
  xTapW: usize,
  yRow: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  const wTap = bytes(channels);
  const slides = xPixel == xTapW && xPixel == yPixel;
  for (let i = 0; i < rows; i++) {
    for (let c: usize = 0; c < wTap; c += 16) {
      let from = x + c, to = y + c;
      if (slides && kw == 3) {
        slideRow(3, from, w + c, to, columns, kh, xPixel, xTapH, wTap, how, hide);
      } else if (slides && kw == 5) {
        slideRow(5, from, w + c, to, columns, kh, xPixel, xTapH, wTap, how, hide);
      } else {
        let left = columns;
        for (; left >= 8; left -= 8) {
          block(8, from, w + c, to, kh, kw, xPixel, xTapH, xTapW, yPixel, wTap, how, hide);
          from += 8 * xPixel;
          to += 8 * yPixel;
        }
        if (left >= 4) {
          block(4, from, w + c, to, kh, kw, xPixel, xTapH, xTapW, yPixel, wTap, how, hide);
          left -= 4;
          from += 4 * xPixel;
          to += 4 * yPixel;
        }
        for (; left > 0; left--) {
          block(1, from, w + c, to, kh, kw, xPixel, xTapH, xTapW, yPixel, wTap, how, hide);
          from += xPixel;
          to += yPixel;
        }
      }
    }
    x += xRow;
    y += yRow;
  }
}
