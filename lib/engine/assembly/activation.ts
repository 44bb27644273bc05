import { fma, loadSome, storeSome } from "./common";
import { sigmoid, tanh } from "./math";

// Kinds of activation, as the host numbers them; 0 is the identity.
const RELU: i32 = 1;
const RELU6: i32 = 2;
const HSWISH: i32 = 3;
const SIGMOID: i32 = 4;
const TANH: i32 = 5;
const HSIGMOID: i32 = 6;
const SWISH: i32 = 7;

/** max(min(v, high), 0). */
@inline
function clamp(v: v128, high: f32): v128 {
  return f32x4.pmax(f32x4.pmin(v, f32x4.splat(high)), f32x4.splat(0));
}

@inline
function value(kind: i32, v: v128): v128 {
  if (kind == RELU) return f32x4.pmax(v, f32x4.splat(0));
  if (kind == RELU6) return clamp(v, 6);
  if (kind == HSWISH) {
    const gate = clamp(f32x4.add(v, f32x4.splat(3)), 6);
    return f32x4.mul(f32x4.mul(v, gate), f32x4.splat(1.0 / 6.0));
  }
  if (kind == SIGMOID) return sigmoid(v);
  if (kind == TANH) return tanh(v);
  if (kind == HSIGMOID) {
    return f32x4.mul(clamp(f32x4.add(v, f32x4.splat(3)), 6), f32x4.splat(1.0 / 6.0));
  }
  if (kind == SWISH) return f32x4.mul(v, sigmoid(v));
  return v;
}

/** The derivative, times d. Where it jumps it is the lower side's, or 0 where that is the upper one's. */
@inline
function slope(kind: i32, v: v128, d: v128): v128 {
  if (kind == RELU) return v128.and(d, f32x4.gt(v, f32x4.splat(0)));
  if (kind == RELU6) {
    const open = v128.and(f32x4.gt(v, f32x4.splat(0)), f32x4.le(v, f32x4.splat(6)));
    return v128.and(d, open);
  }
  if (kind == HSWISH) {
    const third = f32x4.splat(1.0 / 3.0), half = f32x4.splat(0.5), three = f32x4.splat(3);
    const inner = v128.and(fma(v, third, half), f32x4.gt(v, f32x4.neg(three)));
    return f32x4.mul(d, v128.bitselect(f32x4.splat(1), inner, f32x4.gt(v, three)));
  }
  if (kind == SIGMOID) {
    const s = sigmoid(v);
    return f32x4.mul(d, f32x4.mul(s, f32x4.sub(f32x4.splat(1), s)));
  }
  if (kind == TANH) {
    const t = tanh(v);
    return f32x4.mul(d, f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)));
  }
  if (kind == HSIGMOID) {
    const open = v128.and(f32x4.gt(v, f32x4.splat(-3)), f32x4.le(v, f32x4.splat(3)));
    return v128.and(f32x4.mul(d, f32x4.splat(1.0 / 6.0)), open);
  }
  if (kind == SWISH) {
    const s = sigmoid(v), one = f32x4.splat(1);
    return f32x4.mul(d, f32x4.mul(s, f32x4.add(one, f32x4.mul(v, f32x4.sub(one, s)))));
  }
  return d;
}

/** All `n` floats; `kind` is a constant at every call. */
@inline
function values(kind: i32, x: usize, y: usize, n: i32): void {
  let left = n;
  for (; left >= 16; left -= 16) {
    v128.store(y, value(kind, v128.load(x)));
    v128.store(y + 16, value(kind, v128.load(x + 16)));
    v128.store(y + 32, value(kind, v128.load(x + 32)));
    v128.store(y + 48, value(kind, v128.load(x + 48)));
    x += 64;
    y += 64;
  }
  for (; left > 0; left -= 4) {
    storeSome(y, value(kind, loadSome(x, left)), left);
    x += 16;
    y += 16;
  }
}

@inline
function slopeAt(kind: i32, accumulate: bool, x: usize, dy: usize, dx: usize): void {
  const v = slope(kind, v128.load(x), v128.load(dy));
  v128.store(dx, accumulate ? f32x4.add(v128.load(dx), v) : v);
}

@inline
function slopes(kind: i32, x: usize, dy: usize, dx: usize, n: i32, accumulate: bool): void {
  let left = n;
  for (; left >= 16; left -= 16) {
    slopeAt(kind, accumulate, x, dy, dx);
    slopeAt(kind, accumulate, x + 16, dy + 16, dx + 16);
    slopeAt(kind, accumulate, x + 32, dy + 32, dx + 32);
    slopeAt(kind, accumulate, x + 48, dy + 48, dx + 48);
    x += 64;
    dy += 64;
    dx += 64;
  }
  for (; left > 0; left -= 4) {
    const v = slope(kind, loadSome(x, left), loadSome(dy, left));
    storeSome(dx, accumulate ? f32x4.add(loadSome(dx, left), v) : v, left);
    x += 16;
    dy += 16;
    dx += 16;
  }
}

/** y = the activation `kind` of x. */
export function activate(x: usize, y: usize, n: i32, kind: i32): void {
  if (kind == RELU) values(RELU, x, y, n);
  else if (kind == RELU6) values(RELU6, x, y, n);
  else if (kind == HSWISH) values(HSWISH, x, y, n);
  else if (kind == SIGMOID) values(SIGMOID, x, y, n);
  else if (kind == TANH) values(TANH, x, y, n);
  else if (kind == HSIGMOID) values(HSIGMOID, x, y, n);
  else if (kind == SWISH) values(SWISH, x, y, n);
  else values(0, x, y, n);
}

/** dx = dy times the activation's derivative at x, or that added to dx. */
export function activateGrad(
  x: usize,
  dy: usize,
  dx: usize,
  n: i32,
  kind: i32,
  accumulate: bool,
): void {
  if (kind == RELU) slopes(RELU, x, dy, dx, n, accumulate);
  else if (kind == RELU6) slopes(RELU6, x, dy, dx, n, accumulate);
  else if (kind == HSWISH) slopes(HSWISH, x, dy, dx, n, accumulate);
  else if (kind == SIGMOID) slopes(SIGMOID, x, dy, dx, n, accumulate);
  else if (kind == TANH) slopes(TANH, x, dy, dx, n, accumulate);
  else if (kind == HSIGMOID) slopes(HSIGMOID, x, dy, dx, n, accumulate);
  else if (kind == SWISH) slopes(SWISH, x, dy, dx, n, accumulate);
  else slopes(0, x, dy, dx, n, accumulate);
}
