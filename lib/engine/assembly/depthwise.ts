import {
  bytes,
  copy,
  fits,
  fma,
  foldChannels,
  frame,
  frameChannels,
  scratch,
  settle,
  up4,
} from "./common";
import { firstTap, framePad, frameSize, gcd, lowest, tapCount } from "./phases";

// These kernels work on channels in fours. Other channel counts, and a multiplier, go through
// copies whose pixels hold every output channel and are filled up to a multiple of four.

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
  v128.store(y, a0);
  if (pixels > 1) {
    v128.store(y + yPixel, a1);
    v128.store(y + 2 * yPixel, a2);
    v128.store(y + 3 * yPixel, a3);
  }
  if (pixels > 4) {
    y += 4 * yPixel;
    v128.store(y, a4);
    v128.store(y + yPixel, a5);
    v128.store(y + 2 * yPixel, a6);
    v128.store(y + 3 * yPixel, a7);
  }
}

/** One framed image against packed taps [kh, kw, channels], into `rows` x `columns` pixels. */
function depthwiseImage(
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
): void {
  const wTap = bytes(channels);
  for (let i = 0; i < rows; i++) {
    for (let c: usize = 0; c < wTap; c += 16) {
      let from = x + c, to = y + c;
      let left = columns;
      for (; left >= 8; left -= 8) {
        block(8, from, w + c, to, kh, kw, xPixel, xTapH, xTapW, yPixel, wTap);
        from += 8 * xPixel;
        to += 8 * yPixel;
      }
      if (left >= 4) {
        block(4, from, w + c, to, kh, kw, xPixel, xTapH, xTapW, yPixel, wTap);
        left -= 4;
        from += 4 * xPixel;
        to += 4 * yPixel;
      }
      for (; left > 0; left--) {
        block(1, from, w + c, to, kh, kw, xPixel, xTapH, xTapW, yPixel, wTap);
        from += xPixel;
        to += yPixel;
      }
    }
    x += xRow;
    y += yRow;
  }
}

/** y [n, oh, ow, c * multiplier] from x [n, h, w, c] and filter [kh, kw, c, multiplier]. */
export function depthwise(
  x: usize,
  filter: usize,
  y: usize,
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
  convolve(
    false,
    x,
    filter,
    y,
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

/** {@link depthwise} of the rectified x. */
export function reluDepthwise(
  x: usize,
  filter: usize,
  y: usize,
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
  convolve(
    true,
    x,
    filter,
    y,
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

function convolve(
  relu: bool,
  x: usize,
  filter: usize,
  y: usize,
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
  const packedSize = bytes(kh * kw * padded);
  const framedSize = direct ? 0 : bytes(ph * pw * padded);
  const packed = scratch(packedSize + framedSize + (ragged ? bytes(oh * ow * padded) : 0));
  const framed = packed + packedSize, result = framed + framedSize;
  if (ragged) memory.fill(packed, 0, packedSize);
  for (let t = 0; t < kh * kw; t++) {
    copy(packed + bytes(t * padded), filter + bytes(t * channels), channels);
  }
  if (!direct) memory.fill(framed, 0, framedSize);
  const pitch = bytes((direct ? w : pw) * padded), pixel = bytes(padded);
  for (let i = 0; i < n; i++) {
    if (plain && !direct) frame(relu, x, framed, h, w, c, ph, pw, top, left);
    if (!plain) frameChannels(relu, x, framed, h, w, c, ph, pw, top, left, multiplier, padded);
    depthwiseImage(
      direct ? x : framed,
      packed,
      ragged ? result : y,
      oh,
      ow,
      padded,
      kh,
      kw,
      pitch * strideH,
      pixel * strideW,
      pitch * dilationH,
      pixel * dilationW,
      bytes(ow * padded),
      pixel,
    );
    if (ragged) foldChannels(result, y, oh * ow, padded, channels, 1);
    x += bytes(h * w * c);
    y += bytes(oh * ow * channels);
  }
}

/** dx [n, h, w, c] from dy [n, oh, ow, c * multiplier] and filter [kh, kw, c, multiplier]. */
export function depthwiseInputGrad(
  dy: usize,
  filter: usize,
  dx: usize,
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
  depthwiseInputGradInto(
    dy,
    filter,
    dx,
    0,
    false,
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
 * {@link depthwiseInputGrad}, 0 where the floats at `mask` [n, h, w, c] are not above 0 (a `mask` of 0 is
 * none), written to dx or added to it.
 */
export function depthwiseInputGradInto(
  dy: usize,
  filter: usize,
  dx: usize,
  mask: usize,
  accumulate: bool,
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
  const stepH = strideH / gcd(dilationH, strideH), stepW = strideW / gcd(dilationW, strideW);
  const spreadH = dilationH * stepH / strideH, spreadW = dilationW * stepW / strideW;
  const padH = framePad(h, top, strideH, dilationH, kh);
  const padW = framePad(w, left, strideW, dilationW, kw);
  const ph = frameSize(h, top, strideH, dilationH, kh);
  const pw = frameSize(w, left, strideW, dilationW, kw);
  const channels = c * multiplier, padded = up4(channels);
  const plain = multiplier == 1 && channels == padded;
  const packedSize = bytes(kh * kw * padded), framedSize = bytes(ph * pw * padded);
  const settled = mask == 0 && !accumulate;
  const resultSize = plain && settled ? 0 : bytes(h * w * padded);
  const packed = scratch(packedSize + framedSize + resultSize + (settled ? 0 : bytes(h * w * c)));
  const framed = packed + packedSize, result = framed + framedSize;
  // What is not filled up is settled from where it is, the rest from a copy.
  const folded = plain ? result : result + resultSize;
  memory.fill(framed, 0, framedSize);
  const pixel = bytes(padded), pitch = <usize> pw * pixel;
  for (let i = 0; i < n; i++) {
    if (channels == padded) {
      frame(false, dy, framed, oh, ow, channels, ph, pw, padH, padW);
    } else {
      frameChannels(false, dy, framed, oh, ow, channels, ph, pw, padH, padW, 1, padded);
    }
    let taps = packed;
    const target = plain && settled ? dx : result;
    for (let a = 0; a < strideH; a++) {
      const firstH = firstTap(a, top, strideH, dilationH, stepH);
      const countH = tapCount(firstH, kh, stepH);
      const lowH = lowest(a, top, strideH, dilationH, stepH, firstH, countH) + padH;
      for (let b = 0; b < strideW; b++) {
        const firstW = firstTap(b, left, strideW, dilationW, stepW);
        const countW = tapCount(firstW, kw, stepW);
        const lowW = lowest(b, left, strideW, dilationW, stepW, firstW, countW) + padW;
        const any = countH > 0 && countW > 0;
        if (i == 0) {
          packTurned(
            filter,
            taps,
            kw,
            channels,
            padded,
            firstH,
            countH,
            stepH,
            firstW,
            countW,
            stepW,
          );
        }
        depthwiseImage(
          any ? framed + <usize> lowH * pitch + <usize> lowW * pixel : framed,
          taps,
          target + <usize> (a * w + b) * pixel,
          (h - a + strideH - 1) / strideH,
          (w - b + strideW - 1) / strideW,
          padded,
          any ? countH : 0,
          any ? countW : 0,
          pitch,
          pixel,
          <usize> spreadH * pitch,
          <usize> spreadW * pixel,
          <usize> (strideH * w) * pixel,
          <usize> strideW * pixel,
        );
        taps += <usize> (countH * countW) * pixel;
      }
    }
    if (!plain) foldChannels(result, settled ? dx : folded, h * w, padded, c, multiplier);
    if (!settled) {
      settle(folded, dx, mask, accumulate, h * w * c);
      if (mask != 0) mask += bytes(h * w * c);
    }
    dy += bytes(oh * ow * channels);
    dx += bytes(h * w * c);
  }
}

/** A phase's taps turned round, rows filled up to `padded` channels. */
function packTurned(
  filter: usize,
  dst: usize,
  kw: i32,
  channels: i32,
  padded: i32,
  firstH: i32,
  countH: i32,
  stepH: i32,
  firstW: i32,
  countW: i32,
  stepW: i32,
): void {
  memory.fill(dst, 0, bytes(countH * countW * padded));
  for (let i = countH - 1; i >= 0; i--) {
    for (let j = countW - 1; j >= 0; j--) {
      const tap = (firstH + i * stepH) * kw + firstW + j * stepW;
      copy(dst, filter + bytes(tap * channels), channels);
      dst += bytes(padded);
    }
  }
}
