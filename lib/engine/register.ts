// Puts the kernels in the place of those that tfjs's wasm backend lacks, or has slow, so that ordinary
// tfjs code trains on it. Gradients are replaced where tfjs's refuse dilations or take more passes.
import { registerConv, registerDepthwise } from "./register_conv.ts";
import { registerPools } from "./register_pool.ts";
import {
  registerAdd,
  registerBatchNorm,
  registerIdentity,
  registerReluGrad,
  registerSegmentSum,
  registerSoftmaxCrossEntropy,
} from "./register_training.ts";

registerConv();
registerDepthwise();
registerPools();
registerIdentity();
registerAdd();
registerSegmentSum();
registerReluGrad();
registerBatchNorm();
registerSoftmaxCrossEntropy();
