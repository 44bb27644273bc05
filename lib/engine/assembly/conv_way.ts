import { up4 } from "./common";
import { panelColumns } from "./conv_block";
import { tilesAlong } from "./winograd_strip";

// Which of two ways a convolution goes, directly or by Winograd's transforms. A model of either's time
// decides, in units of a direct kernel's multiply-add of four floats. For 3x3 taps its constants were fitted to
// measurements of both ways at some 240 shapes, 1 to 32 channels and 3x3 to 32x32 pixels; at the shapes
// that it gets wrong the ways differ little, a percent of the time on average. Winograd wins from 8
// channels on, at 4x4 pixels and more, unless the outputs fill their tiles badly or the batch is too small to
// pay for the filter's transform. For 5x5 taps, with a tile's outputs a quarter as many, fewer shapes were
// measured; Winograd wins from 8 channels on there, too.
//
// The input's gradient at stride 2 could go by Winograd too, with zeros between the values of dy. It would
// form 2.25 products a pixel and pair of channels, which is what the phases of `phases.ts` need anyway.

/** The host's choice: the faster way. */
const FASTER: i32 = 0;
/** The host's choice: always directly. */
const DIRECT: i32 = 1;
/** The host's choice: by Winograd wherever that can be. */
const WINOGRAD: i32 = 2;

let choice: i32 = FASTER;

/** Makes convolutions go one way from now on; for tests and measurements. */
export function chooseConvolution(way: i32): void {
  choice = way;
}

let whole: i32 = 0;

/**
 * Makes the choice between both ways, for convolutions and gradients of their inputs, that of a batch of `n`
 * images, so that who computes a part of it computes the same bits; 0 for that of the images given.
 */
export function chooseForBatch(n: i32): void {
  whole = n;
}

/** Whether a convolution is a product of matrices. */
@inline
export function isPointwise(
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
): bool {
  return kh == 1 && kw == 1 && strideH == 1 && strideW == 1 && top == 0 && left == 0 &&
    oh == h && ow == w;
}

/** Whether a convolution of 3x3 taps can go by Winograd. */
@inline
export function isPlain3x3(
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): bool {
  return kh == 3 && isPlain(kh, kw, strideH, strideW, dilationH, dilationW, top, left);
}

/** Whether a convolution can go by Winograd. */
@inline
export function isPlain(
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): bool {
  return (kh == 3 || kh == 5) && kw == kh && strideH == 1 && strideW == 1 && dilationH == 1 &&
    dilationW == 1 && top >= 0 && left >= 0;
}

/**
 * Whether Winograd is to be taken for n images of `inner` channels, convolved with taps x taps to oh x ow
 * outputs of `outer` channels. `tile`: what transforming a tile of four channels costs there and back;
 * `filter`: what transforming a filter of one and four channels costs.
 */
function pays(
  taps: i32,
  n: i32,
  inner: i32,
  oh: i32,
  ow: i32,
  outer: i32,
  tile: f64,
  filter: f64,
): bool {
  if (choice != FASTER) return choice == WINOGRAD;
  const depth = <f64> inner, vectors = <f64> (up4(outer) >> 2), size = 7 - taps;
  const direct = <f64> n * <f64> (oh * ow) * vectors * (<f64> (taps * taps) * depth + 5) +
    120 * depth * vectors;
  const products = 6.8 * depth * <f64> panelColumns(outer);
  const transforms = tile * <f64> (up4(inner) >> 2) + tile * vectors;
  const tiles = <f64> n * <f64> (tilesAlong(oh, size) * tilesAlong(ow, size));
  return tiles * (products + transforms) + filter * depth * vectors < direct;
}

/** Whether a convolution that {@link isPlain} goes by Winograd. */
export function convPays(taps: i32, n: i32, inner: i32, oh: i32, ow: i32, outer: i32): bool {
  const all = whole > 0 ? whole : n;
  return pays(taps, all, inner, oh, ow, outer, taps == 3 ? 360 : 270, 360);
}

/** Whether its filter's gradient does. */
export function filterGradPays(taps: i32, n: i32, inner: i32, oh: i32, ow: i32, outer: i32): bool {
  return pays(taps, n, inner, oh, ow, outer, 250, 760);
}

/** Whether the filter's gradients of single samples do; see `sample_winograd.ts`. */
export function samplesPay(inner: i32, oh: i32, ow: i32, outer: i32): bool {
  if (choice != FASTER) return choice == WINOGRAD;
  const vectors = up4(outer) >> 2, pairs = inner * vectors, tiles = tilesAlong(oh, 4) * tilesAlong(ow, 4);
  const transforms = 330 * tiles * ((up4(inner) >> 2) + vectors);
  return tiles > 1 && pairs * (47 * tiles + 134) + transforms < pairs * (11 * oh * ow + 60);
}
