import { align, bytes, frame, scratch } from "./common";
import { convolveImage, panelColumns } from "./conv_block";
import { packPanels, packSlide } from "./conv_pack";
import { slideImage, slidePacked, slides } from "./conv_slide";
import { convPays, isPlain, isPointwise } from "./conv_way";
import { firstTap, framePad, frameSize, gcd, lowest, tapCount } from "./phases";
import { pointwise } from "./pointwise";
import { settling } from "./settle";
import { winogradConv } from "./winograd_conv";

/** dx [n, h, w, cin] from dy [n, oh, ow, cout] and filter [kh, kw, cin, cout]. */
export function convInputGrad(
  dy: usize,
  filter: usize,
  dx: usize,
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
  convInputGradInto(
    dy,
    filter,
    dx,
    0,
    false,
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
 * {@link convInputGrad}, 0 where the floats at `mask` [n, h, w, cin] are not above 0 (a `mask` of 0 is none),
 * written to dx or added to it.
 */
export function convInputGradInto(
  dy: usize,
  filter: usize,
  dx: usize,
  mask: usize,
  accumulate: bool,
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
  const how = settling(mask, accumulate), hide = mask - dx;
  const row = <i32> bytes(cout), tap = cin * row;
  if (isPointwise(h, w, oh, ow, kh, kw, strideH, strideW, top, left)) {
    pointwise(false, dy, filter, dx, n * h * w, cout, cin, 4, row, how, hide);
    return;
  }
  const lastH = kh - 1 - top, lastW = kw - 1 - left;
  const plain = isPlain(kh, kw, strideH, strideW, dilationH, dilationW, lastH, lastW);
  if (plain && convPays(kh, n, cout, h, w, cin)) {
    winogradConv(
      kh,
      false,
      dy,
      filter + (kh * kw - 1) * tap,
      dx,
      how,
      hide,
      n,
      oh,
      ow,
      cout,
      h,
      w,
      cin,
      lastH,
      lastW,
      -kw * tap,
      -tap,
      4,
      row,
    );
    return;
  }
  const stepH = strideH / gcd(dilationH, strideH), stepW = strideW / gcd(dilationW, strideW);
  const spreadH = dilationH * stepH / strideH, spreadW = dilationW * stepW / strideW;
  const padH = framePad(h, top, strideH, dilationH, kh);
  const padW = framePad(w, left, strideW, dilationW, kw);
  const ph = frameSize(h, top, strideH, dilationH, kh);
  const pw = frameSize(w, left, strideW, dilationW, kw);
  const direct = padH == 0 && padW == 0 && ph <= oh && pw <= ow;
  const slide = slides(kw, strideH, strideW, dilationH, dilationW);
  const packedSize = align(
    slide ? slidePacked(kh, cout, cin) : bytes(kh * kw * cout * panelColumns(cin)),
  );
  const framedSize = direct ? 0 : align(bytes(ph * pw * cout));
  const packed = scratch(packedSize + framedSize + bytes(slide ? h * w * 4 : w * 8));
  const framed = packed + packedSize, temporary = framed + framedSize;
  // Each phase's taps, from the last to the first, with input and output channels exchanged.
  let panels = packed;
  for (let a = 0; a < strideH; a++) {
    const firstH = firstTap(a, top, strideH, dilationH, stepH);
    const countH = tapCount(firstH, kh, stepH);
    for (let b = 0; b < strideW; b++) {
      const firstW = firstTap(b, left, strideW, dilationW, stepW);
      const countW = tapCount(firstW, kw, stepW);
      const last = (firstH + (countH - 1) * stepH) * kw + firstW + (countW - 1) * stepW;
      const from = filter + last * tap, tapH = -stepH * kw * tap, tapW = -stepW * tap;
      if (slide) packSlide(from, panels, countH, cout, cin, tapH, tapW, 4, row);
      else packPanels(from, panels, countH, countW, cout, cin, tapH, tapW, 4, row);
      panels += bytes(countH * countW * cout * panelColumns(cin));
    }
  }
  if (!direct) memory.fill(framed, 0, framedSize);
  const pitch = bytes((direct ? ow : pw) * cout);
  for (let i = 0; i < n; i++) {
    if (!direct) frame(false, dy, framed, oh, ow, cout, ph, pw, padH, padW);
    const image = direct ? dy : framed;
    panels = packed;
    for (let a = 0; a < strideH; a++) {
      const firstH = firstTap(a, top, strideH, dilationH, stepH);
      const countH = tapCount(firstH, kh, stepH);
      const lowH = lowest(a, top, strideH, dilationH, stepH, firstH, countH) + padH;
      for (let b = 0; b < strideW; b++) {
        const firstW = firstTap(b, left, strideW, dilationW, stepW);
        const countW = tapCount(firstW, kw, stepW);
        const lowW = lowest(b, left, strideW, dilationW, stepW, firstW, countW) + padW;
        const rows = (h - a + strideH - 1) / strideH, columns = (w - b + strideW - 1) / strideW;
        const any = countH > 0 && countW > 0;
        const from = any ? image + <usize> lowH * pitch + bytes(lowW * cout) : image;
        if (slide) {
          slideImage(from, panels, dx, temporary, rows, columns, kh, cout, cin, pitch, how, hide);
        } else {
          convolveImage(
            from,
            panels,
            dx + bytes((a * w + b) * cin),
            temporary,
            rows,
            columns,
            cout,
            cin,
            any ? countH : 0,
            any ? countW : 0,
            spreadW,
            pitch,
            bytes(cout),
            <usize> spreadH * pitch,
            bytes(strideH * w * cin),
            bytes(strideW * cin),
            how,
            hide,
          );
        }
        panels += bytes(countH * countW * cout * panelColumns(cin));
      }
    }
    dy += bytes(oh * ow * cout);
    dx += bytes(h * w * cin);
  }
}
