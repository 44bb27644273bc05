// The gradient of a strided convolution falls into phases, one for each remainder of an input
// coordinate h modulo the stride. Input h meets tap k at output (h + pad - k * dilation) / stride, so
// a phase meets only the taps that make this whole: every `step`-th one from `first`. Within a phase
// neighbours in h meet neighbouring outputs, so each phase is a plain convolution of dy, and no
// product with an inserted zero is ever formed.

/** Greatest common divisor. */
export function gcd(a: i32, b: i32): i32 {
  while (b != 0) {
    const r = a % b;
    a = b;
    b = r;
  }
  return a;
}

/** The first tap that a phase meets; `step` when it meets none. */
export function firstTap(phase: i32, pad: i32, stride: i32, dilation: i32, step: i32): i32 {
  for (let k = 0; k < step; k++) {
    if ((phase + pad - k * dilation) % stride == 0) return k;
  }
  return step;
}

/** How many of `kernel` taps a phase meets. */
@inline
export function tapCount(first: i32, kernel: i32, step: i32): i32 {
  return first >= step || first >= kernel ? 0 : (kernel - 1 - first) / step + 1;
}

/** The lowest output that the first input of a phase meets; may be negative. */
@inline
export function lowest(
  phase: i32,
  pad: i32,
  stride: i32,
  dilation: i32,
  step: i32,
  first: i32,
  count: i32,
): i32 {
  return (phase + pad - first * dilation) / stride - (count - 1) * (dilation * step / stride);
}

/** How far a frame of dy must begin before it (at least 0), over all phases. */
export function framePad(size: i32, pad: i32, stride: i32, dilation: i32, kernel: i32): i32 {
  const step = stride / gcd(dilation, stride);
  let most = 0;
  for (let phase = 0; phase < min(stride, size); phase++) {
    const first = firstTap(phase, pad, stride, dilation, step);
    const count = tapCount(first, kernel, step);
    if (count > 0) {
      most = max(most, -lowest(phase, pad, stride, dilation, step, first, count));
    }
  }
  return most;
}

/** How long the frame must be, the pad at its beginning included, over all phases. */
export function frameSize(size: i32, pad: i32, stride: i32, dilation: i32, kernel: i32): i32 {
  const step = stride / gcd(dilation, stride);
  const begin = framePad(size, pad, stride, dilation, kernel);
  let most = 1;
  for (let phase = 0; phase < min(stride, size); phase++) {
    const first = firstTap(phase, pad, stride, dilation, step);
    const count = tapCount(first, kernel, step);
    if (count > 0) {
      const low = lowest(phase, pad, stride, dilation, step, first, count);
      const inputs = (size - phase + stride - 1) / stride;
      most = max(most, begin + low + inputs + (count - 1) * (dilation * step / stride));
    }
  }
  return most;
}
