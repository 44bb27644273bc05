import { bytes, fma, lane, splat } from "./common";
import { panelWidth } from "./conv_block";
import { measure, SUM } from "./sample_mode";

/**
 * The heart of the filter gradient: `rows` (1 to 6) filter rows times 4 or 8 output channels held in
 * registers, over all output pixels of `images` images, four at a time; its `mode` is added to what is in
 * `g`. `rows` and `wide` are constants at every call.
 */
@inline
function block(
  rows: i32,
  wide: bool,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  let v = a0, d0 = a0, d1 = a0;
  for (let n = 0; n < images; n++) {
    let line = x;
    for (let i = 0; i < oh; i++) {
      let p = line, left = ow;
      for (; left >= 4; left -= 4) {
        d0 = v128.load(dy); if (wide) d1 = v128.load(dy, 16);
        v = splat(p); a0 = fma(v, d0, a0); if (wide) b0 = fma(v, d1, b0);
        if (rows > 1) { v = splat(p + 4); a1 = fma(v, d0, a1); if (wide) b1 = fma(v, d1, b1); }
        if (rows > 2) { v = splat(p + 8); a2 = fma(v, d0, a2); if (wide) b2 = fma(v, d1, b2); }
        if (rows > 3) { v = splat(p + 12); a3 = fma(v, d0, a3); if (wide) b3 = fma(v, d1, b3); }
        if (rows > 4) { v = splat(p + 16); a4 = fma(v, d0, a4); if (wide) b4 = fma(v, d1, b4); }
        if (rows > 5) { v = splat(p + 20); a5 = fma(v, d0, a5); if (wide) b5 = fma(v, d1, b5); }
        p += xPixel; dy += dyPixel;
        d0 = v128.load(dy); if (wide) d1 = v128.load(dy, 16);
        v = splat(p); a0 = fma(v, d0, a0); if (wide) b0 = fma(v, d1, b0);
        if (rows > 1) { v = splat(p + 4); a1 = fma(v, d0, a1); if (wide) b1 = fma(v, d1, b1); }
        if (rows > 2) { v = splat(p + 8); a2 = fma(v, d0, a2); if (wide) b2 = fma(v, d1, b2); }
        if (rows > 3) { v = splat(p + 12); a3 = fma(v, d0, a3); if (wide) b3 = fma(v, d1, b3); }
        if (rows > 4) { v = splat(p + 16); a4 = fma(v, d0, a4); if (wide) b4 = fma(v, d1, b4); }
        if (rows > 5) { v = splat(p + 20); a5 = fma(v, d0, a5); if (wide) b5 = fma(v, d1, b5); }
        p += xPixel; dy += dyPixel;
        d0 = v128.load(dy); if (wide) d1 = v128.load(dy, 16);
        v = splat(p); a0 = fma(v, d0, a0); if (wide) b0 = fma(v, d1, b0);
        if (rows > 1) { v = splat(p + 4); a1 = fma(v, d0, a1); if (wide) b1 = fma(v, d1, b1); }
        if (rows > 2) { v = splat(p + 8); a2 = fma(v, d0, a2); if (wide) b2 = fma(v, d1, b2); }
        if (rows > 3) { v = splat(p + 12); a3 = fma(v, d0, a3); if (wide) b3 = fma(v, d1, b3); }
        if (rows > 4) { v = splat(p + 16); a4 = fma(v, d0, a4); if (wide) b4 = fma(v, d1, b4); }
        if (rows > 5) { v = splat(p + 20); a5 = fma(v, d0, a5); if (wide) b5 = fma(v, d1, b5); }
        p += xPixel; dy += dyPixel;
        d0 = v128.load(dy); if (wide) d1 = v128.load(dy, 16);
        v = splat(p); a0 = fma(v, d0, a0); if (wide) b0 = fma(v, d1, b0);
        if (rows > 1) { v = splat(p + 4); a1 = fma(v, d0, a1); if (wide) b1 = fma(v, d1, b1); }
        if (rows > 2) { v = splat(p + 8); a2 = fma(v, d0, a2); if (wide) b2 = fma(v, d1, b2); }
        if (rows > 3) { v = splat(p + 12); a3 = fma(v, d0, a3); if (wide) b3 = fma(v, d1, b3); }
        if (rows > 4) { v = splat(p + 16); a4 = fma(v, d0, a4); if (wide) b4 = fma(v, d1, b4); }
        if (rows > 5) { v = splat(p + 20); a5 = fma(v, d0, a5); if (wide) b5 = fma(v, d1, b5); }
        p += xPixel; dy += dyPixel;
      }
      for (; left > 0; left--) {
        d0 = v128.load(dy); if (wide) d1 = v128.load(dy, 16);
        v = splat(p); a0 = fma(v, d0, a0); if (wide) b0 = fma(v, d1, b0);
        if (rows > 1) { v = splat(p + 4); a1 = fma(v, d0, a1); if (wide) b1 = fma(v, d1, b1); }
        if (rows > 2) { v = splat(p + 8); a2 = fma(v, d0, a2); if (wide) b2 = fma(v, d1, b2); }
        if (rows > 3) { v = splat(p + 12); a3 = fma(v, d0, a3); if (wide) b3 = fma(v, d1, b3); }
        if (rows > 4) { v = splat(p + 16); a4 = fma(v, d0, a4); if (wide) b4 = fma(v, d1, b4); }
        if (rows > 5) { v = splat(p + 20); a5 = fma(v, d0, a5); if (wide) b5 = fma(v, d1, b5); }
        p += xPixel; dy += dyPixel;
      }
      line += xRow;
    }
    x += xImage;
  }
  add(wide, mode, g, a0, b0);
  if (rows > 1) { g += gRow; add(wide, mode, g, a1, b1); }
  if (rows > 2) { g += gRow; add(wide, mode, g, a2, b2); }
  if (rows > 3) { g += gRow; add(wide, mode, g, a3, b3); }
  if (rows > 4) { g += gRow; add(wide, mode, g, a4, b4); }
  if (rows > 5) { g += gRow; add(wide, mode, g, a5, b5); }
}

@inline
function add(wide: bool, mode: i32, g: usize, a: v128, b: v128): void {
  v128.store(g, f32x4.add(v128.load(g), measure(mode, a)));
  if (wide) v128.store(g, f32x4.add(v128.load(g, 16), measure(mode, b)), 16);
}

/** As {@link block}, four filter rows times 8 output channels, two pixels at a time. */
@inline
function wideBlock(
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let v = a0, w = a0, d0 = a0, d1 = a0;
  for (let n = 0; n < images; n++) {
    let line = x;
    for (let i = 0; i < oh; i++) {
      let p = line, left = ow;
      for (; left >= 2; left -= 2) {
        d0 = v128.load(dy); d1 = v128.load(dy, 16); v = v128.load(p);
        w = lane(v, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(v, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(v, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(v, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        p += xPixel; dy += dyPixel;
        d0 = v128.load(dy); d1 = v128.load(dy, 16); v = v128.load(p);
        w = lane(v, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(v, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(v, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(v, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        p += xPixel; dy += dyPixel;
      }
      if (left > 0) {
        d0 = v128.load(dy); d1 = v128.load(dy, 16); v = v128.load(p);
        w = lane(v, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(v, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(v, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(v, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        p += xPixel; dy += dyPixel;
      }
      line += xRow;
    }
    x += xImage;
  }
  add(true, mode, g, a0, b0);
  g += gRow; add(true, mode, g, a1, b1);
  g += gRow; add(true, mode, g, a2, b2);
  g += gRow; add(true, mode, g, a3, b3);
}

/**
 * As {@link block}, 4, 8 or 12 filter rows times 4 output channels. Input values are read by fours, whose
 * lanes cost less to spread than a load each.
 */
@inline
function foursBlock(
  rows: i32,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  let a6 = a0, a7 = a0, a8 = a0, a9 = a0, a10 = a0, a11 = a0, v = a0;
  for (let n = 0; n < images; n++) {
    let line = x;
    for (let i = 0; i < oh; i++) {
      let p = line;
      for (let left = ow; left > 0; left--) {
        const d = v128.load(dy);
        v = v128.load(p);
        a0 = fma(lane(v, 0), d, a0);
        a1 = fma(lane(v, 1), d, a1);
        a2 = fma(lane(v, 2), d, a2);
        a3 = fma(lane(v, 3), d, a3);
        if (rows > 4) {
          v = v128.load(p + 16);
          a4 = fma(lane(v, 0), d, a4);
          a5 = fma(lane(v, 1), d, a5);
          a6 = fma(lane(v, 2), d, a6);
          a7 = fma(lane(v, 3), d, a7);
        }
        if (rows > 8) {
          v = v128.load(p + 32);
          a8 = fma(lane(v, 0), d, a8);
          a9 = fma(lane(v, 1), d, a9);
          a10 = fma(lane(v, 2), d, a10);
          a11 = fma(lane(v, 3), d, a11);
        }
        p += xPixel;
        dy += dyPixel;
      }
      line += xRow;
    }
    x += xImage;
  }
  add(false, mode, g, a0, a0);
  g += gRow; add(false, mode, g, a1, a1);
  g += gRow; add(false, mode, g, a2, a2);
  g += gRow; add(false, mode, g, a3, a3);
  if (rows > 4) { g += gRow; add(false, mode, g, a4, a4); }
  if (rows > 4) { g += gRow; add(false, mode, g, a5, a5); }
  if (rows > 4) { g += gRow; add(false, mode, g, a6, a6); }
  if (rows > 4) { g += gRow; add(false, mode, g, a7, a7); }
  if (rows > 8) { g += gRow; add(false, mode, g, a8, a8); }
  if (rows > 8) { g += gRow; add(false, mode, g, a9, a9); }
  if (rows > 8) { g += gRow; add(false, mode, g, a10, a10); }
  if (rows > 8) { g += gRow; add(false, mode, g, a11, a11); }
}

/** All `depth` filter rows of a run against a panel of 8 columns. Six spill without fused madd. */
function wideRun(
  x: usize,
  dy: usize,
  g: usize,
  depth: i32,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  while (depth > 0) {
    let done = 1;
    if (ASC_FEATURE_RELAXED_SIMD && depth >= 6 && depth != 8) {
      block(6, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 6;
    } else if (depth >= 4) {
      wideBlock(x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 4;
    } else if (depth >= 2) {
      block(2, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 2;
    } else {
      block(1, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
    }
    depth -= done;
    x += bytes(done);
    g += <usize> done * gRow;
  }
}

/** All `depth` filter rows of a run against a panel of 4 columns. */
function narrowRun(
  x: usize,
  dy: usize,
  g: usize,
  depth: i32,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  while (depth > 0) {
    let done = 1;
    if (depth >= 12) {
      foursBlock(12, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 12;
    } else if (depth >= 8) {
      foursBlock(8, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 8;
    } else if (depth >= 4) {
      foursBlock(4, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 4;
    } else if (depth >= 2) {
      block(2, false, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 2;
    } else {
      block(1, false, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
    }
    depth -= done;
    x += bytes(done);
    g += <usize> done * gRow;
  }
}

/** Adds one panel's gradient over a group of framed images to `g`, rows of `gRow` bytes. */
export function panelGrad(
  wide: bool,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  cin: i32,
  kh: i32,
  kw: i32,
  dilation: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  xTap: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  const runs = dilation == 1 ? 1 : kw;
  const depth = dilation == 1 ? kw * cin : cin;
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < runs; j++) {
      const from = x + <usize> i * xTap + bytes(j * dilation * cin);
      if (wide) {
        wideRun(from, dy, g, depth, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      } else {
        narrowRun(from, dy, g, depth, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      }
      g += <usize> depth * gRow;
    }
  }
}

/**
 * Adds to g [depth, columns] the product of x [rows, depth] transposed, with rows of `xPixel` bytes, and dy
 * [rows, columns], with rows of `dyPixel` bytes; `columns` is what panels hold together.
 */
export function gradOfRows(
  x: usize,
  dy: usize,
  g: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  xPixel: usize,
  dyPixel: usize,
): void {
  const gRow = bytes(columns);
  for (let c = 0; c < columns;) {
    const width = panelWidth(columns - c);
    if (width == 8) wideRun(x, dy, g, depth, 1, 1, rows, SUM, 0, 0, xPixel, dyPixel, gRow);
    else narrowRun(x, dy, g, depth, 1, 1, rows, SUM, 0, 0, xPixel, dyPixel, gRow);
    dy += bytes(width);
    g += bytes(width);
    c += width;
  }
}
