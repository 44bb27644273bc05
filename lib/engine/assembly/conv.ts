import { align, bytes, fits, frame, scratch } from "./common";
import { convolveImage, panelColumns } from "./conv_block";
import { packPanels, packSlide } from "./conv_pack";
import { slideImage, slidePacked, slides } from "./conv_slide";
import { convPays, isPlain, isPointwise } from "./conv_way";
import { pointwise } from "./pointwise";
import { WRITE } from "./settle";
import { winogradConv } from "./winograd_conv";

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
  const row = <i32> bytes(cout), tap = cin * row;
  if (isPointwise(h, w, oh, ow, kh, kw, strideH, strideW, top, left)) {
    pointwise(relu, x, filter, y, n * h * w, cin, cout, row, 4, WRITE, 0);
    return;
  }
  const plain = isPlain(kh, kw, strideH, strideW, dilationH, dilationW, top, left);
  if (plain && convPays(kh, n, cin, oh, ow, cout)) {
    winogradConv(
      kh,
      relu,
      x,
      filter,
      y,
      WRITE,
      0,
      n,
      h,
      w,
      cin,
      oh,
      ow,
      cout,
      top,
      left,
      kw * tap,
      tap,
      row,
      4,
    );
    return;
  }
  const ph = (oh - 1) * strideH + (kh - 1) * dilationH + 1;
  const pw = (ow - 1) * strideW + (kw - 1) * dilationW + 1;
  const direct = !relu && fits(h, w, ph, pw, top, left);
  const slide = slides(kw, strideH, strideW, dilationH, dilationW);
  const packedSize = align(
    slide ? slidePacked(kh, cin, cout) : bytes(kh * kw * cin * panelColumns(cout)),
  );
  const framedSize = direct ? 0 : align(bytes(ph * pw * cin));
  const packed = scratch(packedSize + framedSize + bytes(slide ? oh * ow * 4 : ow * 8));
  const framed = packed + packedSize, temporary = framed + framedSize;
  if (slide) packSlide(filter, packed, kh, cin, cout, kw * tap, tap, row, 4);
  else packPanels(filter, packed, kh, kw, cin, cout, kw * tap, tap, row, 4);
  if (!direct) memory.fill(framed, 0, framedSize);
  const pitch = bytes((direct ? w : pw) * cin);
  for (let i = 0; i < n; i++) {
    if (!direct) frame(relu, x, framed, h, w, cin, ph, pw, top, left);
    const image = direct ? x : framed;
    if (slide) {
      slideImage(image, packed, y, temporary, oh, ow, kh, cin, cout, pitch, WRITE, 0);
    } else {
      convolveImage(
        image,
        packed,
        y,
        temporary,
        oh,
        ow,
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
        WRITE,
        0,
      );
    }
    x += bytes(h * w * cin);
    y += bytes(oh * ow * cout);
  }
}
