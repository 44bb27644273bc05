import { fma, loadSome, storeSome } from "./common";

// Loops over all values, four vectors at a time, then one, then what is left of one.

/** y = a + b. */
const SUM: i32 = 0;
/** y = a * b. */
const PRODUCT: i32 = 1;
/** y += a * b. */
const PRODUCT_INTO: i32 = 2;
/** y = b + factor * a. */
const SCALED: i32 = 3;
/** y = factor * a. */
const PRODUCT_BY: i32 = 5;
/** y = b where 0 < a <= factor, else 0. */
const OPEN: i32 = 4;

@inline
function combine(op: i32, a: v128, b: v128, y: v128, factor: v128): v128 {
  if (op == SUM) return f32x4.add(a, b);
  if (op == PRODUCT) return f32x4.mul(a, b);
  if (op == PRODUCT_INTO) return fma(a, b, y);
  if (op == SCALED) return fma(factor, a, b);
  if (op == PRODUCT_BY) return f32x4.mul(factor, a);
  return v128.and(b, v128.and(f32x4.gt(a, f32x4.splat(0)), f32x4.le(a, factor)));
}

@inline
function step(op: i32, a: usize, b: usize, y: usize, factor: v128): void {
  const first = v128.load(a), second = v128.load(b);
  const old = op == PRODUCT_INTO ? v128.load(y) : first;
  v128.store(y, combine(op, first, second, old, factor));
}

/** All `n` floats; `op` is a constant at every call. */
@inline
function each(op: i32, a: usize, b: usize, y: usize, n: i32, factor: v128): void {
  let left = n;
  for (; left >= 16; left -= 16) {
    step(op, a, b, y, factor);
    step(op, a + 16, b + 16, y + 16, factor);
    step(op, a + 32, b + 32, y + 32, factor);
    step(op, a + 48, b + 48, y + 48, factor);
    a += 64;
    b += 64;
    y += 64;
  }
  for (; left >= 4; left -= 4) {
    step(op, a, b, y, factor);
    a += 16;
    b += 16;
    y += 16;
  }
  if (left > 0) {
    const first = loadSome(a, left), second = loadSome(b, left);
    const old = op == PRODUCT_INTO ? loadSome(y, left) : first;
    storeSome(y, combine(op, first, second, old, factor), left);
  }
}

/** y = a + b. */
export function add(a: usize, b: usize, y: usize, n: i32): void {
  each(SUM, a, b, y, n, f32x4.splat(0));
}

/** y += a. */
export function addInto(a: usize, y: usize, n: i32): void {
  add(a, y, y, n);
}

/** y += factor * a. */
export function scaleInto(a: usize, factor: f32, y: usize, n: i32): void {
  each(SCALED, a, y, y, n, f32x4.splat(factor));
}

/** y = factor * a. */
export function scale(a: usize, factor: f32, y: usize, n: i32): void {
  each(PRODUCT_BY, a, a, y, n, f32x4.splat(factor));
}

/** y = a * b. */
export function multiply(a: usize, b: usize, y: usize, n: i32): void {
  each(PRODUCT, a, b, y, n, f32x4.splat(0));
}

/** y += a * b. */
export function multiplyInto(a: usize, b: usize, y: usize, n: i32): void {
  each(PRODUCT_INTO, a, b, y, n, f32x4.splat(0));
}

/** dx = dy where 0 < x <= ceiling, else 0. */
export function clippedGrad(x: usize, dy: usize, dx: usize, n: i32, ceiling: f32): void {
  each(OPEN, x, dy, dx, n, f32x4.splat(ceiling));
}
