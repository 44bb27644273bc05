import { bytes, fma, splat, up4 } from "./common";
import { put, settle, WRITE } from "./settle";

// A convolution three taps wide at stride 1: a row of output pixels slides along its input. Each input
// value is loaded once and meets all three taps of a row, which takes half the loads a product that the
// general block needs. Each load costs a bounds check as well, where the runtime has no other guard.

/**
 * `pixels` (1 to 11) output pixels in a row, or as many (1 to 5) in each of two rows, times 4 output
 * channels, held in registers over all filter rows and input channels. `two` and `pixels` are constants at
 * every call. `x`: the first pixel's first tap; `w`: a packed panel [kh][cin][3][4]. The second row lies
 * `xNext` and `yNext` bytes on.
 */
@inline
function block(
  two: bool,
  pixels: i32,
  x: usize,
  w: usize,
  y: usize,
  kh: i32,
  cin: i32,
  xRow: usize,
  xNext: usize,
  yNext: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  const xPixel = bytes(cin);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  let a6 = a0, a7 = a0, a8 = a0, a9 = a0, a10 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, v = a0;
  for (let t = 0; t < kh; t++) {
    let from = x;
    const end = x + xPixel;
    do {
      const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32);
      let p = from;
      v = splat(p); a0 = fma(v, w0, a0);
      p += xPixel; v = splat(p); a0 = fma(v, w1, a0); if (pixels > 1) a1 = fma(v, w0, a1);
      p += xPixel; v = splat(p); a0 = fma(v, w2, a0);
      if (pixels > 1) a1 = fma(v, w1, a1);
      if (pixels > 2) a2 = fma(v, w0, a2);
      if (pixels > 1) {
        p += xPixel; v = splat(p); a1 = fma(v, w2, a1);
        if (pixels > 2) a2 = fma(v, w1, a2);
        if (pixels > 3) a3 = fma(v, w0, a3);
      }
      if (pixels > 2) {
        p += xPixel; v = splat(p); a2 = fma(v, w2, a2);
        if (pixels > 3) a3 = fma(v, w1, a3);
        if (pixels > 4) a4 = fma(v, w0, a4);
      }
      if (pixels > 3) {
        p += xPixel; v = splat(p); a3 = fma(v, w2, a3);
        if (pixels > 4) a4 = fma(v, w1, a4);
        if (pixels > 5) a5 = fma(v, w0, a5);
      }
      if (pixels > 4) {
        p += xPixel; v = splat(p); a4 = fma(v, w2, a4);
        if (pixels > 5) a5 = fma(v, w1, a5);
        if (pixels > 6) a6 = fma(v, w0, a6);
      }
      if (pixels > 5) {
        p += xPixel; v = splat(p); a5 = fma(v, w2, a5);
        if (pixels > 6) a6 = fma(v, w1, a6);
        if (pixels > 7) a7 = fma(v, w0, a7);
      }
      if (pixels > 6) {
        p += xPixel; v = splat(p); a6 = fma(v, w2, a6);
        if (pixels > 7) a7 = fma(v, w1, a7);
        if (pixels > 8) a8 = fma(v, w0, a8);
      }
      if (pixels > 7) {
        p += xPixel; v = splat(p); a7 = fma(v, w2, a7);
        if (pixels > 8) a8 = fma(v, w1, a8);
        if (pixels > 9) a9 = fma(v, w0, a9);
      }
      if (pixels > 8) {
        p += xPixel; v = splat(p); a8 = fma(v, w2, a8);
        if (pixels > 9) a9 = fma(v, w1, a9);
        if (pixels > 10) a10 = fma(v, w0, a10);
      }
      if (pixels > 9) {
        p += xPixel; v = splat(p); a9 = fma(v, w2, a9);
        if (pixels > 10) a10 = fma(v, w1, a10);
      }
      if (pixels > 10) {
        p += xPixel; v = splat(p); a10 = fma(v, w2, a10);
      }
      if (two) {
        p = from + xNext;
        v = splat(p); b0 = fma(v, w0, b0);
        p += xPixel; v = splat(p); b0 = fma(v, w1, b0); if (pixels > 1) b1 = fma(v, w0, b1);
        p += xPixel; v = splat(p); b0 = fma(v, w2, b0);
        if (pixels > 1) b1 = fma(v, w1, b1);
        if (pixels > 2) b2 = fma(v, w0, b2);
        if (pixels > 1) {
          p += xPixel; v = splat(p); b1 = fma(v, w2, b1);
          if (pixels > 2) b2 = fma(v, w1, b2);
          if (pixels > 3) b3 = fma(v, w0, b3);
        }
        if (pixels > 2) {
          p += xPixel; v = splat(p); b2 = fma(v, w2, b2);
          if (pixels > 3) b3 = fma(v, w1, b3);
          if (pixels > 4) b4 = fma(v, w0, b4);
        }
        if (pixels > 3) {
          p += xPixel; v = splat(p); b3 = fma(v, w2, b3);
          if (pixels > 4) b4 = fma(v, w1, b4);
        }
        if (pixels > 4) {
          p += xPixel; v = splat(p); b4 = fma(v, w2, b4);
        }
      }
      from += 4;
      w += 48;
    } while (from != end);
    x += xRow;
  }
  let to = y;
  if (how == WRITE) {
    v128.store(to, a0);
    if (pixels > 1) { to += yPixel; v128.store(to, a1); }
    if (pixels > 2) { to += yPixel; v128.store(to, a2); }
    if (pixels > 3) { to += yPixel; v128.store(to, a3); }
    if (pixels > 4) { to += yPixel; v128.store(to, a4); }
    if (pixels > 5) { to += yPixel; v128.store(to, a5); }
    if (pixels > 6) { to += yPixel; v128.store(to, a6); }
    if (pixels > 7) { to += yPixel; v128.store(to, a7); }
    if (pixels > 8) { to += yPixel; v128.store(to, a8); }
    if (pixels > 9) { to += yPixel; v128.store(to, a9); }
    if (pixels > 10) { to += yPixel; v128.store(to, a10); }
    if (two) {
      to = y + yNext;
      v128.store(to, b0);
      if (pixels > 1) { to += yPixel; v128.store(to, b1); }
      if (pixels > 2) { to += yPixel; v128.store(to, b2); }
      if (pixels > 3) { to += yPixel; v128.store(to, b3); }
      if (pixels > 4) { to += yPixel; v128.store(to, b4); }
    }
  } else {
    put(how, hide, to, a0);
    if (pixels > 1) { to += yPixel; put(how, hide, to, a1); }
    if (pixels > 2) { to += yPixel; put(how, hide, to, a2); }
    if (pixels > 3) { to += yPixel; put(how, hide, to, a3); }
    if (pixels > 4) { to += yPixel; put(how, hide, to, a4); }
    if (pixels > 5) { to += yPixel; put(how, hide, to, a5); }
    if (pixels > 6) { to += yPixel; put(how, hide, to, a6); }
    if (pixels > 7) { to += yPixel; put(how, hide, to, a7); }
    if (pixels > 8) { to += yPixel; put(how, hide, to, a8); }
    if (pixels > 9) { to += yPixel; put(how, hide, to, a9); }
    if (pixels > 10) { to += yPixel; put(how, hide, to, a10); }
    // A row that is paired with itself is added once.
    if (two && yNext != 0) {
      to = y + yNext;
      put(how, hide, to, b0);
      if (pixels > 1) { to += yPixel; put(how, hide, to, b1); }
      if (pixels > 2) { to += yPixel; put(how, hide, to, b2); }
      if (pixels > 3) { to += yPixel; put(how, hide, to, b3); }
      if (pixels > 4) { to += yPixel; put(how, hide, to, b4); }
    }
  }
}

/**
 * `rows` rows of `pixels` output pixels. It takes about ten sums at a time to keep the multipliers busy, so
 * that short rows pair up; an odd one at the end is paired with itself.
 */
@inline
function piece(
  pixels: i32,
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  kh: i32,
  cin: i32,
  xRow: usize,
  yRow: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  if (pixels > 5) {
    for (let i = 0; i < rows; i++) {
      block(false, pixels, x, w, y, kh, cin, xRow, 0, 0, yPixel, how, hide);
      x += xRow;
      y += yRow;
    }
  } else {
    for (let left = rows; left > 0; left -= 2) {
      const alone = left == 1;
      const xNext = alone ? 0 : xRow, yNext = alone ? 0 : yRow;
      block(true, pixels, x, w, y, kh, cin, xRow, xNext, yNext, yPixel, how, hide);
      x += 2 * xRow;
      y += 2 * yRow;
    }
  }
}

/** One panel of 4 output channels of `rows` rows of `columns` pixels. */
function slidePanel(
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  columns: i32,
  kh: i32,
  cin: i32,
  xRow: usize,
  yRow: usize,
  yPixel: usize,
  how: i32,
  hide: usize,
): void {
  // Pieces of 9 to 11 pixels where a row falls into such, else one of 5 and the others alike.
  let pieces = (columns + 10) / 11, first = 0;
  if (pieces > 1 && 2 * columns < 17 * pieces) {
    first = 5;
    pieces = (columns + 5) / 11;
  }
  for (let k = first > 0 ? -1 : 0; k < pieces; k++) {
    const from = k < 0 ? 0 : first + (columns - first) * k / pieces;
    const pixels = (k < 0 ? first : first + (columns - first) * (k + 1) / pieces) - from;
    const p = x + bytes(from * cin), q = y + <usize> from * yPixel;
    switch (pixels) {
      case 1: piece(1, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 2: piece(2, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 3: piece(3, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 4: piece(4, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 5: piece(5, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 6: piece(6, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 7: piece(7, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 8: piece(8, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 9: piece(9, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 10: piece(10, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
      case 11: piece(11, p, w, q, rows, kh, cin, xRow, yRow, yPixel, how, hide); break;
    }
  }
}

/** Whether {@link slideImage} takes a convolution. */
@inline
export function slides(
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
): bool {
  return kw == 3 && strideH == 1 && strideW == 1 && dilationH == 1 && dilationW == 1;
}

/** Bytes of the panels of a filter [kh, 3, cin, cout]. */
export function slidePacked(kh: i32, cin: i32, cout: i32): usize {
  return bytes(kh * 3 * cin * up4(cout));
}

/**
 * Convolves one framed image with rows of `xRow` bytes into `rows` x `columns` pixels of `cout` channels.
 * `temporary`: `rows` * `columns` * 4 floats, used where the last panel is not full. For `how` and `hide`
 * see `settle.ts`.
 */
export function slideImage(
  x: usize,
  w: usize,
  y: usize,
  temporary: usize,
  rows: i32,
  columns: i32,
  kh: i32,
  cin: i32,
  cout: i32,
  xRow: usize,
  how: i32,
  hide: usize,
): void {
  const yPixel = bytes(cout), yRow = bytes(columns * cout);
  let c = 0;
  for (; c + 4 <= cout; c += 4) {
    slidePanel(x, w, y + bytes(c), rows, columns, kh, cin, xRow, yRow, yPixel, how, hide);
    w += slidePacked(kh, cin, 4);
  }
  if (c < cout) {
    slidePanel(x, w, temporary, rows, columns, kh, cin, xRow, bytes(columns * 4), 16, WRITE, 0);
    for (let i = 0; i < rows * columns; i++) {
      settle(how, hide, y + bytes(i * cout + c), temporary + bytes(i * 4), cout - c);
    }
  }
}
