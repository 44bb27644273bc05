import { align, bytes, copy, fits, fma, frame, scratch, settle, splat } from "./common";
import { panelWidth } from "./conv_block";
import { addDots } from "./sample_dots";
import { DOTS, measure, SUM } from "./sample_mode";

/**
 * The heart of the filter gradient: `rows` (1 to 6) filter rows times 4 or 8 output channels held in
 * registers, over all output pixels of `images` images, added to what is in `g`. `rows` and `wide`
 * are constants at every call.
 */
@inline
function block(
  rows: i32,
  wide: bool,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  for (let n = 0; n < images; n++) {
    let line = x;
    for (let i = 0; i < oh; i++) {
      let p = line;
      for (let j = 0; j < ow; j++) {
        const d0 = v128.load(dy);
        const d1 = wide ? v128.load(dy, 16) : d0;
        let v = splat(p);
        a0 = fma(v, d0, a0);
        if (wide) b0 = fma(v, d1, b0);
        if (rows > 1) {
          v = splat(p + 4);
          a1 = fma(v, d0, a1);
          if (wide) b1 = fma(v, d1, b1);
        }
        if (rows > 2) {
          v = splat(p + 8);
          a2 = fma(v, d0, a2);
          if (wide) b2 = fma(v, d1, b2);
        }
        if (rows > 3) {
          v = splat(p + 12);
          a3 = fma(v, d0, a3);
          if (wide) b3 = fma(v, d1, b3);
        }
        if (rows > 4) {
          v = splat(p + 16);
          a4 = fma(v, d0, a4);
          if (wide) b4 = fma(v, d1, b4);
        }
        if (rows > 5) {
          v = splat(p + 20);
          a5 = fma(v, d0, a5);
          if (wide) b5 = fma(v, d1, b5);
        }
        p += xPixel;
        dy += dyPixel;
      }
      line += xRow;
    }
    x += xImage;
  }
  add(wide, mode, g, a0, b0);
  if (rows > 1) add(wide, mode, g + gRow, a1, b1);
  if (rows > 2) add(wide, mode, g + 2 * gRow, a2, b2);
  if (rows > 3) add(wide, mode, g + 3 * gRow, a3, b3);
  if (rows > 4) add(wide, mode, g + 4 * gRow, a4, b4);
  if (rows > 5) add(wide, mode, g + 5 * gRow, a5, b5);
}

@inline
function add(wide: bool, mode: i32, g: usize, a: v128, b: v128): void {
  v128.store(g, f32x4.add(v128.load(g), measure(mode, a)));
  if (wide) v128.store(g, f32x4.add(v128.load(g, 16), measure(mode, b)), 16);
}

/** All `depth` filter rows of a run against a panel of 8 columns. */
function wideRun(
  x: usize,
  dy: usize,
  g: usize,
  depth: i32,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  while (depth > 0) {
    let done = 1;
    if (ASC_FEATURE_RELAXED_SIMD && depth >= 6 && depth != 8) {
      block(6, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 6;
    } else if (depth >= 4) {
      block(4, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 4;
    } else if (depth >= 2) {
      block(2, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 2;
    } else {
      block(1, true, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
    }
    depth -= done;
    x += bytes(done);
    g += <usize> done * gRow;
  }
}

/** All `depth` filter rows of a run against a panel of 4 columns. */
function narrowRun(
  x: usize,
  dy: usize,
  g: usize,
  depth: i32,
  images: i32,
  oh: i32,
  ow: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  while (depth > 0) {
    let done = 1;
    if (depth >= 6 && depth != 8) {
      block(6, false, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 6;
    } else if (depth >= 4) {
      block(4, false, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 4;
    } else if (depth >= 2) {
      block(2, false, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      done = 2;
    } else {
      block(1, false, x, dy, g, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
    }
    depth -= done;
    x += bytes(done);
    g += <usize> done * gRow;
  }
}

/** Adds one panel's gradient over a group of framed images to `g`, rows of `gRow` bytes. */
function panelGrad(
  wide: bool,
  x: usize,
  dy: usize,
  g: usize,
  images: i32,
  oh: i32,
  ow: i32,
  cin: i32,
  kh: i32,
  kw: i32,
  dilation: i32,
  mode: i32,
  xImage: usize,
  xRow: usize,
  xPixel: usize,
  xTap: usize,
  dyPixel: usize,
  gRow: usize,
): void {
  const runs = dilation == 1 ? 1 : kw;
  const depth = dilation == 1 ? kw * cin : cin;
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < runs; j++) {
      const from = x + <usize> i * xTap + bytes(j * dilation * cin);
      if (wide) {
        wideRun(from, dy, g, depth, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      } else {
        narrowRun(from, dy, g, depth, images, oh, ow, mode, xImage, xRow, xPixel, dyPixel, gRow);
      }
      g += <usize> depth * gRow;
    }
  }
}

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
  filterGrads(
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
  filterGrads(
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

/**
 * Adds the `mode` of filter gradients to g: of the whole batch for the plain sum, else of each sample, and
 * for `DOTS` the inner products of all samples' gradients.
 */
function filterGrads(
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
  const rest = cout & 7, full = cout - rest;
  const width = rest == 0 ? 0 : panelWidth(rest);
  // A last panel that is not full gets its own copies of dy and g with rows as wide as the panel.
  const ragged = rest != width;
  const framedSize = direct ? 0 : align(<usize> group * imageSize);
  const tailSize = ragged ? align(bytes(group * pixels * width)) : 0;
  const heldSize = mode == DOTS ? align(bytes(n * taps * cout)) : 0;
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
    if (rest > 0) {
      let source = dy + bytes(full);
      if (ragged) {
        for (let i = 0; i < images * pixels; i++) {
          copy(tail + bytes(i * width), source + bytes(i * cout), rest);
        }
        source = tail;
      }
      panelGrad(
        width == 8,
        from,
        source,
        ragged ? tailGrad : target + bytes(full),
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
        ragged ? bytes(width) : row,
        ragged ? bytes(width) : row,
      );
    }
    x += bytes(images * h * w * cin);
    dy += bytes(images * pixels * cout);
    // Other samples' sums may share the tail; a gradient of its own may not.
    if (ragged && (mode == DOTS || start + images == n)) {
      for (let i = 0; i < taps; i++) {
        settle(tailGrad + bytes(i * width), target + bytes(i * cout + full), 0, true, rest);
      }
      memory.fill(tailGrad, 0, bytes(taps * width));
    }
    if (mode == DOTS) target += bytes(taps * cout);
  }
  if (mode == DOTS) addDots(held, g, n, taps * cout);
}
