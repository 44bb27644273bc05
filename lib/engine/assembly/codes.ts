import { bytes, loadSome } from "./common";

/** Sixteen floats at a time: their lanes above zero, a bit each. */
@inline
function above(p: usize): i32 {
  const zero = f32x4.splat(0);
  const a = f32x4.gt(v128.load(p), zero), b = f32x4.gt(v128.load(p, 16), zero);
  const c = f32x4.gt(v128.load(p, 32), zero), d = f32x4.gt(v128.load(p, 48), zero);
  return i8x16.bitmask(
    i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)),
  );
}

/** As {@link above}, of the first `n` floats alone. */
function aboveSome(p: usize, n: i32): i32 {
  let bits = 0;
  for (let i = 0; i < n; i += 4) {
    const v = loadSome(p + bytes(i), n - i);
    bits |= i32x4.bitmask(f32x4.gt(v, f32x4.splat(0))) << i;
  }
  return bits;
}

/**
 * Writes of each of `rows` lists of `size` floats which are above zero, a bit each from the lowest on, to
 * rows of `pitch` bytes, a multiple of 16. What is left of a row is zeros.
 */
export function packSigns(
  x: usize,
  codes: usize,
  rows: i32,
  size: i32,
  pitch: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const end = codes + pitch;
    let to = codes, left = size;
    for (; left >= 16; left -= 16) {
      store<u16>(to, <u16> above(x));
      x += 64;
      to += 2;
    }
    if (left > 0) {
      store<u16>(to, <u16> aboveSome(x, left));
      x += bytes(left);
      to += 2;
    }
    for (; to < end; to += 2) store<u16>(to, 0);
    codes = end;
  }
}

/** Adds to each byte of `sum` the number of bits in which those of a and b differ. */
@inline
function differing(a: v128, b: v128, sum: v128): v128 {
  return i8x16.add(sum, i8x16.popcnt(v128.xor(a, b)));
}

/** Sixteen bytes added up in four lanes. */
@inline
function widen(sum: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_u(sum));
}

@inline
function total(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3);
}

@inline
function add(p: usize, v: i32): void {
  store<i32>(p, load<i32>(p) + v);
}

/** Vectors whose differing bits, 8 each at most, a byte can count. */
const MOST: i32 = 31;

/** Adds `times` the number of bits in which two rows of `vectors` vectors differ. */
function addDistance(a: usize, b: usize, vectors: i32, times: i32, to: usize): void {
  let all = i32x4.splat(0);
  for (let left = vectors; left > 0; left -= MOST) {
    let sum = i32x4.splat(0);
    const end = a + (<usize> min(left, MOST) << 4);
    for (; a != end; a += 16) {
      sum = differing(v128.load(a), v128.load(b), sum);
      b += 16;
    }
    all = i32x4.add(all, widen(sum));
  }
  add(to, times * total(all));
}

/** The same for two rows at `a`, `pitch` bytes apart, with two at `b`; `row` bytes from one line of results to the next. */
function addFourDistances(
  a: usize,
  b: usize,
  pitch: usize,
  vectors: i32,
  times: i32,
  to: usize,
  row: usize,
): void {
  let all0 = i32x4.splat(0), all1 = all0, all2 = all0, all3 = all0;
  for (let left = vectors; left > 0; left -= MOST) {
    let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    const end = a + (<usize> min(left, MOST) << 4);
    for (; a != end; a += 16) {
      const x0 = v128.load(a), x1 = v128.load(a + pitch);
      const y0 = v128.load(b), y1 = v128.load(b + pitch);
      s0 = differing(x0, y0, s0);
      s1 = differing(x0, y1, s1);
      s2 = differing(x1, y0, s2);
      s3 = differing(x1, y1, s3);
      b += 16;
    }
    all0 = i32x4.add(all0, widen(s0));
    all1 = i32x4.add(all1, widen(s1));
    all2 = i32x4.add(all2, widen(s2));
    all3 = i32x4.add(all3, widen(s3));
  }
  add(to, times * total(all0));
  add(to + 4, times * total(all1));
  add(to + row, times * total(all2));
  add(to + row + 4, times * total(all3));
}

/**
 * Adds to `distances`, int32 [rows, rows], `times` the number of bits in which each row of codes, `pitch`
 * bytes apart and a multiple of 16, differs from each before it. Only what lies below the diagonal is written.
 */
export function addCodeDistances(
  codes: usize,
  distances: usize,
  rows: i32,
  pitch: usize,
  times: i32,
): void {
  const vectors = <i32> (pitch >> 4), row = bytes(rows);
  for (let i = 0; i < rows; i += 2) {
    const a = codes + <usize> i * pitch, to = distances + <usize> i * row;
    if (i + 1 == rows) {
      for (let j = 0; j < i; j++) {
        addDistance(a, codes + <usize> j * pitch, vectors, times, to + bytes(j));
      }
      break;
    }
    for (let j = 0; j < i; j += 2) {
      addFourDistances(a, codes + <usize> j * pitch, pitch, vectors, times, to + bytes(j), row);
    }
    addDistance(a + pitch, a, vectors, times, to + row + bytes(i));
  }
}
