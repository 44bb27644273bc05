import { align, bytes, fma, lane, scratch, up4 } from "./common";
import { addDots } from "./sample_dots";
import { measureInto, unpackTaps } from "./sample_taps";
import { DOTS, SIGN } from "./sample_mode";
import { CONSTANTS, four, two, writeConstants } from "./winograd";
import { inputStrip, slopeStrip, stripPitch, tilesAlong } from "./winograd_strip";

// The filter gradients of single samples by Winograd's transforms. There are few tiles a sample, so that the
// way back from products to taps weighs as much as the products. Both happen piece by piece, four input
// channels by four or eight output channels at a time, whose 36 planes of products stay in the first-level
// cache: tiles lie as [channels / 4][36][tiles][4].

/** Bytes of four channels of a plane; many of them are kept from meeting in the same lines of the cache. */
@inline
function planeOf(tiles: i32): usize {
  return bytes(4 * tiles) + (tiles < 16 ? 0 : 64);
}

/**
 * 36 products of planes of x, four channels of `tiles` tiles (a multiple of four where `fours`, a constant),
 * with those of dy, four channels and, where `wide`, a constant, the four `block` bytes on; to
 * u [36][4][4 or 8].
 */
@inline
function products(
  fours: bool,
  v: usize,
  d: usize,
  block: usize,
  u: usize,
  tiles: i32,
): void {
  const plane = planeOf(tiles), gap = plane - bytes(4 * tiles), end = v + 36 * plane;
  let e = d + block;
  while (v != end) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let x = a0, w = a0, d0 = a0, d1 = a0;
    const last = v + plane - gap;
    do {
      if (fours) {
        x = v128.load(v); d0 = v128.load(d); d1 = v128.load(e);
        w = lane(x, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(x, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(x, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(x, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        x = v128.load(v, 16); d0 = v128.load(d, 16); d1 = v128.load(e, 16);
        w = lane(x, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(x, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(x, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(x, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        x = v128.load(v, 32); d0 = v128.load(d, 32); d1 = v128.load(e, 32);
        w = lane(x, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(x, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(x, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(x, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        x = v128.load(v, 48); d0 = v128.load(d, 48); d1 = v128.load(e, 48);
        w = lane(x, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(x, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(x, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(x, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        v += 64;
        d += 64;
        e += 64;
      } else {
        x = v128.load(v); d0 = v128.load(d); d1 = v128.load(e);
        w = lane(x, 0); a0 = fma(w, d0, a0); b0 = fma(w, d1, b0);
        w = lane(x, 1); a1 = fma(w, d0, a1); b1 = fma(w, d1, b1);
        w = lane(x, 2); a2 = fma(w, d0, a2); b2 = fma(w, d1, b2);
        w = lane(x, 3); a3 = fma(w, d0, a3); b3 = fma(w, d1, b3);
        v += 16;
        d += 16;
        e += 16;
      }
    } while (v != last);
    v128.store(u, a0);
    v128.store(u, b0, 16);
    v128.store(u, a1, 32);
    v128.store(u, b1, 48);
    v128.store(u, a2, 64);
    v128.store(u, b2, 80);
    v128.store(u, a3, 96);
    v128.store(u, b3, 112);
    u += 128;
    v += gap;
    d += gap;
    e += gap;
  }
}

/** {@link products} of eight channels of dy. */
function wideProducts(v: usize, d: usize, block: usize, u: usize, tiles: i32): void {
  if ((tiles & 3) == 0) products(true, v, d, block, u, tiles);
  else products(false, v, d, block, u, tiles);
}

/** Those of four channels of dy, two planes at a time. */
function narrowProducts(v: usize, d: usize, u: usize, tiles: i32): void {
  const plane = planeOf(tiles), gap = plane - bytes(4 * tiles), end = v + 36 * plane;
  while (v != end) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    const last = v + plane - gap;
    do {
      const d0 = v128.load(d), d1 = v128.load(d + plane);
      const x = v128.load(v), y = v128.load(v + plane);
      a0 = fma(lane(x, 0), d0, a0);
      a1 = fma(lane(x, 1), d0, a1);
      a2 = fma(lane(x, 2), d0, a2);
      a3 = fma(lane(x, 3), d0, a3);
      b0 = fma(lane(y, 0), d1, b0);
      b1 = fma(lane(y, 1), d1, b1);
      b2 = fma(lane(y, 2), d1, b2);
      b3 = fma(lane(y, 3), d1, b3);
      v += 16;
      d += 16;
    } while (v != last);
    v128.store(u, a0);
    v128.store(u, a1, 16);
    v128.store(u, a2, 32);
    v128.store(u, a3, 48);
    v128.store(u, b0, 128);
    v128.store(u, b1, 144);
    v128.store(u, b2, 160);
    v128.store(u, b3, 176);
    u += 256;
    v += plane + gap;
    d += plane + gap;
  }
}

/** The `k`-th of six values at `p`, 768 bytes apart, as planes of u in a column. */
@inline
function columnTaps(p: usize, q: usize, two: v128, four: v128): void {
  const u1 = v128.load(p, 768), u2 = v128.load(p, 1536);
  const u3 = v128.load(p, 2304), u4 = v128.load(p, 3072);
  const s = f32x4.add(u1, u2), s2 = f32x4.add(u3, u4);
  v128.store(q, f32x4.add(f32x4.sub(v128.load(p), s), s2));
  v128.store(q, fma(two, f32x4.sub(u3, u4), f32x4.sub(u2, u1)), 96);
  v128.store(q, fma(four, s2, f32x4.sub(v128.load(p, 3840), s)), 192);
}

/**
 * The first `vectors` (4 or 8) of u [36][8] to taps, whose `mode` is added to acc [vectors][9]. `work`: 18
 * vectors.
 */
@inline
function toTaps(mode: i32, u: usize, vectors: i32, acc: usize, work: usize, constants: usize): void {
  const t = two(constants), f = four(constants);
  for (const end = u + (<usize> vectors << 4); u != end; u += 16) {
    columnTaps(u, work, t, f);
    columnTaps(u + 128, work + 16, t, f);
    columnTaps(u + 256, work + 32, t, f);
    columnTaps(u + 384, work + 48, t, f);
    columnTaps(u + 512, work + 64, t, f);
    columnTaps(u + 640, work + 80, t, f);
    let q = work;
    for (let i = 0; i < 3; i++) {
      const u1 = v128.load(q, 16), u2 = v128.load(q, 32), u3 = v128.load(q, 48), u4 = v128.load(q, 64);
      const s = f32x4.add(u1, u2), s2 = f32x4.add(u3, u4);
      measureInto(mode, acc, f32x4.add(f32x4.sub(v128.load(q), s), s2));
      measureInto(mode, acc + 16, fma(t, f32x4.sub(u3, u4), f32x4.sub(u2, u1)));
      measureInto(mode, acc + 32, fma(f, s2, f32x4.sub(v128.load(q, 80), s)));
      q += 96;
      acc += 48;
    }
  }
}

/** {@link toTaps} as a function of its own, for the mode that is most wanted and the others. */
function addTaps(mode: i32, u: usize, vectors: i32, acc: usize, work: usize, constants: usize): void {
  if (mode == SIGN) toTaps(SIGN, u, vectors, acc, work, constants);
  else toTaps(mode, u, vectors, acc, work, constants);
}

/** Zeros to the last 4 - `lanes` channels of a block of fours. */
function clearLanes(p: usize, block: usize, lanes: i32): void {
  for (const end = p + block; p != end; p += 16) {
    store<f32>(p, 0, 12);
    if (lanes < 3) store<f32>(p, 0, 8);
    if (lanes < 2) store<f32>(p, 0, 4);
  }
}

/** As `convSampleGrads` and, for `DOTS`, `convSampleDots`, of a 3x3 convolution at stride 1. */
export function winogradSampleGrads(
  relu: bool,
  mode: i32,
  x: usize,
  dy: usize,
  g: usize,
  n: i32,
  h: i32,
  w: i32,
  cin: i32,
  oh: i32,
  ow: i32,
  cout: i32,
  top: i32,
  left: i32,
): void {
  const down = tilesAlong(oh, 4), along = tilesAlong(ow, 4), tiles = down * along;
  const rows = up4(cin), columns = up4(cout);
  const pitch = stripPitch(4 * along + 2, cin), stripSize = 6 * pitch;
  const slopePitch = stripPitch(4 * along, cout), slopeSize = 6 * slopePitch;
  const imagePitch = bytes(w * cin), run = min(w, 4 * along + 2 - left) * cin;
  const zerosSize = align(max(imagePitch, bytes(ow * cout)));
  const plane = planeOf(tiles), block = 36 * plane;
  const taps = 9 * rows * columns, lists = mode == DOTS ? n : 1, listSize = <usize> lists * bytes(taps);
  const work: usize = 288, uSize: usize = 36 * 128;
  const acc = scratch(
    listSize + CONSTANTS + work + uSize + zerosSize + stripSize + slopeSize +
      <usize> ((rows + columns) >> 2) * block,
  );
  const constants = acc + listSize, vectors = constants + CONSTANTS, u = vectors + work;
  const zeros = u + uSize, strip = zeros + zerosSize, slope = strip + stripSize;
  const v = slope + slopeSize, d = v + <usize> (rows >> 2) * block;
  writeConstants(constants);
  memory.fill(zeros, 0, zerosSize + stripSize + slopeSize);
  memory.fill(acc, 0, listSize);
  const margin = bytes(left * cin), dEnd = d + <usize> (columns >> 2) * block;
  let to = acc;
  for (let sample = 0; sample < n; sample++) {
    for (let i = 0; i < down; i++) {
      const at = <usize> (i * along) << 4;
      inputStrip(
        relu,
        x,
        zeros,
        4 * i - top,
        h,
        imagePitch,
        run,
        strip,
        margin,
        pitch,
        v + at,
        plane,
        4,
        along,
        cin,
        16,
        block,
        constants,
      );
      slopeStrip(
        true,
        dy,
        zeros,
        4 * i,
        oh,
        ow * cout,
        slope,
        slopePitch,
        d + at,
        plane,
        along,
        cout,
        16,
        block,
        constants,
      );
    }
    // Beyond the last channel lie others' values.
    if (cin < rows) clearLanes(d - block, block, cin & 3);
    if (cout < columns) clearLanes(dEnd - block, block, cout & 3);
    let q = to;
    for (let o = d; o != dEnd;) {
      const wide = o + block != dEnd;
      for (let p = v; p != d; p += block) {
        if (wide) wideProducts(p, o, block, u, tiles);
        else narrowProducts(p, o, u, tiles);
        const vectorsOfPiece = wide ? 8 : 4;
        addTaps(mode, u, vectorsOfPiece, q, vectors, constants);
        q += <usize> (144 * vectorsOfPiece);
      }
      o += wide ? 2 * block : block;
    }
    x += <usize> h * imagePitch;
    dy += bytes(oh * ow * cout);
    if (mode == DOTS) to += bytes(taps);
  }
  if (mode == DOTS) {
    addDots(acc, g, n, taps, bytes(taps));
    return;
  }
  let q = acc;
  for (let o = 0; o < cout;) {
    const halves = columns - o > 4 ? 2 : 1;
    for (let c = 0; c < rows; c++) {
      for (let half = 0; half < halves; half++) {
        const at = o + 4 * half;
        if (c < cin) unpackTaps(q, g + bytes(c * cout + at), bytes(cin * cout), min(4, cout - at));
        q += 144;
      }
    }
    o += 4 * halves;
  }
}
