import type { OpName } from "../../graph/mod.ts";
import type { NodeOf } from "../plan/lowering.ts";
import { dualActivation } from "./dual_activation.ts";
import { dualBatchNorm } from "./dual_batch_norm.ts";
import { dualConv, dualDepthwise, dualLinear } from "./dual_layers.ts";
import {
  dualAdd,
  dualAvgPool,
  dualConcat,
  dualGlobalAvgPool,
  dualInput,
  dualMixed,
  dualUpsample,
  dualZero,
} from "./dual_linear_ops.ts";
import { dualMaxPool } from "./dual_max_pool.ts";
import { dualMultiply } from "./dual_multiply.ts";
import type { Backward, DualRun } from "./dual_run.ts";

/** Runs an op on the duals of what a node reads, and returns what goes back through it. */
export type DualOp<K extends OpName> = (node: NodeOf<K>, run: DualRun) => Backward | undefined;

/** Their dual is that of what they read. */
const handOn = () => undefined;

/** What every op does to duals. */
export const dualOps: { readonly [K in OpName]: DualOp<K> } = {
  input: dualInput,
  conv: dualConv,
  depthwise: dualDepthwise,
  batchNorm: dualBatchNorm,
  relu: dualActivation,
  relu6: dualActivation,
  hswish: dualActivation,
  swish: dualActivation,
  sigmoid: dualActivation,
  hsigmoid: dualActivation,
  tanh: dualActivation,
  avgPool: dualAvgPool,
  maxPool: dualMaxPool,
  globalAvgPool: dualGlobalAvgPool,
  upsample: dualUpsample,
  flatten: handOn,
  linear: dualLinear,
  add: dualAdd,
  multiply: dualMultiply,
  concat: dualConcat,
  mixed: dualMixed,
  identity: handOn,
  zero: dualZero,
};
