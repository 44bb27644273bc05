/** What the kernel `activate` computes. */
export const activationKind = {
  none: 0,
  relu: 1,
  relu6: 2,
  hswish: 3,
  sigmoid: 4,
  tanh: 5,
  hsigmoid: 6,
  swish: 7,
} as const;
