import { bytes, fma } from "./common";
import { gcd } from "./phases";

// Batch normalisation of x [m, c] over its rows. Any channel count runs at full width: the data is
// read as rows of lcm(c, 16) floats, in which column j always belongs to channel j % c, and taken in
// blocks of 16 columns. What is left over at the end is less than one such row.
//
// Sums are kept in float32 for `CHUNK` rows and then added in float64, and the sum of squares is taken
// of the distance to a first estimate of the mean, so that neither long batches nor means far from 0
// lose digits.

const CHUNK: i32 = 128;

/** Adds, for 16 columns, the sums of (a - shift) and of (a - shift) * (b - shift') to float64s. */
@inline
function sums(
  grad: bool,
  x: usize,
  dy: usize,
  rows: i32,
  row: usize,
  shift: usize,
  total: usize,
  square: usize,
): void {
  const k0 = v128.load(shift), k1 = v128.load(shift, 16);
  const k2 = v128.load(shift, 32), k3 = v128.load(shift, 48);
  while (rows > 0) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    const chunk = min(rows, CHUNK);
    for (let r = 0; r < chunk; r++) {
      let v = f32x4.sub(v128.load(x), k0);
      let d = grad ? v128.load(dy) : v;
      s0 = f32x4.add(s0, d);
      q0 = fma(d, v, q0);
      v = f32x4.sub(v128.load(x, 16), k1);
      d = grad ? v128.load(dy, 16) : v;
      s1 = f32x4.add(s1, d);
      q1 = fma(d, v, q1);
      v = f32x4.sub(v128.load(x, 32), k2);
      d = grad ? v128.load(dy, 32) : v;
      s2 = f32x4.add(s2, d);
      q2 = fma(d, v, q2);
      v = f32x4.sub(v128.load(x, 48), k3);
      d = grad ? v128.load(dy, 48) : v;
      s3 = f32x4.add(s3, d);
      q3 = fma(d, v, q3);
      x += row;
      if (grad) dy += row;
    }
    addWide(total, s0);
    addWide(total + 32, s1);
    addWide(total + 64, s2);
    addWide(total + 96, s3);
    addWide(square, q0);
    addWide(square + 32, q1);
    addWide(square + 64, q2);
    addWide(square + 96, q3);
    rows -= chunk;
  }
}

/** Adds four float32s to four float64s in memory. */
@inline
function addWide(p: usize, v: v128): void {
  v128.store(p, f64x2.add(v128.load(p), f64x2.promote_low_f32x4(v)));
  const high = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  v128.store(p, f64x2.add(v128.load(p, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** How many columns the data is read in. */
@inline
export function columnsFor(c: i32): i32 {
  return c / gcd(c, 16) * 16;
}

/** Writes each channel's sums over the rows to `columns` float64s at `total` and at `square`. */
export function columnSums(
  grad: bool,
  x: usize,
  dy: usize,
  m: i32,
  c: i32,
  columns: i32,
  shift: usize,
  total: usize,
  square: usize,
): void {
  const rows = m * c / columns, row = bytes(columns);
  memory.fill(total, 0, <usize> columns << 4);
  for (let j = 0; j < columns; j += 16) {
    const at = bytes(j);
    if (grad) sums(true, x + at, dy + at, rows, row, shift + at, total + 2 * at, square + 2 * at);
    else sums(false, x + at, x + at, rows, row, shift + at, total + 2 * at, square + 2 * at);
  }
  const end = <usize> m * bytes(c);
  for (let at = <usize> rows * row; at < end; at += 4) {
    const j = at - <usize> rows * row;
    const v = load<f32>(x + at) - load<f32>(shift + j);
    const d = grad ? load<f32>(dy + at) : v;
    store<f64>(total + 2 * j, load<f64>(total + 2 * j) + <f64> d);
    store<f64>(square + 2 * j, load<f64>(square + 2 * j) + <f64> d * <f64> v);
  }
}

/** The sum over all columns of channel `k`. */
@inline
export function channelSum(sum: usize, k: i32, c: i32, columns: i32): f64 {
  let all: f64 = 0;
  for (let j = k; j < columns; j += c) all += load<f64>(sum + (<usize> j << 3));
  return all;
}

/** Writes `v` to every column of channel `k`. */
@inline
export function spread(p: usize, k: i32, c: i32, columns: i32, v: f32): void {
  for (let j = k; j < columns; j += c) store<f32>(p + bytes(j), v);
}

/** Writes each channel's mean over the first few rows to every column of `shift`. */
export function guessMeans(x: usize, shift: usize, m: i32, c: i32, columns: i32): void {
  const few = min(m, 4);
  for (let k = 0; k < c; k++) {
    let sum: f64 = 0;
    for (let i = 0; i < few; i++) sum += <f64> load<f32>(x + bytes(i * c + k));
    spread(shift, k, c, columns, <f32> (sum / <f64> few));
  }
}
