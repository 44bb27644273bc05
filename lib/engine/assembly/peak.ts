import { fma } from "./common";

/**
 * Runs `n` times 12 independent multiply-adds on four floats, 96 floating-point operations a turn, and
 * nothing else: what the processor could do if a kernel cost no loads and no overhead. Returns a number so
 * that no compiler drops the work.
 */
export function peak(n: i32): f32 {
  // Not constants: compilers make those anew at each use.
  const scale = f32x4.splat(<f32> 1 - <f32> n * 1e-20), shift = f32x4.splat(<f32> n * 1e-20);
  let a0 = scale, a1 = scale, a2 = scale, a3 = scale, a4 = scale, a5 = scale, a6 = scale;
  let a7 = scale, a8 = scale, a9 = scale, b0 = scale, b1 = scale;
  for (let i = 0; i < n; i++) {
    a0 = fma(scale, shift, a0);
    a1 = fma(scale, shift, a1);
    a2 = fma(scale, shift, a2);
    a3 = fma(scale, shift, a3);
    a4 = fma(scale, shift, a4);
    a5 = fma(scale, shift, a5);
    a6 = fma(scale, shift, a6);
    a7 = fma(scale, shift, a7);
    a8 = fma(scale, shift, a8);
    a9 = fma(scale, shift, a9);
    b0 = fma(scale, shift, b0);
    b1 = fma(scale, shift, b1);
  }
  const s0 = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
  const s1 = f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7));
  const s2 = f32x4.add(f32x4.add(a8, a9), f32x4.add(b0, b1));
  return f32x4.extract_lane(f32x4.add(s0, f32x4.add(s1, s2)), 0);
}
