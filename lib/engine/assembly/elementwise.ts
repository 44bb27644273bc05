import { fma, loadSome, storeSome } from "./common";

// Loops over all values: whole vectors first, then what is left, the same body inlined twice.

/** y = a + b. */
export function add(a: usize, b: usize, y: usize, n: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
  if (left > 0) storeSome(y, f32x4.add(loadSome(a, left), loadSome(b, left)), left);
}

@inline
function clippedGradSome(x: usize, dy: usize, dx: usize, lanes: i32, ceiling: v128): void {
  const v = loadSome(x, lanes);
  const open = v128.and(f32x4.gt(v, f32x4.splat(0)), f32x4.le(v, ceiling));
  storeSome(dx, v128.and(loadSome(dy, lanes), open), lanes);
}

/** dx = dy where 0 < x <= ceiling, else 0. */
export function clippedGrad(x: usize, dy: usize, dx: usize, n: i32, ceiling: f32): void {
  const high = f32x4.splat(ceiling);
  let left = n;
  for (; left >= 4; left -= 4) {
    clippedGradSome(x, dy, dx, 4, high);
    x += 16;
    dy += 16;
    dx += 16;
  }
  if (left > 0) clippedGradSome(x, dy, dx, left, high);
}

@inline
function sgdSome(
  w: usize,
  g: usize,
  v: usize,
  lanes: i32,
  rate: v128,
  momentum: v128,
  decay: v128,
  nesterov: bool,
): void {
  const old = loadSome(w, lanes);
  let step = fma(decay, old, loadSome(g, lanes));
  if (v != 0) {
    const speed = fma(momentum, loadSome(v, lanes), step);
    storeSome(v, speed, lanes);
    step = nesterov ? fma(momentum, speed, step) : speed;
  }
  storeSome(w, fma(rate, step, old), lanes);
}

/**
 * One step of stochastic gradient descent over `n` weights, in place, as PyTorch defines it:
 * g' = g + decay * w; v = momentum * v + g'; w -= rate * (nesterov ? g' + momentum * v : v).
 * `v` may be 0 for no momentum.
 */
export function sgd(
  w: usize,
  g: usize,
  v: usize,
  n: i32,
  rate: f32,
  momentum: f32,
  decay: f32,
  nesterov: bool,
): void {
  const rates = f32x4.splat(-rate), momenta = f32x4.splat(momentum), decays = f32x4.splat(decay);
  let left = n;
  for (; left >= 4; left -= 4) {
    sgdSome(w, g, v, 4, rates, momenta, decays, nesterov);
    w += 16;
    g += 16;
    if (v != 0) v += 16;
  }
  if (left > 0) sgdSome(w, g, v, left, rates, momenta, decays, nesterov);
}
