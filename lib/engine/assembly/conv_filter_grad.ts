import { align, bytes, copy, fits, frame, scratch } from "./common";
import { panelWidth } from "./conv_block";
import { panelGrad } from "./conv_grad_block";
import { slides } from "./conv_slide";
import { slideGrad } from "./conv_slide_grad";
import { filterGradPays, isPlain } from "./conv_way";
import { addDots } from "./sample_dots";
import { DOTS, SUM } from "./sample_mode";
import { ADD, settle } from "./settle";
import { winogradFilterGrad } from "./winograd_filter_grad";

/** g [kh, kw, cin, cout] from x [n, h, w, cin] and dy [n, oh, ow, cout], summed over the batch. */
export function convFilterGrad(
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
  memory.fill(g, 0, bytes(kh * kw * cin * cout));
  filterGrads(
    false,
    SUM,
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

/** {@link convFilterGrad} of the rectified x. */
export function reluConvFilterGrad(
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
  memory.fill(g, 0, bytes(kh * kw * cin * cout));
  filterGrads(
    true,
    SUM,
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

/**
 * Adds the `mode` of filter gradients to g: of the whole batch for the plain sum, else of each sample, and
 * for `DOTS` the inner products of all samples' gradients.
 */
export function filterGrads(
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
  const plain = isPlain(kh, kw, strideH, strideW, dilationH, dilationW, top, left);
  if (mode == SUM && plain && filterGradPays(kh, n, cin, oh, ow, cout)) {
    winogradFilterGrad(kh, relu, x, dy, g, n, h, w, cin, oh, ow, cout, top, left);
    return;
  }
  const ph = (oh - 1) * strideH + (kh - 1) * dilationH + 1;
  const pw = (ow - 1) * strideW + (kw - 1) * dilationW + 1;
  const direct = !relu && fits(h, w, ph, pw, top, left);
  const flat = kh == 1 && kw == 1 && strideH == 1 && strideW == 1 && oh == ph && ow == pw &&
    (!direct || ow == w);
  const rows = flat ? 1 : oh, columns = flat ? oh * ow : ow;
  const taps = kh * kw * cin;
  const imageSize = bytes(direct ? h * w * cin : ph * pw * cin);
  const pixels = oh * ow;
  // A group of images that stays in the first-level cache through all the passes over it.
  const group = mode == SUM ? max(1, min(n, <i32> (<usize> 24576 / max(imageSize, 1)))) : 1;
  const slide = kh == 3 && ow >= 2 && slides(kw, strideH, strideW, dilationH, dilationW);
  const rest = slide ? cout & 3 : cout & 7, full = cout - rest;
  const width = rest == 0 ? 0 : slide ? 4 : panelWidth(rest);
  // A last panel that is not full gets its own copies of dy and g with rows as wide as the panel.
  const ragged = rest != width;
  const framedSize = direct ? 0 : align(<usize> group * imageSize);
  const tailSize = ragged ? align(bytes(group * pixels * width)) : 0;
  const heldPitch = align(bytes(taps * cout)), heldSize = mode == DOTS ? <usize> n * heldPitch : 0;
  const held = scratch(heldSize + framedSize + tailSize + (ragged ? bytes(taps * width) : 0));
  const framed = held + heldSize, tail = framed + framedSize, tailGrad = tail + tailSize;
  if (!direct) memory.fill(framed, 0, framedSize);
  if (ragged) {
    memory.fill(tail, 0, tailSize);
    memory.fill(tailGrad, 0, bytes(taps * width));
  }
  memory.fill(held, 0, heldSize);
  let target = mode == DOTS ? held : g;
  const pitch = bytes((direct ? w : pw) * cin);
  const xRow = <usize> strideH * pitch, xPixel = bytes(strideW * cin);
  const xTap = <usize> dilationH * pitch, row = bytes(cout);
  for (let start = 0; start < n; start += group) {
    const images = min(group, n - start);
    if (!direct) {
      for (let i = 0; i < images; i++) {
        frame(
          relu,
          x + bytes(i * h * w * cin),
          framed + <usize> i * imageSize,
          h,
          w,
          cin,
          ph,
          pw,
          top,
          left,
        );
      }
    }
    const from = direct ? x : framed;
    if (slide) {
      slideGrad(
        mode,
        from,
        dy,
        target,
        full >> 2,
        images,
        oh,
        ow,
        cin,
        imageSize,
        pitch,
        row,
        row,
      );
    } else {
      for (let c = 0; c < full; c += 8) {
        panelGrad(
          true,
          from,
          dy + bytes(c),
          target + bytes(c),
          images,
          rows,
          columns,
          cin,
          kh,
          kw,
          dilationW,
          mode,
          imageSize,
          xRow,
          xPixel,
          xTap,
          row,
          row,
        );
      }
    }
    if (rest > 0) {
      let source = dy + bytes(full);
      if (ragged) {
        for (let i = 0; i < images * pixels; i++) {
          copy(tail + bytes(i * width), source + bytes(i * cout), rest);
        }
        source = tail;
      }
      const to = ragged ? tailGrad : target + bytes(full);
      const step = ragged ? bytes(width) : row;
      if (slide) {
        slideGrad(mode, from, source, to, 1, images, oh, ow, cin, imageSize, pitch, step, step);
      } else {
        panelGrad(
          width == 8,
          from,
          source,
          to,
          images,
          rows,
          columns,
          cin,
          kh,
          kw,
          dilationW,
          mode,
          imageSize,
          xRow,
          xPixel,
          xTap,
          step,
          step,
        );
      }
    }
    x += bytes(images * h * w * cin);
    dy += bytes(images * pixels * cout);
    // Other samples' sums may share the tail; a gradient of its own may not.
    if (ragged && (mode == DOTS || start + images == n)) {
      for (let i = 0; i < taps; i++) {
        settle(ADD, 0, target + bytes(i * cout + full), tailGrad + bytes(i * width), rest);
      }
      memory.fill(tailGrad, 0, bytes(taps * width));
    }
    if (mode == DOTS) target += heldPitch;
  }
  if (mode == DOTS) addDots(held, g, n, taps * cout, heldPitch);
}
