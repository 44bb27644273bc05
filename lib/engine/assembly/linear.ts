import { biasAdd } from "./channels";
import { bytes, loadSome, splat, storeSome } from "./common";
import { convFilterGrad } from "./conv_filter_grad";
import { pointwise } from "./pointwise";
import { measure } from "./sample_mode";
import { settling, WRITE } from "./settle";

/** y [rows, outer] = x [rows, inner] * weight [inner, outer] + bias [outer]; a `bias` of 0 is none. */
export function linear(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  rows: i32,
  inner: i32,
  outer: i32,
): void {
  pointwise(false, x, weight, y, rows, inner, outer, <i32> bytes(outer), 4, WRITE, 0);
  if (bias != 0) biasAdd(y, bias, rows, outer);
}

/** dx [rows, inner] = dy [rows, outer] * weight [inner, outer] transposed, or that added to dx. */
export function linearInputGradInto(
  dy: usize,
  weight: usize,
  dx: usize,
  accumulate: bool,
  rows: i32,
  inner: i32,
  outer: i32,
): void {
  const how = settling(0, accumulate);
  pointwise(false, dy, weight, dx, rows, outer, inner, 4, <i32> bytes(outer), how, 0);
}

/** g [inner, outer] = x [rows, inner] transposed * dy [rows, outer]. */
export function linearWeightGrad(
  x: usize,
  dy: usize,
  g: usize,
  rows: i32,
  inner: i32,
  outer: i32,
): void {
  convFilterGrad(x, dy, g, 1, 1, rows, inner, 1, rows, outer, 1, 1, 1, 1, 1, 1, 0, 0);
}

/** Adds up, over the rows, the `mode` of each one's weight gradient into acc [inner, outer]. */
export function linearSampleGrads(
  x: usize,
  dy: usize,
  acc: usize,
  mode: i32,
  rows: i32,
  inner: i32,
  outer: i32,
): void {
  for (let i = 0; i < inner; i++) {
    for (let o = 0; o < outer; o += 4) {
      const lanes = min(4, outer - o);
      let sum = loadSome(acc + bytes(o), lanes), p = x + bytes(i), q = dy + bytes(o);
      for (let n = 0; n < rows; n++) {
        sum = f32x4.add(sum, measure(mode, f32x4.mul(splat(p), loadSome(q, lanes))));
        p += bytes(inner);
        q += bytes(outer);
      }
      storeSome(acc + bytes(o), sum, lanes);
    }
    acc += bytes(outer);
  }
}
