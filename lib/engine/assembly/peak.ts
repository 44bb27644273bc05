import { fma } from "./common";

/**
 * Runs `n` times 12 independent multiply-adds on four floats, 96 floating-point operations a turn, and
 * nothing else: what the processor could do if a kernel cost no loads and no overhead. Returns a number so
 * that no compiler drops the work.
 */
export function peak(n: i32): f32 {
  const scale = f32x4.splat(0.999), shift = f32x4.splat(0.001);
  let a0 = shift, a1 = shift, a2 = shift, a3 = shift, a4 = shift, a5 = shift, a6 = shift;
  let a7 = shift, a8 = shift, a9 = shift, b0 = shift, b1 = shift;
  for (let i = 0; i < n; i++) {
    a0 = fma(a0, scale, shift);
    a1 = fma(a1, scale, shift);
    a2 = fma(a2, scale, shift);
    a3 = fma(a3, scale, shift);
    a4 = fma(a4, scale, shift);
    a5 = fma(a5, scale, shift);
    a6 = fma(a6, scale, shift);
    a7 = fma(a7, scale, shift);
    a8 = fma(a8, scale, shift);
    a9 = fma(a9, scale, shift);
    b0 = fma(b0, scale, shift);
    b1 = fma(b1, scale, shift);
  }
  const s0 = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
  const s1 = f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7));
  const s2 = f32x4.add(f32x4.add(a8, a9), f32x4.add(b0, b1));
  return f32x4.extract_lane(f32x4.add(s0, f32x4.add(s1, s2)), 0);
}
