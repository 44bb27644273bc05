import { bytes, fma, lane, splat } from "./common";
import { put } from "./settle";

// Blocks of the direct convolution that read input values by fours. Their lanes cost less to spread than a
// load each: every load has its bounds checked where the runtime has no other guard.

/** As `block` of `conv_block.ts`, 4 output pixels times 8 output channels. */
@inline
export function wideBlock(
  x: usize,
  w: usize,
  y: usize,
  taps: i32,
  runs: i32,
  depth: i32,
  xPixel: usize,
  xTap: usize,
  xRun: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let v = a0, w0 = a0, w1 = a0;
  const xPixel2 = xPixel + xPixel;
  for (let t = 0; t < taps; t++) {
    let run = x;
    for (let r = 0; r < runs; r++) {
      let p = run;
      const fours = w + <usize> (depth >> 2) * 128, end = w + bytes(depth * 8);
      while (w != fours) {
        const q = p + xPixel2;
        const v0 = v128.load(p), v1 = v128.load(p + xPixel);
        const v2 = v128.load(q), v3 = v128.load(q + xPixel);
        w0 = v128.load(w); w1 = v128.load(w, 16);
        v = lane(v0, 0); a0 = fma(v, w0, a0); b0 = fma(v, w1, b0);
        v = lane(v1, 0); a1 = fma(v, w0, a1); b1 = fma(v, w1, b1);
        v = lane(v2, 0); a2 = fma(v, w0, a2); b2 = fma(v, w1, b2);
        v = lane(v3, 0); a3 = fma(v, w0, a3); b3 = fma(v, w1, b3);
        w0 = v128.load(w, 32); w1 = v128.load(w, 48);
        v = lane(v0, 1); a0 = fma(v, w0, a0); b0 = fma(v, w1, b0);
        v = lane(v1, 1); a1 = fma(v, w0, a1); b1 = fma(v, w1, b1);
        v = lane(v2, 1); a2 = fma(v, w0, a2); b2 = fma(v, w1, b2);
        v = lane(v3, 1); a3 = fma(v, w0, a3); b3 = fma(v, w1, b3);
        w0 = v128.load(w, 64); w1 = v128.load(w, 80);
        v = lane(v0, 2); a0 = fma(v, w0, a0); b0 = fma(v, w1, b0);
        v = lane(v1, 2); a1 = fma(v, w0, a1); b1 = fma(v, w1, b1);
        v = lane(v2, 2); a2 = fma(v, w0, a2); b2 = fma(v, w1, b2);
        v = lane(v3, 2); a3 = fma(v, w0, a3); b3 = fma(v, w1, b3);
        w0 = v128.load(w, 96); w1 = v128.load(w, 112);
        v = lane(v0, 3); a0 = fma(v, w0, a0); b0 = fma(v, w1, b0);
        v = lane(v1, 3); a1 = fma(v, w0, a1); b1 = fma(v, w1, b1);
        v = lane(v2, 3); a2 = fma(v, w0, a2); b2 = fma(v, w1, b2);
        v = lane(v3, 3); a3 = fma(v, w0, a3); b3 = fma(v, w1, b3);
        p += 16;
        w += 128;
      }
      while (w != end) {
        const q = p + xPixel2;
        w0 = v128.load(w); w1 = v128.load(w, 16);
        v = splat(p); a0 = fma(v, w0, a0); b0 = fma(v, w1, b0);
        v = splat(p + xPixel); a1 = fma(v, w0, a1); b1 = fma(v, w1, b1);
        v = splat(q); a2 = fma(v, w0, a2); b2 = fma(v, w1, b2);
        v = splat(q + xPixel); a3 = fma(v, w0, a3); b3 = fma(v, w1, b3);
        p += 4;
        w += 32;
      }
      run += xRun;
    }
    x += xTap;
  }
  let to = y;
  put(how, hide, to, a0); put(how, hide, to + 16, b0);
  to += yPixel; put(how, hide, to, a1); put(how, hide, to + 16, b1);
  to += yPixel; put(how, hide, to, a2); put(how, hide, to + 16, b2);
  to += yPixel; put(how, hide, to, a3); put(how, hide, to + 16, b3);
}

/** As `block` of `conv_block.ts`, 4 or 8 output pixels times 4 output channels. */
@inline
export function narrowBlock(
  eight: bool,
  x: usize,
  w: usize,
  y: usize,
  taps: i32,
  runs: i32,
  depth: i32,
  xPixel: usize,
  xTap: usize,
  xRun: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, v = a0;
  for (let t = 0; t < taps; t++) {
    for (let r = 0; r < runs; r++) {
      let run = x + <usize> r * xRun;
      const fours = w + <usize> (depth >> 2) * 64, end = w + bytes(depth * 4);
      while (w != fours) {
        const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
        let p = run;
        v = v128.load(p);
        a0 = fma(lane(v, 0), w0, a0);
        a0 = fma(lane(v, 1), w1, a0);
        a0 = fma(lane(v, 2), w2, a0);
        a0 = fma(lane(v, 3), w3, a0);
        p += xPixel; v = v128.load(p);
        a1 = fma(lane(v, 0), w0, a1);
        a1 = fma(lane(v, 1), w1, a1);
        a1 = fma(lane(v, 2), w2, a1);
        a1 = fma(lane(v, 3), w3, a1);
        p += xPixel; v = v128.load(p);
        a2 = fma(lane(v, 0), w0, a2);
        a2 = fma(lane(v, 1), w1, a2);
        a2 = fma(lane(v, 2), w2, a2);
        a2 = fma(lane(v, 3), w3, a2);
        p += xPixel; v = v128.load(p);
        a3 = fma(lane(v, 0), w0, a3);
        a3 = fma(lane(v, 1), w1, a3);
        a3 = fma(lane(v, 2), w2, a3);
        a3 = fma(lane(v, 3), w3, a3);
        if (eight) {
          p += xPixel; v = v128.load(p);
          a4 = fma(lane(v, 0), w0, a4);
          a4 = fma(lane(v, 1), w1, a4);
          a4 = fma(lane(v, 2), w2, a4);
          a4 = fma(lane(v, 3), w3, a4);
          p += xPixel; v = v128.load(p);
          a5 = fma(lane(v, 0), w0, a5);
          a5 = fma(lane(v, 1), w1, a5);
          a5 = fma(lane(v, 2), w2, a5);
          a5 = fma(lane(v, 3), w3, a5);
          p += xPixel; v = v128.load(p);
          a6 = fma(lane(v, 0), w0, a6);
          a6 = fma(lane(v, 1), w1, a6);
          a6 = fma(lane(v, 2), w2, a6);
          a6 = fma(lane(v, 3), w3, a6);
          p += xPixel; v = v128.load(p);
          a7 = fma(lane(v, 0), w0, a7);
          a7 = fma(lane(v, 1), w1, a7);
          a7 = fma(lane(v, 2), w2, a7);
          a7 = fma(lane(v, 3), w3, a7);
        }
        run += 16;
        w += 64;
      }
      while (w != end) {
        const w0 = v128.load(w);
        let p = run;
        a0 = fma(splat(p), w0, a0);
        p += xPixel; a1 = fma(splat(p), w0, a1);
        p += xPixel; a2 = fma(splat(p), w0, a2);
        p += xPixel; a3 = fma(splat(p), w0, a3);
        if (eight) {
          p += xPixel; a4 = fma(splat(p), w0, a4);
          p += xPixel; a5 = fma(splat(p), w0, a5);
          p += xPixel; a6 = fma(splat(p), w0, a6);
          p += xPixel; a7 = fma(splat(p), w0, a7);
        }
        run += 4;
        w += 16;
      }
    }
    x += xTap;
  }
  let to = y;
  put(how, hide, to, a0);
  to += yPixel; put(how, hide, to, a1);
  to += yPixel; put(how, hide, to, a2);
  to += yPixel; put(how, hide, to, a3);
  if (eight) {
    to += yPixel; put(how, hide, to, a4);
    to += yPixel; put(how, hide, to, a5);
    to += yPixel; put(how, hide, to, a6);
    to += yPixel; put(how, hide, to, a7);
  }
}
