import { align, bytes, loadSome, scratch, up4 } from "./common";
import { convolveRows, panelColumns, panelWidth } from "./conv_block";
import { gather } from "./conv_pack";
import { putSome, WRITE } from "./settle";
import { CONSTANTS, eight, fiveTapValues, four, outputs, tapValues, two, writeConstants } from "./winograd";
import { inputStrip, stripPitch, tilesAlong } from "./winograd_strip";

// A 3x3 or 5x5 convolution at stride 1 by Winograd's transforms (see `winograd.ts`), some rows of tiles at a time:
// their inputs to 36 planes [tiles, cin], each times its plane of the filter to 36 planes [tiles, cout],
// and those to outputs. The planes of one round stay in the second-level cache; 64 bytes between them keep
// them from meeting in the same lines of the first-level one.

/** Bytes of the planes of one round. */
const ROUND: usize = 262144;

/** Bytes of a plane of `floats` floats. */
@inline
export function planeSize(floats: i32): usize {
  return align(bytes(floats)) + 64;
}

/** How many rows of `along` tiles a round takes, whose planes hold `channels` floats a tile. */
export function stripsPerRound(rows: i32, along: i32, channels: i32): i32 {
  const row = bytes(36 * along * channels);
  return max(1, min(rows, <i32> (ROUND / row)));
}

/** 3x3 or, where `five`, 5x5 vectors of taps, `tapH` and `tapW` bytes apart, to 36 planes. */
@inline
function filterValues(
  five: bool,
  taps: usize,
  tapH: i32,
  tapW: i32,
  lanes: i32,
  q: usize,
  plane: usize,
  work: usize,
  quarter: v128,
  sixth: v128,
  twelfth: v128,
  part: v128,
  four: v128,
): void {
  let p = work;
  const side = five ? 5 : 3, row = <usize> (16 * side);
  for (let j = 0; j < side; j++) {
    const g0 = loadSome(taps, lanes), g1 = loadSome(taps + tapH, lanes);
    const g2 = loadSome(taps + 2 * tapH, lanes);
    if (five) {
      const g3 = loadSome(taps + 3 * tapH, lanes), g4 = loadSome(taps + 4 * tapH, lanes);
      fiveTapValues(g0, g1, g2, g3, g4, p, row, quarter, sixth, twelfth, part, four);
    } else {
      tapValues(g0, g1, g2, p, row, quarter, sixth, twelfth, part);
    }
    taps += tapW;
    p += 16;
  }
  p = work;
  for (let s = 0; s < 6; s++) {
    const g0 = v128.load(p), g1 = v128.load(p, 16), g2 = v128.load(p, 32);
    if (five) {
      const g3 = v128.load(p, 48), g4 = v128.load(p, 64);
      fiveTapValues(g0, g1, g2, g3, g4, q, plane, quarter, sixth, twelfth, part, four);
    } else {
      tapValues(g0, g1, g2, q, plane, quarter, sixth, twelfth, part);
    }
    p += row;
    q += 6 * plane;
  }
}

/** Four vectors `stride` bytes apart to four others `step` bytes apart: a matrix to its transpose. */
@inline
function transpose(p: usize, stride: i32, q: usize, step: usize): void {
  const v0 = v128.load(p), v1 = v128.load(p + stride);
  p += 2 * stride;
  const v2 = v128.load(p), v3 = v128.load(p + stride);
  const a = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), b = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5), d = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
  v128.store(q, v128.shuffle<f32>(a, c, 0, 1, 4, 5));
  q += step;
  v128.store(q, v128.shuffle<f32>(a, c, 2, 3, 6, 7));
  q += step;
  v128.store(q, v128.shuffle<f32>(b, d, 0, 1, 4, 5));
  q += step;
  v128.store(q, v128.shuffle<f32>(b, d, 2, 3, 6, 7));
}

/** Bytes that {@link filterPlanes} works with. */
const FILTER_WORK: usize = 130 * 16;

/**
 * A filter [taps, taps, inner, outer] (3 or, where `five`, 5 taps) with any strides in bytes to 36 planes of
 * panels [outer / 8][inner][8], the last one of 8 or 4.
 */
@inline
function filterPlanes(
  five: bool,
  filter: usize,
  u: usize,
  plane: usize,
  inner: i32,
  outer: i32,
  tapH: i32,
  tapW: i32,
  strideIn: i32,
  strideOut: i32,
  work: usize,
  constants: usize,
): void {
  const quarter = v128.load32_splat(constants, 16), sixth = v128.load32_splat(constants, 20);
  const twelfth = v128.load32_splat(constants, 24), part = v128.load32_splat(constants, 28);
  const f = four(constants);
  const side = five ? 5 : 3, all = side * side, size = <usize> (16 * all);
  const turned = work + 480, flat = strideOut == 4;
  for (let panel = 0; panel < outer; panel += 8) {
    const width = panelWidth(outer - panel);
    for (let k = 0; k < inner; k += 4) {
      const count = min(4, inner - k);
      for (let c = 0; c < width; c += 4) {
        const lanes = min(4, outer - panel - c);
        const from = filter + k * strideIn + (panel + c) * strideOut;
        // What does not lie in vectors is brought into such first, [count][side][side].
        for (let t = flat ? all : 0; t < all; t++) {
          const p = from + t / side * tapH + t % side * tapW, q = turned + 16 * t;
          if (strideIn == 4 && count == 4 && lanes == 4) {
            transpose(p, strideOut, q, size);
          } else {
            for (let i = 0; i < count; i++) {
              v128.store(q + size * i, gather(p + i * strideIn, strideOut, lanes));
            }
          }
        }
        let taps = flat ? from : turned, to = u + bytes(panel * inner + k * width + c);
        for (let i = 0; i < count; i++) {
          filterValues(
            five,
            taps,
            flat ? tapH : 16 * side,
            flat ? tapW : 16,
            flat ? lanes : 4,
            to,
            plane,
            work,
            quarter,
            sixth,
            twelfth,
            part,
            f,
          );
          taps += flat ? strideIn : size;
          to += bytes(width);
        }
      }
    }
  }
}

/** {@link filterPlanes} of 3x3 taps, as a function of its own for the compiler to give it all registers. */
function threePlanes(
  filter: usize,
  u: usize,
  plane: usize,
  inner: i32,
  outer: i32,
  tapH: i32,
  tapW: i32,
  strideIn: i32,
  strideOut: i32,
  work: usize,
  constants: usize,
): void {
  filterPlanes(false, filter, u, plane, inner, outer, tapH, tapW, strideIn, strideOut, work, constants);
}

/** {@link filterPlanes} of 5x5 taps. */
function fivePlanes(
  filter: usize,
  u: usize,
  plane: usize,
  inner: i32,
  outer: i32,
  tapH: i32,
  tapW: i32,
  strideIn: i32,
  strideOut: i32,
  work: usize,
  constants: usize,
): void {
  filterPlanes(true, filter, u, plane, inner, outer, tapH, tapW, strideIn, strideOut, work, constants);
}

/**
 * One row of tiles of products to rows of outputs y [.., ow, c]: `rows` of them, at most the 4 or,
 * where `pair`, 2 of a tile. `work`: 28 vectors.
 */
@inline
function outputStrip(
  pair: bool,
  m: usize,
  plane: usize,
  mPixel: usize,
  y: usize,
  rows: i32,
  ow: i32,
  c: i32,
  how: i32,
  hide: usize,
  work: usize,
  constants: usize,
): void {
  const t = two(constants), f = four(constants), e = eight(constants);
  const pixel = bytes(c), row = <usize> ow * pixel;
  const end = work + 384, tile = pair ? 2 : 4;
  for (let j = 0; j < ow; j += tile) {
    const columns = min(tile, ow - j);
    for (let k = 0; k < c; k += 4) {
      const lanes = min(4, c - k);
      let p = m + bytes(k), q = work;
      for (let s = 0; s < 6; s += 2) {
        outputs(pair, p, 6 * plane, q, 96, WRITE, 0, t, f, e);
        outputs(pair, p + plane, 6 * plane, q + 16, 96, WRITE, 0, t, f, e);
        p += 2 * plane;
        q += 32;
      }
      p = work;
      q = y + <usize> j * pixel + bytes(k);
      if (columns < tile || lanes < 4) {
        for (let i = 0; i < rows; i++) {
          outputs(pair, p, 16, end, 16, WRITE, 0, t, f, e);
          for (let b = 0; b < columns; b++) {
            putSome(how, hide, q + <usize> b * pixel, v128.load(end + 16 * b), lanes);
          }
          p += 96;
          q += row;
        }
      } else if (how == WRITE) {
        for (let i = 0; i < rows; i++) {
          outputs(pair, p, 16, q, pixel, WRITE, 0, t, f, e);
          p += 96;
          q += row;
        }
      } else {
        for (let i = 0; i < rows; i++) {
          outputs(pair, p, 16, q, pixel, how, hide, t, f, e);
          p += 96;
          q += row;
        }
      }
    }
    m += mPixel;
  }
}

/** {@link outputStrip} of tiles of 4x4 outputs, as a function of its own. */
function fourStrip(
  m: usize,
  plane: usize,
  mPixel: usize,
  y: usize,
  rows: i32,
  ow: i32,
  c: i32,
  how: i32,
  hide: usize,
  work: usize,
  constants: usize,
): void {
  outputStrip(false, m, plane, mPixel, y, rows, ow, c, how, hide, work, constants);
}

/** {@link outputStrip} of tiles of 2x2 outputs. */
function twoStrip(
  m: usize,
  plane: usize,
  mPixel: usize,
  y: usize,
  rows: i32,
  ow: i32,
  c: i32,
  how: i32,
  hide: usize,
  work: usize,
  constants: usize,
): void {
  outputStrip(true, m, plane, mPixel, y, rows, ow, c, how, hide, work, constants);
}

/**
 * y [n, oh, ow, cout] = the convolution of x [n, h, w, cin], rectified where `relu`, with a filter
 * [taps, taps, cin, cout], 3 or 5 taps, of any strides in bytes. `top` and `left` are at least 0. For `how` and `hide` see
 * `settle.ts`.
 */
export function winogradConv(
  taps: i32,
  relu: bool,
  x: usize,
  filter: usize,
  y: usize,
  how: i32,
  hide: usize,
  n: i32,
  h: i32,
  w: i32,
  cin: i32,
  oh: i32,
  ow: i32,
  cout: i32,
  top: i32,
  left: i32,
  tapH: i32,
  tapW: i32,
  strideIn: i32,
  strideOut: i32,
): void {
  const size = 7 - taps, down = tilesAlong(oh, size), along = tilesAlong(ow, size);
  const pixels = size * along + taps - 1;
  const vPixel = bytes(up4(cin)), columns = panelColumns(cout), mPixel = bytes(columns);
  const strips = n * down, most = stripsPerRound(strips, along, up4(cin) + columns);
  const pitch = stripPitch(pixels, cin), stripSize = 6 * pitch;
  const imagePitch = bytes(w * cin), run = min(w, pixels - left) * cin;
  const uPlane = planeSize(cin * columns);
  const vMost = planeSize(most * along * up4(cin)), mMost = planeSize(most * along * columns);
  const zerosSize = align(bytes(w * cin));
  const constants = scratch(
    CONSTANTS + FILTER_WORK + zerosSize + stripSize + 36 * (uPlane + vMost + mMost),
  );
  const work = constants + CONSTANTS, zeros = work + FILTER_WORK, strip = zeros + zerosSize;
  const u = strip + stripSize, v = u + 36 * uPlane, m = v + 36 * vMost;
  writeConstants(constants);
  memory.fill(zeros, 0, zerosSize + stripSize);
  if (taps == 3) {
    threePlanes(filter, u, uPlane, cin, cout, tapH, tapW, strideIn, strideOut, work, constants);
  } else {
    fivePlanes(filter, u, uPlane, cin, cout, tapH, tapW, strideIn, strideOut, work, constants);
  }
  const margin = bytes(left * cin);
  for (let begin = 0; begin < strips; begin += most) {
    const count = min(most, strips - begin), tiles = count * along;
    const vPlane = planeSize(tiles * up4(cin)), mPlane = planeSize(tiles * columns);
    for (let i = 0; i < count; i++) {
      const image = (begin + i) / down, tile = (begin + i) % down;
      inputStrip(
        relu,
        x + <usize> image * <usize> h * imagePitch,
        zeros,
        size * tile - top,
        h,
        imagePitch,
        run,
        strip,
        margin,
        pitch,
        v + <usize> (i * along) * vPixel,
        vPlane,
        size,
        along,
        cin,
        vPixel,
        16,
        constants,
      );
    }
    for (let k: usize = 0; k < 36; k++) {
      convolveRows(
        v + k * vPlane,
        u + k * uPlane,
        m + k * mPlane,
        tiles,
        cin,
        columns,
        vPixel,
        mPixel,
      );
    }
    for (let i = 0; i < count; i++) {
      const image = (begin + i) / down, tile = (begin + i) % down;
      const at = y + bytes((image * oh + size * tile) * ow * cout);
      const from = m + <usize> (i * along) * mPixel, rows = min(size, oh - size * tile);
      if (taps == 3) {
        fourStrip(from, mPlane, mPixel, at, rows, ow, cout, how, hide, work, constants);
      } else {
        twoStrip(from, mPlane, mPixel, at, rows, ow, cout, how, hide, work, constants);
      }
    }
  }
}
