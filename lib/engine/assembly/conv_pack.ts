import { bytes, loadSome } from "./common";
import { panelWidth } from "./conv_block";

// Filters are packed in the order in which the blocks read them, once a call. A filter is seen as
// [kh, kw, inner, outer] with any strides, in bytes, between its taps and channels: turned round and
// transposed it is one for the input's gradient.

/** `n` (1 to 4) floats `stride` bytes apart, zeros in the other lanes. */
@inline
export function gather(p: usize, stride: i32, n: i32): v128 {
  if (stride == 4) return loadSome(p, n);
  let v = v128.load32_zero(p);
  if (n > 1) v = v128.load32_lane(p + stride, v, 1);
  if (n > 2) v = v128.load32_lane(p + 2 * stride, v, 2);
  if (n > 3) v = v128.load32_lane(p + 3 * stride, v, 3);
  return v;
}

/** Into panels [outer / 8][kh][kw][inner][8], the last one of 8 or 4, zeros at its end. */
export function packPanels(
  filter: usize,
  dst: usize,
  kh: i32,
  kw: i32,
  inner: i32,
  outer: i32,
  tapH: i32,
  tapW: i32,
  strideIn: i32,
  strideOut: i32,
): void {
  for (let c = 0; c < outer;) {
    const left = outer - c, width = panelWidth(left);
    for (let i = 0; i < kh; i++) {
      for (let j = 0; j < kw; j++) {
        let from = filter + (i * tapH + j * tapW + c * strideOut);
        for (let k = 0; k < inner; k++) {
          v128.store(dst, gather(from, strideOut, min(left, 4)));
          if (width == 8) {
            v128.store(dst, gather(from + 4 * strideOut, strideOut, min(left - 4, 4)), 16);
          }
          from += strideIn;
          dst += bytes(width);
        }
      }
    }
    c += width;
  }
}

/** Into panels [outer / 4][kh][inner][3][4], zeros at the last one's end. */
export function packSlide(
  filter: usize,
  dst: usize,
  kh: i32,
  inner: i32,
  outer: i32,
  tapH: i32,
  tapW: i32,
  strideIn: i32,
  strideOut: i32,
): void {
  for (let c = 0; c < outer; c += 4) {
    const used = min(outer - c, 4);
    for (let i = 0; i < kh; i++) {
      let from = filter + (i * tapH + c * strideOut);
      for (let k = 0; k < inner; k++) {
        for (let j = 0; j < 3; j++) {
          v128.store(dst, gather(from + j * tapW, strideOut, used));
          dst += 16;
        }
        from += strideIn;
      }
    }
  }
}
