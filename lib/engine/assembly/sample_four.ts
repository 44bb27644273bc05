import { bytes, fma, lane, loadSome, rectify, scratch, up4 } from "./common";
import { addDots } from "./sample_dots";
import { DOTS, SIGN } from "./sample_mode";
import { measureInto, unpackTaps } from "./sample_taps";

// The filter gradients of single samples at 3x3 taps and images of 4x4 pixels: of the 144 products that a
// pair of channels has, 44 are with zeros around the image and are left out.

/**
 * Adds the `mode` of the nine taps of one channel of x [4, 4] and four channels of dy [4, 4, 4] to `acc`.
 */
@inline
function taps(mode: i32, x: usize, dy: usize, acc: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0, c0 = a0, c1 = a0, c2 = a0;
  let v = a0, w = a0;
  // From the row above on.
  x -= 16;
  for (let i = 0; i < 4; i++) {
    const d0 = v128.load(dy), d1 = v128.load(dy, 16), d2 = v128.load(dy, 32), d3 = v128.load(dy, 48);
    if (i > 0) {
      v = v128.load(x);
      w = lane(v, 0); a1 = fma(w, d0, a1); a0 = fma(w, d1, a0);
      w = lane(v, 1); a2 = fma(w, d0, a2); a1 = fma(w, d1, a1); a0 = fma(w, d2, a0);
      w = lane(v, 2); a2 = fma(w, d1, a2); a1 = fma(w, d2, a1); a0 = fma(w, d3, a0);
      w = lane(v, 3); a2 = fma(w, d2, a2); a1 = fma(w, d3, a1);
    }
    v = v128.load(x, 16);
    w = lane(v, 0); b1 = fma(w, d0, b1); b0 = fma(w, d1, b0);
    w = lane(v, 1); b2 = fma(w, d0, b2); b1 = fma(w, d1, b1); b0 = fma(w, d2, b0);
    w = lane(v, 2); b2 = fma(w, d1, b2); b1 = fma(w, d2, b1); b0 = fma(w, d3, b0);
    w = lane(v, 3); b2 = fma(w, d2, b2); b1 = fma(w, d3, b1);
    if (i < 3) {
      v = v128.load(x, 32);
      w = lane(v, 0); c1 = fma(w, d0, c1); c0 = fma(w, d1, c0);
      w = lane(v, 1); c2 = fma(w, d0, c2); c1 = fma(w, d1, c1); c0 = fma(w, d2, c0);
      w = lane(v, 2); c2 = fma(w, d1, c2); c1 = fma(w, d2, c1); c0 = fma(w, d3, c0);
      w = lane(v, 3); c2 = fma(w, d2, c2); c1 = fma(w, d3, c1);
    }
    x += 16;
    dy += 64;
  }
  measureInto(mode, acc, a0);
  measureInto(mode, acc + 16, a1);
  measureInto(mode, acc + 32, a2);
  measureInto(mode, acc + 48, b0);
  measureInto(mode, acc + 64, b1);
  measureInto(mode, acc + 80, b2);
  measureInto(mode, acc + 96, c0);
  measureInto(mode, acc + 112, c1);
  measureInto(mode, acc + 128, c2);
}

/** All pairs of channels of one sample: x [cin][4, 4], dy [panels][4, 4, 4]. */
@inline
function sample(mode: i32, x: usize, dy: usize, acc: usize, cin: i32, panels: i32): void {
  const dyEnd = dy + <usize> (256 * panels);
  for (const end = x + bytes(16 * cin); x != end; x += 64) {
    for (let d = dy; d != dyEnd; d += 256) {
      taps(mode, x, d, acc);
      acc += 144;
    }
  }
}

/** Sixteen pixels of `c` channels, rectified where `relu`, to [c][16]. */
@inline
function turn(relu: bool, src: usize, dst: usize, c: i32): void {
  for (let k = 0; k < c; k += 4) {
    let from = src + bytes(k), to = dst + bytes(16 * k);
    for (let i = 0; i < 16; i++) {
      const v = rectify(relu, loadSome(from, c - k));
      v128.store32_lane(to, v, 0);
      v128.store32_lane(to, v, 1, 64);
      v128.store32_lane(to, v, 2, 128);
      v128.store32_lane(to, v, 3, 192);
      from += bytes(c);
      to += 4;
    }
  }
}

/** Sixteen pixels of `c` channels to [c / 4][16][4], zeros beyond the last channel. */
@inline
function split(src: usize, dst: usize, c: i32): void {
  for (let k = 0; k < c; k += 4) {
    let from = src + bytes(k);
    for (let i = 0; i < 16; i++) {
      v128.store(dst, loadSome(from, c - k));
      from += bytes(c);
      dst += 16;
    }
  }
}

/** {@link sample} for the mode that is most wanted. */
function signs(x: usize, dy: usize, acc: usize, cin: i32, panels: i32): void {
  sample(SIGN, x, dy, acc, cin, panels);
}

/** {@link sample} for the other modes. */
function others(mode: i32, x: usize, dy: usize, acc: usize, cin: i32, panels: i32): void {
  sample(mode, x, dy, acc, cin, panels);
}

/**
 * As `convSampleGrads` and, for `DOTS`, `convSampleDots`, of a 3x3 convolution at stride 1 of images of 4x4
 * pixels, with one row and column of zeros around them.
 */
export function fourSampleGrads(
  relu: bool,
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  n: i32,
  cin: i32,
  cout: i32,
): void {
  const panels = up4(cout) >> 2, list = <usize> (144 * cin * panels);
  const listSize = mode == DOTS ? <usize> n * list : list;
  const acc = scratch(listSize + bytes(16 * up4(cin)) + <usize> (256 * panels));
  const image = acc + listSize, slope = image + bytes(16 * up4(cin));
  memory.fill(acc, 0, listSize);
  let to = acc;
  for (let i = 0; i < n; i++) {
    if (relu) turn(true, x, image, cin);
    else turn(false, x, image, cin);
    split(dy, slope, cout);
    if (mode == SIGN) signs(image, slope, to, cin, panels);
    else others(mode, image, slope, to, cin, panels);
    x += bytes(16 * cin);
    dy += bytes(16 * cout);
    if (mode == DOTS) to += list;
  }
  if (mode == DOTS) {
    addDots(acc, g, n, 36 * cin * panels, list);
    return;
  }
  const tap = bytes(cin * cout);
  let piece = acc;
  for (let c = 0; c < cin; c++) {
    for (let o = 0; o < cout; o += 4) {
      unpackTaps(piece, g + bytes(c * cout + o), tap, min(4, cout - o));
      piece += 144;
    }
  }
}
