import { filterGrads } from "./conv_filter_grad";
import { isPlain3x3, samplesPay } from "./conv_way";
import { fourSampleGrads } from "./sample_four";
import { DOTS } from "./sample_mode";
import { winogradSampleGrads } from "./sample_winograd";

/**
 * Adds up, over the samples, the `mode` of each one's filter gradient into acc [kh, kw, cin, cout]; of the
 * rectified x where `relu`.
 */
export function convSampleGrads(
  x: usize,
  dy: usize,
  acc: usize,
  mode: i32,
  relu: bool,
  n: i32,
  h: i32,
  w: i32,
  cin: i32,
  oh: i32,
  ow: i32,
  cout: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  sampleGrads(
    relu,
    mode,
    x,
    dy,
    acc,
    n,
    h,
    w,
    cin,
    oh,
    ow,
    cout,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}

/**
 * Adds to gram [n, n] the inner products of the filter gradients of all pairs of samples; of the rectified x
 * where `relu`.
 */
export function convSampleDots(
  x: usize,
  dy: usize,
  gram: usize,
  relu: bool,
  n: i32,
  h: i32,
  w: i32,
  cin: i32,
  oh: i32,
  ow: i32,
  cout: i32,
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  sampleGrads(
    relu,
    DOTS,
    x,
    dy,
    gram,
    n,
    h,
    w,
    cin,
    oh,
    ow,
    cout,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}

/** Both by the way that suits the shape. */
function sampleGrads(
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
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  top: i32,
  left: i32,
): void {
  if (isPlain3x3(kh, kw, strideH, strideW, dilationH, dilationW, top, left)) {
    if (samplesPay(cin, oh, ow, cout)) {
      winogradSampleGrads(relu, mode, x, dy, g, n, h, w, cin, oh, ow, cout, top, left);
      return;
    }
    if (h == 4 && w == 4 && oh == 4 && ow == 4 && top == 1 && left == 1) {
      fourSampleGrads(relu, mode, x, dy, g, n, cin, cout);
      return;
    }
  }
  filterGrads(
    relu,
    mode,
    x,
    dy,
    g,
    n,
    h,
    w,
    cin,
    oh,
    ow,
    cout,
    kh,
    kw,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top,
    left,
  );
}
