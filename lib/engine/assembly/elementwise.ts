import { fma, loadSome, storeSome } from "./common";

// Loops over all values: whole vectors first, then what is left, the same body inlined twice.

/** y = a + b. */
export function add(a: usize, b: usize, y: usize, n: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
  if (left > 0) storeSome(y, f32x4.add(loadSome(a, left), loadSome(b, left)), left);
}

@inline
function clippedGradSome(x: usize, dy: usize, dx: usize, lanes: i32, ceiling: v128): void {
  const v = loadSome(x, lanes);
  const open = v128.and(f32x4.gt(v, f32x4.splat(0)), f32x4.le(v, ceiling));
  storeSome(dx, v128.and(loadSome(dy, lanes), open), lanes);
}

/** dx = dy where 0 < x <= ceiling, else 0. */
export function clippedGrad(x: usize, dy: usize, dx: usize, n: i32, ceiling: f32): void {
  const high = f32x4.splat(ceiling);
  let left = n;
  for (; left >= 4; left -= 4) {
    clippedGradSome(x, dy, dx, 4, high);
    x += 16;
    dy += 16;
    dx += 16;
  }
  if (left > 0) clippedGradSome(x, dy, dx, left, high);
}

/** y += a. */
export function addInto(a: usize, y: usize, n: i32): void {
  add(a, y, y, n);
}

/** y += factor * a. */
export function scaleInto(a: usize, factor: f32, y: usize, n: i32): void {
  const times = f32x4.splat(factor);
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, fma(times, v128.load(a), v128.load(y)));
    a += 16;
    y += 16;
  }
  if (left > 0) storeSome(y, fma(times, loadSome(a, left), loadSome(y, left)), left);
}

/** y = a * b. */
export function multiply(a: usize, b: usize, y: usize, n: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
  if (left > 0) storeSome(y, f32x4.mul(loadSome(a, left), loadSome(b, left)), left);
}

/** y += a * b. */
export function multiplyInto(a: usize, b: usize, y: usize, n: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, fma(v128.load(a), v128.load(b), v128.load(y)));
    a += 16;
    b += 16;
    y += 16;
  }
  if (left > 0) storeSome(y, fma(loadSome(a, left), loadSome(b, left), loadSome(y, left)), left);
}
