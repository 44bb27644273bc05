import type { Op } from "naskit/graph/mod.ts";

/** All activations. */
export const activations: readonly Op[] = [
  { op: "relu" },
  { op: "relu6" },
  { op: "hswish" },
  { op: "swish" },
  { op: "sigmoid" },
  { op: "hsigmoid" },
  { op: "tanh" },
];
