import { align, bytes, loadSome, scratch, up4 } from "./common";
import { convolveRows, panelColumns, panelWidth } from "./conv_block";
import { gather } from "./conv_pack";
import { putSome, WRITE } from "./settle";
import { CONSTANTS, eight, four, outputs, tapValues, two, writeConstants } from "./winograd";
import { inputStrip, stripPitch, tilesAlong } from "./winograd_strip";

// A 3x3 convolution at stride 1 by Winograd's transforms (see `winograd.ts`), some rows of tiles at a time:
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

/** Nine vectors of taps, `tapH` and `tapW` bytes apart, to 36 planes. `work`: 18 vectors. */
@inline
function filterValues(
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
): void {
  let p = work;
  for (let j = 0; j < 3; j++) {
    const g0 = loadSome(taps, lanes), g1 = loadSome(taps + tapH, lanes);
    const g2 = loadSome(taps + 2 * tapH, lanes);
    tapValues(g0, g1, g2, p, 48, quarter, sixth, twelfth, part);
    taps += tapW;
    p += 16;
  }
  p = work;
  for (let s = 0; s < 6; s++) {
    const g0 = v128.load(p), g1 = v128.load(p, 16), g2 = v128.load(p, 32);
    tapValues(g0, g1, g2, q, plane, quarter, sixth, twelfth, part);
    p += 48;
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
const FILTER_WORK: usize = 54 * 16;

/**
 * A filter [3, 3, inner, outer] with any strides in bytes to 36 planes of panels [outer / 8][inner][8], the
 * last one of 8 or 4.
 */
function filterPlanes(
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
  const turned = work + 288, flat = strideOut == 4;
  for (let panel = 0; panel < outer; panel += 8) {
    const width = panelWidth(outer - panel);
    for (let k = 0; k < inner; k += 4) {
      const count = min(4, inner - k);
      for (let c = 0; c < width; c += 4) {
        const lanes = min(4, outer - panel - c);
        const from = filter + k * strideIn + (panel + c) * strideOut;
        // What does not lie in vectors is brought into such first, [count][3][3].
        for (let t = flat ? 9 : 0; t < 9; t++) {
          const p = from + t / 3 * tapH + t % 3 * tapW, q = turned + 16 * t;
          if (strideIn == 4 && count == 4 && lanes == 4) {
            transpose(p, strideOut, q, 144);
          } else {
            for (let i = 0; i < count; i++) {
              v128.store(q + 144 * i, gather(p + i * strideIn, strideOut, lanes));
            }
          }
        }
        let taps = flat ? from : turned, to = u + bytes(panel * inner + k * width + c);
        for (let i = 0; i < count; i++) {
          filterValues(
            taps,
            flat ? tapH : 48,
            flat ? tapW : 16,
            flat ? lanes : 4,
            to,
            plane,
            work,
            quarter,
            sixth,
            twelfth,
            part,
          );
          taps += flat ? strideIn : 144;
          to += bytes(width);
        }
      }
    }
  }
}

/**
 * One row of tiles of products to rows of outputs y [.., ow, c]: `rows` (1 to 4) of them. `work`: 28 vectors.
 */
function outputStrip(
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
  const end = work + 384;
  for (let j = 0; j < ow; j += 4) {
    const columns = min(4, ow - j);
    for (let k = 0; k < c; k += 4) {
      const lanes = min(4, c - k);
      let p = m + bytes(k), q = work;
      for (let s = 0; s < 6; s += 2) {
        outputs(p, 6 * plane, q, 96, WRITE, 0, t, f, e);
        outputs(p + plane, 6 * plane, q + 16, 96, WRITE, 0, t, f, e);
        p += 2 * plane;
        q += 32;
      }
      p = work;
      q = y + <usize> j * pixel + bytes(k);
      if (columns < 4 || lanes < 4) {
        for (let i = 0; i < rows; i++) {
          outputs(p, 16, end, 16, WRITE, 0, t, f, e);
          for (let b = 0; b < columns; b++) {
            putSome(how, hide, q + <usize> b * pixel, v128.load(end + 16 * b), lanes);
          }
          p += 96;
          q += row;
        }
      } else if (how == WRITE) {
        for (let i = 0; i < rows; i++) {
          outputs(p, 16, q, pixel, WRITE, 0, t, f, e);
          p += 96;
          q += row;
        }
      } else {
        for (let i = 0; i < rows; i++) {
          outputs(p, 16, q, pixel, how, hide, t, f, e);
          p += 96;
          q += row;
        }
      }
    }
    m += mPixel;
  }
}

/**
 * y [n, oh, ow, cout] = the convolution of x [n, h, w, cin], rectified where `relu`, with a filter
 * [3, 3, cin, cout] of any strides in bytes. `top` and `left` are at least 0. For `how` and `hide` see
 * `settle.ts`.
 */
export function winogradConv(
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
  const down = tilesAlong(oh), along = tilesAlong(ow), pixels = 4 * along + 2;
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
  filterPlanes(filter, u, uPlane, cin, cout, tapH, tapW, strideIn, strideOut, work, constants);
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
        4 * tile - top,
        h,
        imagePitch,
        run,
        strip,
        margin,
        pitch,
        v + <usize> (i * along) * vPixel,
        vPlane,
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
      const at = bytes((image * oh + 4 * tile) * ow * cout);
      outputStrip(
        m + <usize> (i * along) * mPixel,
        mPlane,
        mPixel,
        y + at,
        min(4, oh - 4 * tile),
        ow,
        cout,
        how,
        hide,
        work,
        constants,
      );
    }
  }
}
