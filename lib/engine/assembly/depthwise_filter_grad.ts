import {
  bytes,
  fits,
  frame,
  frameChannels,
  scratch,
  up4,
} from "./common";
import { slideDepthwiseGrad } from "./conv_slide_grad";
import { fiveTaps, tapsGrad } from "./depthwise_grad_block";
import { ADD, settle } from "./settle";
import { addDots } from "./sample_dots";
import { DOTS, SUM } from "./sample_mode";

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
    addDots(held, g, n, kh * kw * padded, sumSize);
    return;
  }
  for (let t = 0; t < kh * kw; t++) {
    settle(ADD, 0, g + bytes(t * channels), sum + bytes(t * padded), channels);
  }
}
