import { align, bytes, copy, fits, frame, scratch } from "./common";
import { convolveImage, panelColumns, panelWidth } from "./conv_block";

/** Packs a filter [k, cout] into panels [cout / 8][k][8], the last one of 8 or 4, zeros at its end. */
function pack(w: usize, dst: usize, k: i32, cout: i32): void {
  for (let c = 0; c < cout;) {
    const left = cout - c;
    const width = panelWidth(left);
    let from = w + bytes(c);
    if (left < width) memory.fill(dst, 0, bytes(k * width));
    for (let i = 0; i < k; i++) {
      copy(dst, from, min(left, width));
      dst += bytes(width);
      from += bytes(cout);
    }
    c += width;
  }
}

/** y [n, oh, ow, cout] = the convolution of x [n, h, w, cin] with filter [kh, kw, cin, cout]. */
export function conv(
  x: usize,
  filter: usize,
  y: usize,
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
  convolve(
    false,
    x,
    filter,
    y,
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

/** {@link conv} of the rectified x. */
export function reluConv(
  x: usize,
  filter: usize,
  y: usize,
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
  convolve(
    true,
    x,
    filter,
    y,
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

function convolve(
  relu: bool,
  x: usize,
  filter: usize,
  y: usize,
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
  const ph = (oh - 1) * strideH + (kh - 1) * dilationH + 1;
  const pw = (ow - 1) * strideW + (kw - 1) * dilationW + 1;
  const direct = !relu && fits(h, w, ph, pw, top, left);
  const taps = kh * kw * cin;
  const packedSize = align(bytes(taps * panelColumns(cout)));
  const framedSize = direct ? 0 : align(bytes(ph * pw * cin));
  // A pointwise convolution sees an image as one long row.
  const flat = kh == 1 && kw == 1 && strideH == 1 && strideW == 1 && oh == ph && ow == pw &&
    (!direct || ow == w);
  const rows = flat ? 1 : oh, columns = flat ? oh * ow : ow;
  const packed = scratch(packedSize + framedSize + bytes(columns * 8));
  const framed = packed + packedSize, temporary = framed + framedSize;
  pack(filter, packed, taps, cout);
  if (!direct) memory.fill(framed, 0, framedSize);
  const pitch = bytes((direct ? w : pw) * cin);
  for (let i = 0; i < n; i++) {
    if (!direct) frame(relu, x, framed, h, w, cin, ph, pw, top, left);
    convolveImage(
      direct ? x : framed,
      packed,
      y,
      temporary,
      rows,
      columns,
      cin,
      cout,
      kh,
      kw,
      dilationW,
      pitch * strideH,
      bytes(cin * strideW),
      pitch * dilationH,
      bytes(ow * cout),
      bytes(cout),
    );
    x += bytes(h * w * cin);
    y += bytes(oh * ow * cout);
  }
}
