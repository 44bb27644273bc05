import { align, bytes, scratch, up4 } from "./common";
import { panelColumns } from "./conv_block";
import { gradOfRows } from "./conv_grad_block";
import { ADD, putSome } from "./settle";
import { CONSTANTS, tapSlopes, writeConstants } from "./winograd";
import { planeSize, stripsPerRound } from "./winograd_conv";
import { inputStrip, pairStrip, slopeStrip, stripPitch, tilesAlong } from "./winograd_strip";

/**
 * 36 planes [cin, columns] of a filter's gradient to its taps, 3x3 or, where `five`, 5x5 of [cin, cout], which
 * are added to g. `work`: 35 vectors.
 */
@inline
function tapsFromPlanes(
  five: bool,
  u: usize,
  plane: usize,
  columns: i32,
  g: usize,
  cin: i32,
  cout: i32,
  work: usize,
  constants: usize,
): void {
  const tap = bytes(cin * cout), end = work + 480, side = five ? 5 : 3;
  for (let c = 0; c < cin; c++) {
    for (let o = 0; o < cout; o += 4) {
      const lanes = min(4, cout - o);
      let p = u + bytes(o), q = work;
      for (let s = 0; s < 6; s++) {
        tapSlopes(five, p, 6 * plane, q, 96, constants);
        p += plane;
        q += 16;
      }
      p = work;
      let to = g + bytes(o);
      for (let i = 0; i < side; i++) {
        tapSlopes(five, p, 16, end, 16, constants);
        for (let j = 0; j < side; j++) {
          putSome(ADD, 0, to, v128.load(end + <usize> (16 * j)), lanes);
          to += tap;
        }
        p += 96;
      }
    }
    u += bytes(columns);
    g += bytes(cout);
  }
}

/** Bytes that {@link tapsFromPlanes} works with. */
const TAPS_WORK: usize = 35 * 16;

/**
 * Adds the filter gradient [taps, taps, cin, cout], 3 or 5 taps, of a convolution at stride 1 to g. The transforms of `winograd.ts` are run backwards: tiles of x and of dy to 36 planes each, whose products
 * are summed over all tiles before they become taps.
 */
export function winogradFilterGrad(
  taps: i32,
  relu: bool,
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
  const size = 7 - taps, down = tilesAlong(oh, size), along = tilesAlong(ow, size);
  const pixels = size * along + taps - 1;
  const vPixel = bytes(up4(cin)), columns = panelColumns(cout), dPixel = bytes(columns);
  const strips = n * down, most = stripsPerRound(strips, along, up4(cin) + columns);
  const pitch = stripPitch(pixels, cin), stripSize = 6 * pitch;
  const slopePitch = stripPitch(size * along, cout), slopeSize = 6 * slopePitch;
  const imagePitch = bytes(w * cin), run = min(w, pixels - left) * cin;
  const zerosSize = align(max(imagePitch, bytes(ow * cout)));
  const uPlane = planeSize(cin * columns);
  const vMost = planeSize(most * along * up4(cin)), dMost = planeSize(most * along * columns);
  const constants = scratch(
    CONSTANTS + TAPS_WORK + zerosSize + stripSize + slopeSize + 36 * (uPlane + vMost + dMost),
  );
  const work = constants + CONSTANTS, zeros = work + TAPS_WORK;
  const strip = zeros + zerosSize, slope = strip + stripSize, u = slope + slopeSize;
  const v = u + 36 * uPlane, d = v + 36 * vMost;
  writeConstants(constants);
  memory.fill(zeros, 0, zerosSize + stripSize + slopeSize);
  memory.fill(u, 0, 36 * uPlane);
  const margin = bytes(left * cin);
  for (let begin = 0; begin < strips; begin += most) {
    const count = min(most, strips - begin), tiles = count * along;
    const vPlane = planeSize(tiles * up4(cin)), dPlane = planeSize(tiles * columns);
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
      const slopes = dy + bytes(image * oh * ow * cout);
      const to = d + <usize> (i * along) * dPixel;
      if (taps == 3) {
        slopeStrip(
          false,
          slopes,
          zeros,
          4 * tile,
          oh,
          ow * cout,
          slope,
          slopePitch,
          to,
          dPlane,
          along,
          cout,
          dPixel,
          16,
          constants,
        );
      } else {
        pairStrip(
          slopes,
          zeros,
          2 * tile,
          oh,
          ow * cout,
          slope,
          slopePitch,
          to,
          dPlane,
          along,
          cout,
          dPixel,
        );
      }
    }
    for (let k: usize = 0; k < 36; k++) {
      gradOfRows(
        v + k * vPlane,
        d + k * dPlane,
        u + k * uPlane,
        tiles,
        cin,
        columns,
        vPixel,
        dPixel,
      );
    }
  }
  if (taps == 3) tapsFromPlanes(false, u, uPlane, columns, g, cin, cout, work, constants);
  else tapsFromPlanes(true, u, uPlane, columns, g, cin, cout, work, constants);
}
