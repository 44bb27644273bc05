import { bytes, loadSome, rectify } from "./common";
import { four, inputValues, minusFour, pairValues, slopeValues, two } from "./winograd";

// Images are transformed strip by strip, a strip being the pixels that one row of tiles covers: first down
// the columns, where a row is one run of floats at any channel count and tiles share the columns in which
// they overlap, then along the rows, tile by tile. Between the two lies a strip of six rows with margins
// of zeros. The second step reads whole vectors; what lies beyond the last channel ends up in lanes that
// nobody reads.

/** Six pixels of a strip's row to values along the row. */
@inline
function inputPixels(
  p: usize,
  pixel: usize,
  q: usize,
  plane: usize,
  four: v128,
  minusFour: v128,
): void {
  const d0 = v128.load(p);
  p += pixel;
  const d1 = v128.load(p);
  p += pixel;
  const d2 = v128.load(p);
  p += pixel;
  const d3 = v128.load(p);
  p += pixel;
  const d4 = v128.load(p);
  p += pixel;
  const d5 = v128.load(p);
  inputValues(d0, d1, d2, d3, d4, d5, q, plane, four, minusFour);
}

/** Four pixels of a strip's row of gradients to values along the row. */
@inline
function slopePixels(
  scaled: bool,
  p: usize,
  pixel: usize,
  q: usize,
  plane: usize,
  two: v128,
  four: v128,
  constants: usize,
): void {
  const d0 = v128.load(p);
  p += pixel;
  const d1 = v128.load(p);
  p += pixel;
  const d2 = v128.load(p);
  p += pixel;
  const d3 = v128.load(p);
  slopeValues(scaled, d0, d1, d2, d3, q, plane, two, four, constants);
}

/** Tiles of `tile` (4 or 2) outputs that cover `size` pixels. */
@inline
export function tilesAlong(size: i32, tile: i32): i32 {
  return tile == 4 ? (size + 3) >> 2 : (size + 1) >> 1;
}

/** Bytes between the rows of a strip. */
@inline
export function stripPitch(pixels: i32, channels: i32): usize {
  return (bytes(pixels * channels) + 31) & ~15;
}

/** Where row `i` of an image begins; a row of zeros where it lies outside. */
@inline
function rowAt(image: usize, zeros: usize, i: i32, h: i32, pitch: usize): usize {
  return i >= 0 && i < h ? image + <usize> i * pitch : zeros;
}

@inline
function inputColumns(
  relu: bool,
  image: usize,
  zeros: usize,
  top: i32,
  h: i32,
  imagePitch: usize,
  run: i32,
  q: usize,
  pitch: usize,
  constants: usize,
): void {
  const f = four(constants), mf = minusFour(constants);
  let r0 = rowAt(image, zeros, top, h, imagePitch);
  let r1 = rowAt(image, zeros, top + 1, h, imagePitch);
  let r2 = rowAt(image, zeros, top + 2, h, imagePitch);
  let r3 = rowAt(image, zeros, top + 3, h, imagePitch);
  let r4 = rowAt(image, zeros, top + 4, h, imagePitch);
  let r5 = rowAt(image, zeros, top + 5, h, imagePitch);
  let left = run;
  for (; left >= 4; left -= 4) {
    const d0 = rectify(relu, v128.load(r0)), d1 = rectify(relu, v128.load(r1));
    const d2 = rectify(relu, v128.load(r2)), d3 = rectify(relu, v128.load(r3));
    const d4 = rectify(relu, v128.load(r4)), d5 = rectify(relu, v128.load(r5));
    inputValues(d0, d1, d2, d3, d4, d5, q, pitch, f, mf);
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
    r4 += 16;
    r5 += 16;
    q += 16;
  }
  if (left > 0) {
    const d0 = rectify(relu, loadSome(r0, left)), d1 = rectify(relu, loadSome(r1, left));
    const d2 = rectify(relu, loadSome(r2, left)), d3 = rectify(relu, loadSome(r3, left));
    const d4 = rectify(relu, loadSome(r4, left)), d5 = rectify(relu, loadSome(r5, left));
    inputValues(d0, d1, d2, d3, d4, d5, q, pitch, f, mf);
  }
}

/**
 * The tiles, of `tile` outputs each way, of one row of tiles of an image [h, .., c], whose first input row is
 * `top`, to values at `v`, 36
 * planes `plane` bytes apart of rows of `vPixel` bytes, one row a tile; four channels are `block` bytes from
 * the next four. `run`: the floats of an image row that count; `margin`: bytes before them in the strip.
 */
export function inputStrip(
  relu: bool,
  image: usize,
  zeros: usize,
  top: i32,
  h: i32,
  imagePitch: usize,
  run: i32,
  strip: usize,
  margin: usize,
  pitch: usize,
  v: usize,
  plane: usize,
  tile: i32,
  tiles: i32,
  c: i32,
  vPixel: usize,
  block: usize,
  constants: usize,
): void {
  const at = strip + margin;
  if (relu) {
    inputColumns(true, image, zeros, top, h, imagePitch, run, at, pitch, constants);
  } else {
    inputColumns(false, image, zeros, top, h, imagePitch, run, at, pitch, constants);
  }
  const f = four(constants), mf = minusFour(constants);
  const pixel = bytes(c), planes = 6 * plane;
  for (let j = 0; j < tiles; j++) {
    let to = v;
    for (let k: usize = 0; k < pixel; k += 16) {
      let p = strip + k, q = to;
      for (let s = 0; s < 6; s += 2) {
        inputPixels(p, pixel, q, plane, f, mf);
        inputPixels(p + pitch, pixel, q + planes, plane, f, mf);
        p += 2 * pitch;
        q += 2 * planes;
      }
      to += block;
    }
    strip += <usize> tile * pixel;
    v += vPixel;
  }
}

/**
 * As {@link inputStrip}, for tiles of gradients of 4x4 outputs: rows `top` to `top` + 3 of dy [h, .., c],
 * whose rows of `run` floats begin the strip's. For `scaled` see {@link slopeValues}.
 */
export function slopeStrip(
  scaled: bool,
  image: usize,
  zeros: usize,
  top: i32,
  h: i32,
  run: i32,
  strip: usize,
  pitch: usize,
  v: usize,
  plane: usize,
  tiles: i32,
  c: i32,
  vPixel: usize,
  block: usize,
  constants: usize,
): void {
  const imagePitch = bytes(run);
  const r0 = rowAt(image, zeros, top, h, imagePitch);
  const r1 = rowAt(image, zeros, top + 1, h, imagePitch);
  const r2 = rowAt(image, zeros, top + 2, h, imagePitch);
  const r3 = rowAt(image, zeros, top + 3, h, imagePitch);
  if (scaled) {
    slopes(true, r0, r1, r2, r3, run, strip, pitch, v, plane, tiles, c, vPixel, block, constants);
  } else {
    slopes(false, r0, r1, r2, r3, run, strip, pitch, v, plane, tiles, c, vPixel, block, constants);
  }
}

/** {@link slopeStrip} of four rows. */
@inline
function slopes(
  scaled: bool,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  run: i32,
  strip: usize,
  pitch: usize,
  v: usize,
  plane: usize,
  tiles: i32,
  c: i32,
  vPixel: usize,
  block: usize,
  constants: usize,
): void {
  const t = two(constants), f = four(constants);
  let left = run, at: usize = 0;
  for (; left >= 4; left -= 4) {
    const d0 = v128.load(r0 + at), d1 = v128.load(r1 + at);
    const d2 = v128.load(r2 + at), d3 = v128.load(r3 + at);
    slopeValues(scaled, d0, d1, d2, d3, strip + at, pitch, t, f, constants);
    at += 16;
  }
  if (left > 0) {
    const d0 = loadSome(r0 + at, left), d1 = loadSome(r1 + at, left);
    const d2 = loadSome(r2 + at, left), d3 = loadSome(r3 + at, left);
    slopeValues(scaled, d0, d1, d2, d3, strip + at, pitch, t, f, constants);
  }
  const pixel = bytes(c), planes = 6 * plane;
  for (let j = 0; j < tiles; j++) {
    let to = v;
    for (let k: usize = 0; k < pixel; k += 16) {
      let p = strip + k, q = to;
      for (let s = 0; s < 6; s += 2) {
        slopePixels(scaled, p, pixel, q, plane, t, f, constants);
        slopePixels(scaled, p + pitch, pixel, q + planes, plane, t, f, constants);
        p += 2 * pitch;
        q += 2 * planes;
      }
      to += block;
    }
    strip += 4 * pixel;
    v += vPixel;
  }
}

/** As {@link slopeStrip}, for tiles of 2x2 outputs: rows `top` and `top` + 1 of dy. */
export function pairStrip(
  image: usize,
  zeros: usize,
  top: i32,
  h: i32,
  run: i32,
  strip: usize,
  pitch: usize,
  v: usize,
  plane: usize,
  tiles: i32,
  c: i32,
  vPixel: usize,
): void {
  const imagePitch = bytes(run);
  const r0 = rowAt(image, zeros, top, h, imagePitch);
  const r1 = rowAt(image, zeros, top + 1, h, imagePitch);
  let left = run, at: usize = 0;
  for (; left >= 4; left -= 4) {
    pairValues(v128.load(r0 + at), v128.load(r1 + at), strip + at, pitch);
    at += 16;
  }
  if (left > 0) pairValues(loadSome(r0 + at, left), loadSome(r1 + at, left), strip + at, pitch);
  const pixel = bytes(c), planes = 6 * plane;
  for (let j = 0; j < tiles; j++) {
    for (let k: usize = 0; k < pixel; k += 16) {
      let p = strip + k, q = v + k;
      for (let s = 0; s < 6; s++) {
        pairValues(v128.load(p), v128.load(p + pixel), q, plane);
        p += pitch;
        q += planes;
      }
    }
    strip += 2 * pixel;
    v += vPixel;
  }
}
