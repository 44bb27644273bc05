import {
  bytes,
  fits,
  fma,
  frame,
  frameChannels,
  scratch,
  up4,
} from "./common";
import { slideDepthwiseGrad } from "./conv_slide_grad";
import { ADD, settle } from "./settle";
import { addDots } from "./sample_dots";
import { DOTS, measure, SUM } from "./sample_mode";

/** g [kh, kw, c, multiplier] from x [n, h, w, c] and dy [n, oh, ow, c * multiplier]. */
export function depthwiseFilterGrad(
  x: usize,
  dy: usize,
  g: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  multiplier: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  memory.fill(g, 0, bytes(kh * kw * c * multiplier));
  filterGrads(
    false,
    SUM,
    x,
    dy,
    g,
    n,
    h,
    w,
    c,
    multiplier,
    oh,
    ow,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}

/** {@link depthwiseFilterGrad} of the rectified x. */
export function reluDepthwiseFilterGrad(
  x: usize,
  dy: usize,
  g: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  multiplier: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  memory.fill(g, 0, bytes(kh * kw * c * multiplier));
  filterGrads(
    true,
    SUM,
    x,
    dy,
    g,
    n,
    h,
    w,
    c,
    multiplier,
    oh,
    ow,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}

/**
 * Adds up, over the samples, the `mode` of each one's filter gradient into acc [kh, kw, c, multiplier]; of
 * the rectified x where `relu`.
 */
export function depthwiseSampleGrads(
  x: usize,
  dy: usize,
  acc: usize,
  mode: i32,
  relu: bool,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  multiplier: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  filterGrads(
    relu,
    mode,
    x,
    dy,
    acc,
    n,
    h,
    w,
    c,
    multiplier,
    oh,
    ow,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}

/**
 * Adds to gram [n, n] the inner products of the filter gradients of all pairs of samples; of the rectified x
 * where `relu`.
 */
export function depthwiseSampleDots(
  x: usize,
  dy: usize,
  gram: usize,
  relu: bool,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  multiplier: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  filterGrads(
    relu,
    DOTS,
    x,
    dy,
    gram,
    n,
    h,
    w,
    c,
    multiplier,
    oh,
    ow,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}

function filterGrads(
  relu: bool,
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  n: i32,
  h: i32,
  w: i32,
  c: i32,
  multiplier: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  const ph = (oh - 1) * strideH + (kh - 1) * dilationH + 1;
  const pw = (ow - 1) * strideW + (kw - 1) * dilationW + 1;
  const channels = c * multiplier, padded = up4(channels);
  const ragged = channels != padded;
  const plain = multiplier == 1 && !ragged;
  const direct = plain && !relu && fits(h, w, ph, pw, top, left);
  const sumSize = bytes(kh * kw * padded);
  const framedSize = direct ? 0 : bytes(ph * pw * padded);
  // A sample's gradient of its own, or one sum over all samples.
  const sums = mode == DOTS ? n : 1;
  const held = scratch(sums * sumSize + framedSize + (ragged ? bytes(oh * ow * padded) : 0));
  const framed = held + sums * sumSize, wideDy = framed + framedSize;
  const pitch = bytes((direct ? w : pw) * padded), pixel = bytes(padded);
  const xTapH = pitch * dilationH, xTapW = pixel * dilationW;
  const slide = strideW == 1 && dilationW == 1;
  const nine = slide && kh == 3 && kw == 3 && strideH == 1 && dilationH == 1 && ow >= 2;
  const xRow = pitch * strideH, xPixel = pixel * strideW;
  // The margins of frames and the channels that fill up stay zero.
  memory.fill(held, 0, sums * sumSize + framedSize + (ragged ? bytes(oh * ow * padded) : 0));
  let sum = held;
  for (let i = 0; i < n; i++) {
    if (plain && !direct) frame(relu, x, framed, h, w, c, ph, pw, top, left);
    if (!plain) frameChannels(relu, x, framed, h, w, c, ph, pw, top, left, multiplier, padded);
    if (ragged) frameChannels(false, dy, wideDy, oh, ow, channels, oh, ow, 0, 0, 1, padded);
    const from = direct ? x : framed, slope = ragged ? wideDy : dy;
    if (nine) {
      slideDepthwiseGrad(mode, from, slope, sum, oh, ow, padded, xRow);
    } else {
      for (let k: usize = 0; k < pixel; k += 16) {
        for (let t = 0; t < kh; t++) {
          let p = from + <usize> t * xTapH + k, q = sum + <usize> (t * kw) * pixel + k;
          if (slide && kw == 5) {
            fiveTaps(p, slope + k, q, oh, ow, xRow, pixel, mode);
            continue;
          }
          for (let u = kw; u > 0;) {
            const some = u == 5 ? 5 : min(u, 3);
            if (some == 5) tapsGrad(5, p, slope + k, q, oh, ow, xRow, xPixel, xTapW, pixel, mode);
            else if (some == 3) tapsGrad(3, p, slope + k, q, oh, ow, xRow, xPixel, xTapW, pixel, mode);
            else if (some == 2) tapsGrad(2, p, slope + k, q, oh, ow, xRow, xPixel, xTapW, pixel, mode);
            else tapsGrad(1, p, slope + k, q, oh, ow, xRow, xPixel, xTapW, pixel, mode);
            u -= some;
            p += <usize> some * xTapW;
            q += <usize> some * pixel;
          }
        }
      }
    }
    x += bytes(h * w * c);
    dy += bytes(oh * ow * channels);
    if (mode == DOTS) sum += sumSize;
  }
  if (mode == DOTS) {
    addDots(held, g, n, kh * kw * padded);
    return;
  }
  for (let t = 0; t < kh * kw; t++) {
    settle(ADD, 0, g + bytes(t * channels), sum + bytes(t * padded), channels);
  }
}

/**
 * The gradient of a row of five taps side by side at stride 1, for four channels over one image: each input
 * vector is loaded once and passed on from tap to tap.
 */
function fiveTaps(
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
function tapsGrad(
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
