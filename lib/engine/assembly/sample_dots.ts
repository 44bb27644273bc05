import { bytes, fma, loadSome } from "./common";

/** The sum of four lanes. */
@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) +
    f32x4.extract_lane(v, 3);
}

/** The inner product of two lists of `n` floats. */
function dot(a: usize, b: usize, n: i32): f32 {
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

@inline
function add(p: usize, v: f32): void {
  store<f32>(p, load<f32>(p) + v);
}

/**
 * Adds to a corner of gram, rows of `row` bytes, the inner products of three lists at `a` with three at `b`,
 * `pitch` bytes apart, of `n` floats each, a multiple of four.
 */
function nineDots(a: usize, b: usize, pitch: usize, n: i32, gram: usize, row: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, t0 = s0, t1 = s0, t2 = s0, u0 = s0, u1 = s0, u2 = s0;
  const end = a + bytes(n);
  while (a != end) {
    const x0 = v128.load(a), x1 = v128.load(a + pitch), x2 = v128.load(a + 2 * pitch);
    let y = v128.load(b);
    s0 = fma(x0, y, s0);
    t0 = fma(x1, y, t0);
    u0 = fma(x2, y, u0);
    y = v128.load(b + pitch);
    s1 = fma(x0, y, s1);
    t1 = fma(x1, y, t1);
    u1 = fma(x2, y, u1);
    y = v128.load(b + 2 * pitch);
    s2 = fma(x0, y, s2);
    t2 = fma(x1, y, t2);
    u2 = fma(x2, y, u2);
    a += 16;
    b += 16;
  }
  add(gram, total(s0));
  add(gram + 4, total(s1));
  add(gram + 8, total(s2));
  gram += row;
  add(gram, total(t0));
  add(gram + 4, total(t1));
  add(gram + 8, total(t2));
  gram += row;
  add(gram, total(u0));
  add(gram + 4, total(u1));
  add(gram + 8, total(u2));
}

/** Floats of each list that are multiplied with all others while they are in the cache. */
const PIECE: i32 = 512;

/**
 * Adds to gram [n, n] the inner products of all pairs of n lists of `size` floats, `pitch` bytes apart. What
 * lies between `size` and the next multiple of four must be zeros.
 */
export function addDots(lists: usize, gram: usize, n: i32, size: i32, pitch: usize): void {
  const row = bytes(n), threes = n - n % 3;
  for (let begin = 0; begin < size; begin += PIECE) {
    const piece = (min(PIECE, size - begin) + 3) & ~3, at = lists + bytes(begin);
    for (let i = 0; i < n; i++) {
      const a = at + <usize> i * pitch, to = gram + <usize> i * row;
      let j = 0;
      if (i < threes) {
        if (i % 3 != 0) continue;
        for (; j <= i; j += 3) {
          nineDots(a, at + <usize> j * pitch, pitch, piece, to + bytes(j), row);
        }
      } else {
        for (; j <= i; j++) add(to + bytes(j), dot(a, at + <usize> j * pitch, piece));
      }
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      store<f32>(gram + bytes(j * n + i), load<f32>(gram + bytes(i * n + j)));
    }
  }
}

/**
 * Adds to gram [rows, rows] the inner products of the weight gradients of all pairs of rows of a linear
 * layer. A row's gradient is the outer product of its x [inner] and dy [outer], so that the product of two
 * is the product of their x's times that of their dy's.
 */
export function linearSampleDots(
  x: usize,
  dy: usize,
  gram: usize,
  rows: i32,
  inner: i32,
  outer: i32,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      const product = dot(x + bytes(i * inner), x + bytes(j * inner), inner) *
        dot(dy + bytes(i * outer), dy + bytes(j * outer), outer);
      add(gram + bytes(i * rows + j), product);
      if (j < i) add(gram + bytes(j * rows + i), product);
    }
  }
}
