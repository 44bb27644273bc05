import { bytes, loadSome, rectify } from "./common";
import { four, inputValues, minusFour, slopeValues, two } from "./winograd";

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
  p: usize,
  pixel: usize,
  q: usize,
  plane: usize,
  two: v128,
  four: v128,
): void {
  const d0 = v128.load(p);
  p += pixel;
  const d1 = v128.load(p);
  p += pixel;
  const d2 = v128.load(p);
  p += pixel;
  const d3 = v128.load(p);
  slopeValues(d0, d1, d2, d3, q, plane, two, four);
}

/** Tiles of 4 that cover `size` pixels. */
@inline
export function tilesAlong(size: i32): i32 {
  return (size + 3) >> 2;
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
 * The tiles of one row of tiles of an image [h, .., c], whose first input row is `top`, to values at `v`, 36
 * planes `plane` bytes apart of rows of `vPixel` bytes, one row a tile. `run`: the floats of an image row
 * that count; `margin`: bytes before them in the strip.
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
  tiles: i32,
  c: i32,
  vPixel: usize,
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
    for (let k: usize = 0; k < vPixel; k += 16) {
      let p = strip + k, q = v + k;
      for (let s = 0; s < 6; s += 2) {
        inputPixels(p, pixel, q, plane, f, mf);
        inputPixels(p + pitch, pixel, q + planes, plane, f, mf);
        p += 2 * pitch;
        q += 2 * planes;
      }
    }
    strip += 4 * pixel;
    v += vPixel;
  }
}

/**
 * As {@link inputStrip}, for tiles of gradients of 4x4 outputs: rows `top` to `top` + 3 of dy [h, .., c],
 * whose rows of `run` floats begin the strip's.
 */
export function slopeStrip(
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
  constants: usize,
): void {
  const t = two(constants), f = four(constants);
  const imagePitch = bytes(run);
  let r0 = rowAt(image, zeros, top, h, imagePitch);
  let r1 = rowAt(image, zeros, top + 1, h, imagePitch);
  let r2 = rowAt(image, zeros, top + 2, h, imagePitch);
  let r3 = rowAt(image, zeros, top + 3, h, imagePitch);
  let left = run, to = strip;
  for (; left >= 4; left -= 4) {
    const d0 = v128.load(r0), d1 = v128.load(r1), d2 = v128.load(r2), d3 = v128.load(r3);
    slopeValues(d0, d1, d2, d3, to, pitch, t, f);
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
    to += 16;
  }
  if (left > 0) {
    const d0 = loadSome(r0, left), d1 = loadSome(r1, left);
    const d2 = loadSome(r2, left), d3 = loadSome(r3, left);
    slopeValues(d0, d1, d2, d3, to, pitch, t, f);
  }
  const pixel = bytes(c), planes = 6 * plane;
  for (let j = 0; j < tiles; j++) {
    for (let k: usize = 0; k < vPixel; k += 16) {
      let p = strip + k, q = v + k;
      for (let s = 0; s < 6; s += 2) {
        slopePixels(p, pixel, q, plane, t, f);
        slopePixels(p + pitch, pixel, q + planes, plane, t, f);
        p += 2 * pitch;
        q += 2 * planes;
      }
    }
    strip += 4 * pixel;
    v += vPixel;
  }
}
