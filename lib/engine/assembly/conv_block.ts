import { bytes, fma, splat } from "./common";
import { narrowBlock, wideBlock } from "./conv_lane_block";
import { put, settle, WRITE } from "./settle";

/**
 * The heart of the direct convolution: `rows` (1 to 6) output pixels times 4 or 8 output channels
 * held in registers, over all taps. `rows` and `wide` are constants at every call, so that what is
 * not needed falls away.
 *
 * `x`: the first pixel's first tap; `w`: a packed panel [taps][runs][depth][4 or 8].
 * Each of `taps` filter rows reads `runs` runs of `depth` floats, four at a time.
 */
@inline
function block(
  rows: i32,
  wide: bool,
  x: usize,
  w: usize,
  y: usize,
  taps: i32,
  runs: i32,
  depth: i32,
  xPixel: usize,
  xTap: usize,
  xRun: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  let v = a0, w0 = a0, w1 = a0;
  const xPixel2 = xPixel + xPixel;
  const wStep: usize = wide ? 32 : 16;
  for (let t = 0; t < taps; t++) {
    let run = x;
    for (let r = 0; r < runs; r++) {
      let p = run, q = run + xPixel2 + xPixel;
      const fours = w + <usize> (depth >> 2) * (4 * wStep), end = w + <usize> depth * wStep;
      while (w != fours) {
        w0 = wide ? v128.load(w) : v128.load(w);
        if (wide) w1 = v128.load(w, 16);
        v = splat(p); a0 = fma(v, w0, a0); if (wide) b0 = fma(v, w1, b0);
        if (rows > 1) { v = splat(p + xPixel); a1 = fma(v, w0, a1); if (wide) b1 = fma(v, w1, b1); }
        if (rows > 2) { v = splat(p + xPixel2); a2 = fma(v, w0, a2); if (wide) b2 = fma(v, w1, b2); }
        if (rows > 3) { v = splat(q); a3 = fma(v, w0, a3); if (wide) b3 = fma(v, w1, b3); }
        if (rows > 4) { v = splat(q + xPixel); a4 = fma(v, w0, a4); if (wide) b4 = fma(v, w1, b4); }
        if (rows > 5) { v = splat(q + xPixel2); a5 = fma(v, w0, a5); if (wide) b5 = fma(v, w1, b5); }
        w0 = wide ? v128.load(w, 32) : v128.load(w, 16);
        if (wide) w1 = v128.load(w, 48);
        v = splat(p + 4); a0 = fma(v, w0, a0); if (wide) b0 = fma(v, w1, b0);
        if (rows > 1) { v = splat(p + xPixel + 4); a1 = fma(v, w0, a1); if (wide) b1 = fma(v, w1, b1); }
        if (rows > 2) { v = splat(p + xPixel2 + 4); a2 = fma(v, w0, a2); if (wide) b2 = fma(v, w1, b2); }
        if (rows > 3) { v = splat(q + 4); a3 = fma(v, w0, a3); if (wide) b3 = fma(v, w1, b3); }
        if (rows > 4) { v = splat(q + xPixel + 4); a4 = fma(v, w0, a4); if (wide) b4 = fma(v, w1, b4); }
        if (rows > 5) { v = splat(q + xPixel2 + 4); a5 = fma(v, w0, a5); if (wide) b5 = fma(v, w1, b5); }
        w0 = wide ? v128.load(w, 64) : v128.load(w, 32);
        if (wide) w1 = v128.load(w, 80);
        v = splat(p + 8); a0 = fma(v, w0, a0); if (wide) b0 = fma(v, w1, b0);
        if (rows > 1) { v = splat(p + xPixel + 8); a1 = fma(v, w0, a1); if (wide) b1 = fma(v, w1, b1); }
        if (rows > 2) { v = splat(p + xPixel2 + 8); a2 = fma(v, w0, a2); if (wide) b2 = fma(v, w1, b2); }
        if (rows > 3) { v = splat(q + 8); a3 = fma(v, w0, a3); if (wide) b3 = fma(v, w1, b3); }
        if (rows > 4) { v = splat(q + xPixel + 8); a4 = fma(v, w0, a4); if (wide) b4 = fma(v, w1, b4); }
        if (rows > 5) { v = splat(q + xPixel2 + 8); a5 = fma(v, w0, a5); if (wide) b5 = fma(v, w1, b5); }
        w0 = wide ? v128.load(w, 96) : v128.load(w, 48);
        if (wide) w1 = v128.load(w, 112);
        v = splat(p + 12); a0 = fma(v, w0, a0); if (wide) b0 = fma(v, w1, b0);
        if (rows > 1) { v = splat(p + xPixel + 12); a1 = fma(v, w0, a1); if (wide) b1 = fma(v, w1, b1); }
        if (rows > 2) { v = splat(p + xPixel2 + 12); a2 = fma(v, w0, a2); if (wide) b2 = fma(v, w1, b2); }
        if (rows > 3) { v = splat(q + 12); a3 = fma(v, w0, a3); if (wide) b3 = fma(v, w1, b3); }
        if (rows > 4) { v = splat(q + xPixel + 12); a4 = fma(v, w0, a4); if (wide) b4 = fma(v, w1, b4); }
        if (rows > 5) { v = splat(q + xPixel2 + 12); a5 = fma(v, w0, a5); if (wide) b5 = fma(v, w1, b5); }
        p += 16;
        if (rows > 3) q += 16;
        w += 4 * wStep;
      }
      while (w != end) {
        w0 = wide ? v128.load(w) : v128.load(w);
        if (wide) w1 = v128.load(w, 16);
        v = splat(p); a0 = fma(v, w0, a0); if (wide) b0 = fma(v, w1, b0);
        if (rows > 1) { v = splat(p + xPixel); a1 = fma(v, w0, a1); if (wide) b1 = fma(v, w1, b1); }
        if (rows > 2) { v = splat(p + xPixel2); a2 = fma(v, w0, a2); if (wide) b2 = fma(v, w1, b2); }
        if (rows > 3) { v = splat(q); a3 = fma(v, w0, a3); if (wide) b3 = fma(v, w1, b3); }
        if (rows > 4) { v = splat(q + xPixel); a4 = fma(v, w0, a4); if (wide) b4 = fma(v, w1, b4); }
        if (rows > 5) { v = splat(q + xPixel2); a5 = fma(v, w0, a5); if (wide) b5 = fma(v, w1, b5); }
        p += 4;
        if (rows > 3) q += 4;
        w += wStep;
      }
      run += xRun;
    }
    x += xTap;
  }
  let to = y;
  if (how == WRITE) {
    v128.store(to, a0);
    if (wide) v128.store(to, b0, 16);
    if (rows > 1) { to += yPixel; v128.store(to, a1); if (wide) v128.store(to, b1, 16); }
    if (rows > 2) { to += yPixel; v128.store(to, a2); if (wide) v128.store(to, b2, 16); }
    if (rows > 3) { to += yPixel; v128.store(to, a3); if (wide) v128.store(to, b3, 16); }
    if (rows > 4) { to += yPixel; v128.store(to, a4); if (wide) v128.store(to, b4, 16); }
    if (rows > 5) { to += yPixel; v128.store(to, a5); if (wide) v128.store(to, b5, 16); }
  } else {
    put(how, hide, to, a0);
    if (wide) put(how, hide, to + 16, b0);
    if (rows > 1) { to += yPixel; put(how, hide, to, a1); if (wide) put(how, hide, to + 16, b1); }
    if (rows > 2) { to += yPixel; put(how, hide, to, a2); if (wide) put(how, hide, to + 16, b2); }
    if (rows > 3) { to += yPixel; put(how, hide, to, a3); if (wide) put(how, hide, to + 16, b3); }
    if (rows > 4) { to += yPixel; put(how, hide, to, a4); if (wide) put(how, hide, to + 16, b4); }
    if (rows > 5) { to += yPixel; put(how, hide, to, a5); if (wide) put(how, hide, to + 16, b5); }
  }
}

/** `n` output pixels in a row against a panel of 8 columns. Six spill without fused madd. */
function wideRow(
  x: usize,
  w: usize,
  y: usize,
  n: i32,
  taps: i32,
  runs: i32,
  depth: i32,
  xPixel: usize,
  xTap: usize,
  xRun: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  while (n > 0) {
    let done = 1;
    if (ASC_FEATURE_RELAXED_SIMD && n >= 6 && n != 8) {
      block(6, true, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
      done = 6;
    } else if (n >= 4) {
      wideBlock(x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
      done = 4;
    } else if (n >= 2) {
      block(2, true, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
      done = 2;
    } else {
      block(1, true, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
    }
    n -= done;
    x += <usize> done * xPixel;
    y += <usize> done * yPixel;
  }
}

/** `n` output pixels in a row against a panel of 4 columns. */
function narrowRow(
  x: usize,
  w: usize,
  y: usize,
  n: i32,
  taps: i32,
  runs: i32,
  depth: i32,
  xPixel: usize,
  xTap: usize,
  xRun: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  while (n > 0) {
    let done = 1;
    if (n >= 8) {
      narrowBlock(true, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
      done = 8;
    } else if (n >= 4) {
      narrowBlock(false, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
      done = 4;
    } else if (n >= 2) {
      block(2, false, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
      done = 2;
    } else {
      block(1, false, x, w, y, taps, runs, depth, xPixel, xTap, xRun, yPixel, how, hide);
    }
    n -= done;
    x += <usize> done * xPixel;
    y += <usize> done * yPixel;
  }
}

/** Columns of the panel that starts where `left` columns are left. */
@inline
export function panelWidth(left: i32): i32 {
  return left > 4 ? 8 : 4;
}

/** Columns that the panels of `columns` columns take together. */
export function panelColumns(columns: i32): i32 {
  return (columns & ~7) + ((columns & 7) == 0 ? 0 : panelWidth(columns & 7));
}

/**
 * Convolves one framed image [.., .., cin] into `rows` x `columns` pixels of `cout` channels.
 * `temporary`: `columns` * 8 floats, used where the last panel is not full. For `how` and `hide` see
 * `settle.ts`.
 */
export function convolveImage(
  x: usize,
  w: usize,
  y: usize,
  temporary: usize,
  rows: i32,
  columns: i32,
  cin: i32,
  cout: i32,
  kh: i32,
  kw: i32,
  dilation: i32,
  xRow: usize,
  xPixel: usize,
  xTap: usize,
  yRow: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  // Without dilation the taps of a filter row lie side by side: one long run.
  const runs = dilation == 1 ? 1 : kw;
  const depth = dilation == 1 ? kw * cin : cin;
  const xRun = bytes(dilation * cin);
  for (let c = 0; c < cout;) {
    const left = cout - c;
    const width = panelWidth(left);
    const whole = left >= width;
    for (let i = 0; i < rows; i++) {
      const from = x + <usize> i * xRow;
      const to = y + <usize> i * yRow + bytes(c);
      const target = whole ? to : temporary;
      const pixel = whole ? yPixel : bytes(width), first = whole ? how : WRITE;
      if (width == 8) {
        wideRow(from, w, target, columns, kh, runs, depth, xPixel, xTap, xRun, pixel, first, hide);
      } else {
        narrowRow(from, w, target, columns, kh, runs, depth, xPixel, xTap, xRun, pixel, first, hide);
      }
      if (!whole) {
        for (let j = 0; j < columns; j++) {
          settle(how, hide, to + <usize> j * yPixel, temporary + bytes(j * width), left);
        }
      }
    }
    w += bytes(kh * kw * cin * width);
    c += width;
  }
}

/**
 * A matrix x [rows, depth] with rows of `xPixel` bytes times packed panels that hold `columns` columns
 * together, into y with rows of `yPixel` bytes.
 */
export function convolveRows(
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  xPixel: usize,
  yPixel: usize,
): void {
  for (let c = 0; c < columns;) {
    const width = panelWidth(columns - c);
    if (width == 8) wideRow(x, w, y, rows, 1, 1, depth, xPixel, 0, 0, yPixel, WRITE, 0);
    else narrowRow(x, w, y, rows, 1, 1, depth, xPixel, 0, 0, yPixel, WRITE, 0);
    w += bytes(depth * width);
    y += bytes(width);
    c += width;
  }
}
