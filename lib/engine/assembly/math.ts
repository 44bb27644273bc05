// Exponentials without tables: a table would be a data segment, and the memory is the host's.

/** e^x of four floats, good to 2e-7; 0 for x below -87, above 88 as at 88, and NaN stays NaN. */
export function exp(x: v128): v128 {
  const none = f32x4.lt(x, f32x4.splat(-87));
  x = f32x4.pmin(x, f32x4.splat(88));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, the first of which has few enough bits for n times it to be exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440054690583e-4)));
  // |r| <= ln 2 / 2: the Taylor series to the seventh power is good to 6e-9.
  let p = f32x4.splat(1.0 / 5040.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, power), none);
}

/** 1 / (1 + e^-x) of four floats. */
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** The hyperbolic tangent of four floats, good to 3e-7 of itself. */
export function tanh(x: v128): v128 {
  const one = f32x4.splat(1), two = f32x4.splat(2);
  const far = f32x4.sub(one, f32x4.div(two, f32x4.add(one, exp(f32x4.mul(two, x)))));
  // Near 0 the difference loses digits; the series does not.
  const s = f32x4.mul(x, x);
  let p = f32x4.splat(62.0 / 2835.0);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-17.0 / 315.0));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(2.0 / 15.0));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-1.0 / 3.0));
  const near = f32x4.add(x, f32x4.mul(x, f32x4.mul(s, p)));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), f32x4.splat(0.25)));
}

/** The natural logarithm of a normal number above 0, good to 1e-15. */
export function log(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32> (bits >> 52) - 1023;
  let m = reinterpret<f64>(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  // ln m = 2 artanh s
  const s = (m - 1) / (m + 1), q = s * s;
  let p: f64 = 0;
  for (let k = 21; k > 0; k -= 2) p = p * q + 1 / <f64> k;
  return 2 * s * p + <f64> exponent * 0.6931471805599453;
}
