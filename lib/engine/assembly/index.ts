// AssemblyScript, compiled by tools/build_kernels.ts: what is exported here is what the host can call.
export { activate, activateGrad } from "./activation";
export { batchNorm, batchNormApply, batchNormPerSample, batchNormUpdate } from "./batch_norm";
export { batchNormGrad, batchNormGradInto, batchNormPerSampleGrad } from "./batch_norm_grad";
export {
  batchNormGradJoin,
  batchNormGradSums,
  batchNormJoin,
  batchNormMoments,
} from "./batch_norm_parts";
export {
  biasAdd,
  biasGrad,
  copyColumns,
  gate,
  gateGrad,
  gateInto,
  globalAvgPool,
  globalAvgPoolGradInto,
} from "./channels";
export { addCodeDistances, packSigns } from "./codes";
export { conv, reluConv } from "./conv";
export { convFilterGrad, reluConvFilterGrad } from "./conv_filter_grad";
export { convSampleDots, convSampleGrads } from "./conv_sample_grads";
export { chooseConvolution, chooseForBatch } from "./conv_way";
export { convInputGrad, convInputGradInto } from "./conv_input_grad";
export {
  depthwise,
  depthwiseInputGrad,
  depthwiseInputGradInto,
  reluDepthwise,
} from "./depthwise";
export {
  depthwiseFilterGrad,
  depthwiseSampleDots,
  depthwiseSampleGrads,
  reluDepthwiseFilterGrad,
} from "./depthwise_filter_grad";
export { add, addInto, clippedGrad, multiply, multiplyInto, scale, scaleInto } from "./elementwise";
export { linear, linearInputGradInto, linearSampleGrads, linearWeightGrad } from "./linear";
export { softmaxCrossEntropy } from "./loss";
export { mix, mixDots } from "./mix";
export { adam, adamW, sgd } from "./optimizer";
export { peak } from "./peak";
export { avgPool, maxPool } from "./pool";
export { avgPoolGrad, avgPoolGradInto, maxPoolGrad, maxPoolGradInto } from "./pool_grad";
export { linearSampleDots } from "./sample_dots";
export { upsample, upsampleGradInto } from "./upsample";
