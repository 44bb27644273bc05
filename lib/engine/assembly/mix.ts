import { bytes, fma, loadSome, splat, storeSome } from "./common";

// Sums of several arrays, each times a factor: arrays are given by a table of their addresses and factors, eight
// bytes each. As all are passed over at once, what they add up to is written once.

/** The vector of y at an offset in bytes: `lanes` floats of every array times its factor, added up. */
@inline
function mixSome(table: usize, count: i32, offset: usize, lanes: i32): v128 {
  let sum = f32x4.mul(splat(table + 4), loadSome(<usize> load<u32>(table) + offset, lanes));
  for (let i = 1; i < count; i++) {
    const entry = table + (<usize> i << 3);
    sum = fma(splat(entry + 4), loadSome(<usize> load<u32>(entry) + offset, lanes), sum);
  }
  return sum;
}

/**
 * y = the sum of `count` arrays of `n` floats, at least one, each times its factor. y may be one of the arrays.
 */
export function mix(table: usize, count: i32, y: usize, n: i32): void {
  let offset: usize = 0, left = n;
  for (; left >= 16; left -= 16) {
    const at = <usize> load<u32>(table) + offset, factor = splat(table + 4);
    let s0 = f32x4.mul(factor, v128.load(at)), s1 = f32x4.mul(factor, v128.load(at, 16));
    let s2 = f32x4.mul(factor, v128.load(at, 32)), s3 = f32x4.mul(factor, v128.load(at, 48));
    for (let i = 1; i < count; i++) {
      const entry = table + (<usize> i << 3);
      const at = <usize> load<u32>(entry) + offset, factor = splat(entry + 4);
      s0 = fma(factor, v128.load(at), s0);
      s1 = fma(factor, v128.load(at, 16), s1);
      s2 = fma(factor, v128.load(at, 32), s2);
      s3 = fma(factor, v128.load(at, 48), s3);
    }
    v128.store(y + offset, s0);
    v128.store(y + offset, s1, 16);
    v128.store(y + offset, s2, 32);
    v128.store(y + offset, s3, 48);
    offset += 64;
  }
  for (; left > 0; left -= 4) {
    storeSome(y + offset, mixSome(table, count, offset, left), left);
    offset += 16;
  }
}

@inline
function total(v: v128): f64 {
  return <f64> f32x4.extract_lane(v, 0) + <f64> f32x4.extract_lane(v, 1) +
    <f64> f32x4.extract_lane(v, 2) + <f64> f32x4.extract_lane(v, 3);
}

/** The inner product of two arrays of `n` floats. */
function dot(a: usize, b: usize, n: i32): f64 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, left = n;
  for (; left >= 16; left -= 16) {
    s0 = fma(v128.load(a), v128.load(b), s0);
    s1 = fma(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = fma(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = fma(v128.load(a, 48), v128.load(b, 48), s3);
    a += 64;
    b += 64;
  }
  for (; left > 0; left -= 4) {
    s0 = fma(loadSome(a, left), loadSome(b, left), s0);
    a += 16;
    b += 16;
  }
  return total(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** Floats of dy that are multiplied with all arrays while they are in the first cache. */
const PIECE: i32 = 1024;

/** dots[i], a float64 = the inner product of dy with the i-th array, of `n` floats. Factors are not read. */
export function mixDots(table: usize, count: i32, dy: usize, dots: usize, n: i32): void {
  for (let i = 0; i < count; i++) store<f64>(dots + (<usize> i << 3), 0);
  for (let begin = 0; begin < n; begin += PIECE) {
    const piece = min(PIECE, n - begin), offset = bytes(begin);
    for (let i = 0; i < count; i++) {
      const at = <usize> load<u32>(table + (<usize> i << 3)) + offset;
      const to = dots + (<usize> i << 3);
      store<f64>(to, load<f64>(to) + dot(at, dy + offset, piece));
    }
  }
}
