import { bytes, fma, loadSome } from "./common";

/** The inner product of two lists of `n` floats. */
function dot(a: usize, b: usize, n: i32): f32 {
  let sum = f32x4.splat(0), left = n;
  for (; left >= 4; left -= 4) {
    sum = fma(v128.load(a), v128.load(b), sum);
    a += 16;
    b += 16;
  }
  if (left > 0) sum = fma(loadSome(a, left), loadSome(b, left), sum);
  return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) +
    f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
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
      addBoth(gram, i, j, rows, product);
    }
  }
}

/** Adds to gram [n, n] the inner products of all pairs of the lists g [n, size]. */
export function addDots(g: usize, gram: usize, n: i32, size: i32): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      addBoth(gram, i, j, n, dot(g + bytes(i * size), g + bytes(j * size), size));
    }
  }
}

@inline
function addBoth(gram: usize, i: i32, j: i32, n: i32, v: f32): void {
  const p = gram + bytes(i * n + j), q = gram + bytes(j * n + i);
  const sum = load<f32>(p) + v;
  store<f32>(p, sum);
  store<f32>(q, sum);
}
