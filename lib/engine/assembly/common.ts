// What every kernel shares. Kernels are functions on byte offsets into the heap of tfjs's wasm
// backend, whose memory this module imports: no runtime, no heap, no data segment of their own.

/** The host's scratch buffer, at least `size` bytes long. One caller at a time: it is one buffer. */
@external("env", "scratch")
export declare function scratch(size: usize): usize;

/** a * b + c: one rounding in the relaxed build, two in the plain one. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The float at `p` in all four lanes. */
@inline
export function splat(p: usize): v128 {
  return v128.load32_splat(p);
}

/** Lane `k`, a constant, in all four lanes. */
@inline
export function lane(v: v128, k: i32): v128 {
  if (k == 0) return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
  if (k == 1) return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
  if (k == 2) return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

/** Bytes that `n` floats take. */
@inline
export function bytes(n: i32): usize {
  return <usize> n << 2;
}

/** `n` rounded up to a multiple of four. */
@inline
export function up4(n: i32): i32 {
  return (n + 3) & ~3;
}

/** `n` bytes rounded up so that what follows is aligned. */
@inline
export function align(n: usize): usize {
  return (n + 15) & ~15;
}

/** The first `n` (1 to 4) floats at `p`, zeros in the other lanes; reads nothing beyond them. */
@inline
export function loadSome(p: usize, n: i32): v128 {
  if (n >= 4) return v128.load(p);
  if (n == 3) return v128.load32_lane(p + 8, v128.load64_zero(p), 2);
  if (n == 2) return v128.load64_zero(p);
  return v128.load32_zero(p);
}

/** Stores the first `n` (1 to 4) lanes; writes nothing beyond them. */
@inline
export function storeSome(p: usize, v: v128, n: i32): void {
  if (n >= 4) {
    v128.store(p, v);
  } else if (n == 3) {
    v128.store64_lane(p, v, 0);
    v128.store32_lane(p + 8, v, 2);
  } else if (n == 2) {
    v128.store64_lane(p, v, 0);
  } else {
    v128.store32_lane(p, v, 0);
  }
}

/** Copies `n` floats without the cost of a call, for short runs. */
@inline
export function copy(dst: usize, src: usize, n: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(dst, v128.load(src));
    dst += 16;
    src += 16;
  }
  if (left > 0) storeSome(dst, loadSome(src, left), left);
}

/** Whether a padded copy of an image would be the image itself, or a part of it. */
@inline
export function fits(h: i32, w: i32, ph: i32, pw: i32, top: i32, left: i32): bool {
  return top == 0 && left == 0 && ph <= h && pw <= w;
}

/** max(v, 0) where `relu`, a constant, else v. `pmax` is one instruction and keeps NaN, too. */
@inline
export function rectify(relu: bool, v: v128): v128 {
  return relu ? f32x4.pmax(v, f32x4.splat(0)) : v;
}

/** Copies `n` floats, rectified where `relu`. */
@inline
function copyRun(relu: bool, dst: usize, src: usize, n: i32): void {
  let left = n;
  for (; left >= 16; left -= 16) {
    const v0 = v128.load(src), v1 = v128.load(src, 16);
    const v2 = v128.load(src, 32), v3 = v128.load(src, 48);
    v128.store(dst, rectify(relu, v0));
    v128.store(dst, rectify(relu, v1), 16);
    v128.store(dst, rectify(relu, v2), 32);
    v128.store(dst, rectify(relu, v3), 48);
    dst += 64;
    src += 64;
  }
  for (; left >= 4; left -= 4) {
    v128.store(dst, rectify(relu, v128.load(src)));
    dst += 16;
    src += 16;
  }
  if (left > 0) storeSome(dst, rectify(relu, loadSome(src, left)), left);
}

/**
 * Copies an image [h, w, c], rectified where `relu`, into a frame [ph, pw, c] of zeros with its corner at
 * (top, left); what falls outside the frame, or lies before it when top or left are negative, is left
 * out. Frames of one geometry may be filled again and again: the margins stay zero.
 */
export function frame(
  relu: bool,
  src: usize,
  dst: usize,
  h: i32,
  w: i32,
  c: i32,
  ph: i32,
  pw: i32,
  top: i32,
  left: i32,
): void {
  const h0 = max(0, -top), h1 = min(h, ph - top);
  const w0 = max(0, -left), w1 = min(w, pw - left);
  if (w1 <= w0) return;
  const run = (w1 - w0) * c;
  let to = dst + bytes(((h0 + top) * pw + w0 + left) * c), from = src + bytes((h0 * w + w0) * c);
  for (let i = h0; i < h1; i++) {
    if (relu) copyRun(true, to, from, run);
    else copyRun(false, to, from, run);
    to += bytes(pw * c);
    from += bytes(w * c);
  }
}

/** As {@link frame}, with each channel written `times` times and rows of `pc` channels. */
export function frameChannels(
  relu: bool,
  src: usize,
  dst: usize,
  h: i32,
  w: i32,
  c: i32,
  ph: i32,
  pw: i32,
  top: i32,
  left: i32,
  times: i32,
  pc: i32,
): void {
  const h0 = max(0, -top), h1 = min(h, ph - top);
  const w0 = max(0, -left), w1 = min(w, pw - left);
  for (let i = h0; i < h1; i++) {
    for (let j = w0; j < w1; j++) {
      let s = src + bytes((i * w + j) * c);
      let d = dst + bytes(((i + top) * pw + j + left) * pc);
      if (times == 1) {
        if (relu) copyRun(true, d, s, c);
        else copy(d, s, c);
      } else {
        for (let k = 0; k < c; k++) {
          let v = load<f32>(s);
          if (relu) v = max<f32>(v, 0);
          for (let t = 0; t < times; t++) {
            store<f32>(d, v);
            d += 4;
          }
          s += 4;
        }
      }
    }
  }
}

/** Pixels of `pc` channels to pixels of `c`: each the sum of `times` neighbours. */
export function foldChannels(
  src: usize,
  dst: usize,
  pixels: i32,
  pc: i32,
  c: i32,
  times: i32,
): void {
  for (let i = 0; i < pixels; i++) {
    if (times == 1) {
      copy(dst, src, c);
    } else {
      let s = src;
      for (let k = 0; k < c; k++) {
        let sum: f32 = 0;
        for (let t = 0; t < times; t++) {
          sum += load<f32>(s);
          s += 4;
        }
        store<f32>(dst + bytes(k), sum);
      }
    }
    src += bytes(pc);
    dst += bytes(c);
  }
}
