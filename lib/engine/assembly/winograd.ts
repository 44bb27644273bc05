import { fma } from "./common";
import { put } from "./settle";

// Winograd's minimal filtering (Lavin & Gray 2016): F(4x4, 3x3), by which a tile of 4x4 outputs of a 3x3
// convolution takes 36 products a pair of channels in place of 144, and F(2x2, 5x5), by which a tile of 2x2
// outputs of a 5x5 convolution takes 36 in place of 100. Here are their transforms, for one dimension of four
// channels at a time: tiles of inputs, of products and of filters are held by their polynomials' values at
// 0, 1, -1, 2, -2 and infinity, in vectors `step` bytes apart.
//
// The constants lie in memory: compilers make constant vectors anew at each use.

/** Bytes of the constants. */
export const CONSTANTS: usize = 32;

/** Writes the constants. */
export function writeConstants(p: usize): void {
  store<f32>(p, 4);
  store<f32>(p, -4, 4);
  store<f32>(p, 2, 8);
  store<f32>(p, 8, 12);
  store<f32>(p, 0.25, 16);
  store<f32>(p, 1.0 / 6.0, 20);
  store<f32>(p, 1.0 / 12.0, 24);
  store<f32>(p, 1.0 / 24.0, 28);
}

/** 4 in all lanes. */
@inline
export function four(constants: usize): v128 {
  return v128.load32_splat(constants);
}

/** -4 in all lanes. */
@inline
export function minusFour(constants: usize): v128 {
  return v128.load32_splat(constants, 4);
}

/** 2 in all lanes. */
@inline
export function two(constants: usize): v128 {
  return v128.load32_splat(constants, 8);
}

/** 8 in all lanes. */
@inline
export function eight(constants: usize): v128 {
  return v128.load32_splat(constants, 12);
}

/** Six inputs to six values. */
@inline
export function inputValues(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  q: usize,
  step: usize,
  four: v128,
  minusFour: v128,
): void {
  const far = f32x4.sub(d4, d2), near = f32x4.sub(d3, d1), twice = f32x4.add(near, near);
  const even = fma(minusFour, d2, d4), odd = fma(minusFour, d1, d3);
  v128.store(q, fma(four, f32x4.sub(d0, d2), far));
  q += step;
  v128.store(q, f32x4.add(even, odd));
  q += step;
  v128.store(q, f32x4.sub(even, odd));
  q += step;
  v128.store(q, f32x4.add(far, twice));
  q += step;
  v128.store(q, f32x4.sub(far, twice));
  q += step;
  v128.store(q, fma(minusFour, near, f32x4.sub(d5, d3)));
}

/** Six values of products to four outputs or, where `pair`, two; for `how` and `hide` see `settle.ts`. */
@inline
export function outputs(
  pair: bool,
  p: usize,
  from: usize,
  q: usize,
  step: usize,
  how: i32,
  hide: usize,
  two: v128,
  four: v128,
  eight: v128,
): void {
  const m0 = v128.load(p);
  p += from;
  const m1 = v128.load(p);
  p += from;
  const m2 = v128.load(p);
  p += from;
  const m3 = v128.load(p);
  p += from;
  const m4 = v128.load(p);
  p += from;
  const m5 = v128.load(p);
  const s = f32x4.add(m1, m2), d = f32x4.sub(m1, m2);
  const s2 = f32x4.add(m3, m4), d2 = f32x4.sub(m3, m4);
  put(how, hide, q, f32x4.add(m0, f32x4.add(s, s2)));
  q += step;
  if (pair) {
    put(how, hide, q, f32x4.add(fma(two, d2, d), m5));
    return;
  }
  put(how, hide, q, fma(two, d2, d));
  q += step;
  put(how, hide, q, fma(four, s2, s));
  q += step;
  put(how, hide, q, f32x4.add(fma(eight, d2, d), m5));
}

/**
 * Four gradients of outputs to six values. Where `scaled`, a constant, they take along the factors that
 * {@link tapSlopes} else multiplies with.
 */
@inline
export function slopeValues(
  scaled: bool,
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  q: usize,
  step: usize,
  two: v128,
  four: v128,
  constants: usize,
): void {
  let even = f32x4.add(d0, d2), odd = f32x4.add(d1, d3);
  let even2 = fma(four, d2, d0), odd2 = fma(four, d3, d1);
  if (scaled) {
    const sixth = v128.load32_splat(constants, 20);
    even = f32x4.mul(sixth, even);
    odd = f32x4.mul(sixth, odd);
    even2 = f32x4.mul(v128.load32_splat(constants, 28), even2);
    odd2 = f32x4.mul(v128.load32_splat(constants, 24), odd2);
  } else {
    odd2 = f32x4.mul(two, odd2);
  }
  v128.store(q, scaled ? f32x4.mul(v128.load32_splat(constants, 16), d0) : d0);
  q += step;
  v128.store(q, f32x4.add(even, odd));
  q += step;
  v128.store(q, f32x4.sub(even, odd));
  q += step;
  v128.store(q, f32x4.add(even2, odd2));
  q += step;
  v128.store(q, f32x4.sub(even2, odd2));
  q += step;
  v128.store(q, d3);
}

/** Two gradients of outputs to six values. */
@inline
export function pairValues(d0: v128, d1: v128, q: usize, step: usize): void {
  const twice = f32x4.add(d1, d1);
  v128.store(q, d0);
  q += step;
  v128.store(q, f32x4.add(d0, d1));
  q += step;
  v128.store(q, f32x4.sub(d0, d1));
  q += step;
  v128.store(q, f32x4.add(d0, twice));
  q += step;
  v128.store(q, f32x4.sub(d0, twice));
  q += step;
  v128.store(q, d1);
}

/** Three taps to six values; with a quarter, a sixth and so on in all lanes. */
@inline
export function tapValues(
  g0: v128,
  g1: v128,
  g2: v128,
  q: usize,
  step: usize,
  quarter: v128,
  sixth: v128,
  twelfth: v128,
  part: v128,
): void {
  const ends = f32x4.mul(sixth, f32x4.add(g0, g2)), middle = f32x4.mul(sixth, g1);
  const ends2 = fma(part, g0, f32x4.mul(sixth, g2)), middle2 = f32x4.mul(twelfth, g1);
  v128.store(q, f32x4.mul(quarter, g0));
  q += step;
  v128.store(q, f32x4.neg(f32x4.add(ends, middle)));
  q += step;
  v128.store(q, f32x4.sub(middle, ends));
  q += step;
  v128.store(q, f32x4.add(ends2, middle2));
  q += step;
  v128.store(q, f32x4.sub(ends2, middle2));
  q += step;
  v128.store(q, g2);
}

/** Five taps to six values. */
@inline
export function fiveTapValues(
  g0: v128,
  g1: v128,
  g2: v128,
  g3: v128,
  g4: v128,
  q: usize,
  step: usize,
  quarter: v128,
  sixth: v128,
  twelfth: v128,
  part: v128,
  four: v128,
): void {
  const even = f32x4.mul(sixth, f32x4.add(f32x4.add(g0, g2), g4));
  const odd = f32x4.mul(sixth, f32x4.add(g1, g3));
  const even2 = f32x4.mul(part, fma(four, fma(four, g4, g2), g0));
  const odd2 = f32x4.mul(twelfth, fma(four, g3, g1));
  v128.store(q, f32x4.mul(quarter, g0));
  q += step;
  v128.store(q, f32x4.neg(f32x4.add(even, odd)));
  q += step;
  v128.store(q, f32x4.sub(odd, even));
  q += step;
  v128.store(q, f32x4.add(even2, odd2));
  q += step;
  v128.store(q, f32x4.sub(even2, odd2));
  q += step;
  v128.store(q, g4);
}

/** Six values of a filter's gradient to three taps or, where `five`, a constant, five. */
@inline
export function tapSlopes(
  five: bool,
  p: usize,
  from: usize,
  q: usize,
  step: usize,
  constants: usize,
): void {
  const quarter = v128.load32_splat(constants, 16), sixth = v128.load32_splat(constants, 20);
  const twelfth = v128.load32_splat(constants, 24), part = v128.load32_splat(constants, 28);
  const u0 = v128.load(p);
  p += from;
  const u1 = v128.load(p);
  p += from;
  const u2 = v128.load(p);
  p += from;
  const u3 = v128.load(p);
  p += from;
  const u4 = v128.load(p);
  p += from;
  const u5 = v128.load(p);
  const s = f32x4.mul(sixth, f32x4.add(u1, u2)), d = f32x4.mul(sixth, f32x4.sub(u2, u1));
  const s2 = f32x4.add(u3, u4), d2 = f32x4.sub(u3, u4);
  v128.store(q, f32x4.sub(fma(part, s2, f32x4.mul(quarter, u0)), s));
  q += step;
  v128.store(q, fma(twelfth, d2, d));
  q += step;
  if (five) {
    const f = four(constants), third = f32x4.mul(f, twelfth);
    v128.store(q, f32x4.sub(f32x4.mul(sixth, s2), s));
    q += step;
    v128.store(q, fma(third, d2, d));
    q += step;
    v128.store(q, f32x4.sub(fma(f32x4.add(third, third), s2, u5), s));
    return;
  }
  v128.store(q, f32x4.sub(fma(sixth, s2, u5), s));
}
