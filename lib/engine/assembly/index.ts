// AssemblyScript, compiled by tools/build_kernels.ts: what is exported here is what the host can call.
export { batchNorm, batchNormGrad } from "./batch_norm";
export { conv } from "./conv";
export { convFilterGrad } from "./conv_filter_grad";
export { convInputGrad } from "./conv_input_grad";
export { depthwise, depthwiseInputGrad } from "./depthwise";
export { depthwiseFilterGrad } from "./depthwise_filter_grad";
export { add, clippedGrad, sgd } from "./elementwise";
export { avgPool, avgPoolGrad, maxPool, maxPoolGrad } from "./pool";
