// What is added up of each sample's gradient.

/** Its signs: 1, 0 or -1. */
export const SIGN: i32 = 0;
/** Its absolute values. */
export const ABSOLUTE: i32 = 1;
/** Its squares. */
export const SQUARE: i32 = 2;
/** The gradient itself. */
export const SUM: i32 = 3;

/** Inner products of the gradients of all pairs of samples, which the kernels form of their sums. */
export const DOTS: i32 = 4;

/** What is added up of four values. */
@inline
export function measure(mode: i32, v: v128): v128 {
  if (mode >= SUM) return v;
  if (mode == ABSOLUTE) return f32x4.abs(v);
  if (mode == SQUARE) return f32x4.mul(v, v);
  // A comparison that holds is -1 as an integer.
  const zero = f32x4.splat(0);
  return f32x4.convert_i32x4_s(i32x4.sub(f32x4.lt(v, zero), f32x4.gt(v, zero)));
}
