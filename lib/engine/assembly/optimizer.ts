import { fma, loadSome, storeSome } from "./common";

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
  for (; left >= 8; left -= 8) {
    const next = v != 0 ? v + 16 : 0;
    sgdSome(w, g, v, 4, rates, momenta, decays, nesterov);
    sgdSome(w + 16, g + 16, next, 4, rates, momenta, decays, nesterov);
    w += 32;
    g += 32;
    if (v != 0) v += 32;
  }
  for (; left >= 4; left -= 4) {
    sgdSome(w, g, v, 4, rates, momenta, decays, nesterov);
    w += 16;
    g += 16;
    if (v != 0) v += 16;
  }
  if (left > 0) sgdSome(w, g, v, left, rates, momenta, decays, nesterov);
}

@inline
function adamSome(
  decoupled: bool,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  lanes: i32,
  rate: v128,
  beta1: v128,
  beta2: v128,
  fresh1: v128,
  fresh2: v128,
  epsilon: v128,
  decay: v128,
): void {
  let old = loadSome(w, lanes), slope = loadSome(g, lanes);
  if (decoupled) old = fma(decay, old, old);
  else slope = fma(decay, old, slope);
  const first = fma(beta1, loadSome(m, lanes), f32x4.mul(fresh1, slope));
  const second = fma(beta2, loadSome(v, lanes), f32x4.mul(fresh2, f32x4.mul(slope, slope)));
  storeSome(m, first, lanes);
  storeSome(v, second, lanes);
  const step = f32x4.div(first, f32x4.add(f32x4.sqrt(second), epsilon));
  storeSome(w, fma(rate, step, old), lanes);
}

@inline
function adamAll(
  decoupled: bool,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  n: i32,
  rate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  decay: f64,
  step: i32,
): void {
  let power1: f64 = 1, power2: f64 = 1;
  for (let i = 0; i < step; i++) {
    power1 *= beta1;
    power2 *= beta2;
  }
  // Both bias corrections go into the step's length and into epsilon.
  const root = sqrt<f64>(1 - power2);
  const length = f32x4.splat(<f32> (-rate * root / (1 - power1)));
  const edge = f32x4.splat(<f32> (epsilon * root));
  const b1 = f32x4.splat(<f32> beta1), b2 = f32x4.splat(<f32> beta2);
  const f1 = f32x4.splat(<f32> (1 - beta1)), f2 = f32x4.splat(<f32> (1 - beta2));
  const pull = f32x4.splat(<f32> (decoupled ? -rate * decay : decay));
  let left = n;
  for (; left >= 4; left -= 4) {
    adamSome(decoupled, w, g, m, v, 4, length, b1, b2, f1, f2, edge, pull);
    w += 16;
    g += 16;
    m += 16;
    v += 16;
  }
  if (left > 0) adamSome(decoupled, w, g, m, v, left, length, b1, b2, f1, f2, edge, pull);
}

/**
 * Step number `step`, from 1 on, of Adam (Kingma & Ba 2015) over `n` weights, in place, with means m of the
 * gradient g' = g + decay * w and v of its square: w -= rate * m' / (sqrt(v') + epsilon), where m' and v' are
 * free of the zeros that the means began with.
 */
export function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  n: i32,
  rate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  decay: f64,
  step: i32,
): void {
  adamAll(false, w, g, m, v, n, rate, beta1, beta2, epsilon, decay, step);
}

/** {@link adam} with the decay taken off the weights, not put in the gradient (Loshchilov & Hutter 2019). */
export function adamW(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  n: i32,
  rate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  decay: f64,
  step: i32,
): void {
  adamAll(true, w, g, m, v, n, rate, beta1, beta2, epsilon, decay, step);
}
