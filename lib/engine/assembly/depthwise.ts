import {
  bytes,
  copy,
  fits,
  foldChannels,
  frame,
  frameChannels,
  scratch,
  up4,
} from "./common";
import { depthwiseImage } from "./depthwise_block";
import { firstTap, framePad, frameSize, gcd, lowest, tapCount } from "./phases";
import { settle, settling, WRITE } from "./settle";

// The blocks work on channels in fours. Other channel counts, and a multiplier, go through copies whose
// pixels hold every output channel and are filled up to a multiple of four.

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
      WRITE,
      0,
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
  const how = settling(mask, accumulate), hide = mask - dx;
  const resultSize = plain ? 0 : bytes(h * w * padded);
  const packed = scratch(packedSize + framedSize + resultSize + (plain ? 0 : bytes(h * w * c)));
  const framed = packed + packedSize, result = framed + framedSize;
  const folded = result + resultSize;
  memory.fill(framed, 0, framedSize);
  const pixel = bytes(padded), pitch = <usize> pw * pixel;
  for (let i = 0; i < n; i++) {
    if (channels == padded) {
      frame(false, dy, framed, oh, ow, channels, ph, pw, padH, padW);
    } else {
      frameChannels(false, dy, framed, oh, ow, channels, ph, pw, padH, padW, 1, padded);
    }
    let taps = packed;
    const target = plain ? dx : result;
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
          plain ? how : WRITE,
          hide,
        );
        taps += <usize> (countH * countW) * pixel;
      }
    }
    if (!plain) {
      foldChannels(result, folded, h * w, padded, c, multiplier);
      settle(how, hide, dx, folded, h * w * c);
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
