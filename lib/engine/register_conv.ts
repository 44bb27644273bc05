import * as tf from "@tensorflow/tfjs";
import { filled, pointer } from "./backend.ts";
import { type ConvSizes, type DepthwiseSizes, kernels } from "./kernels.ts";
import { replaceGradient, replaceKernel, run, type Shape4D, type WindowAttrs } from "./registry.ts";

type Tensors<Names extends string> = Readonly<Record<Names, tf.TensorInfo>>;
type ConvInfo = tf.backend_util.Conv2DInfo;

/** Registers the convolution and its two gradients. */
export function registerConv(): void {
  replaceKernel<Tensors<"x" | "filter">, WindowAttrs>("Conv2D", ({ x, filter }, attrs) => {
    const info = convInfo("Conv2D", x.shape, filter.shape, attrs);
    return filled(
      info.outShape,
      (y) => kernels.conv(pointer(x), pointer(filter), y, ...convSizes(info)),
    );
  });
  replaceKernel<Tensors<"dy" | "filter">, WindowAttrs>(
    "Conv2DBackpropInput",
    ({ dy, filter }, attrs) => {
      const info = convInfo("Conv2DBackpropInput", attrs.inputShape, filter.shape, attrs);
      return filled(
        info.inShape,
        (dx) => kernels.convInputGrad(pointer(dy), pointer(filter), dx, ...convSizes(info)),
      );
    },
  );
  replaceKernel<Tensors<"x" | "dy">, WindowAttrs>("Conv2DBackpropFilter", ({ x, dy }, attrs) => {
    const info = convInfo("Conv2DBackpropFilter", x.shape, attrs.filterShape, attrs);
    return filled(
      info.filterShape,
      (g) => kernels.convFilterGrad(pointer(x), pointer(dy), g, ...convSizes(info)),
    );
  });
  convGradient("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter");
}

/** Registers the depthwise convolution and its two gradients. */
export function registerDepthwise(): void {
  replaceKernel<Tensors<"x" | "filter">, WindowAttrs>(
    "DepthwiseConv2dNative",
    ({ x, filter }, attrs) => {
      const info = convInfo("DepthwiseConv2dNative", x.shape, filter.shape, attrs, true);
      return filled(
        info.outShape,
        (y) => kernels.depthwise(pointer(x), pointer(filter), y, ...depthwiseSizes(info)),
      );
    },
  );
  replaceKernel<Tensors<"dy" | "filter">, WindowAttrs>(
    "DepthwiseConv2dNativeBackpropInput",
    ({ dy, filter }, attrs) => {
      const name = "DepthwiseConv2dNativeBackpropInput";
      const info = convInfo(name, attrs.inputShape, filter.shape, attrs, true);
      return filled(
        info.inShape,
        (dx) =>
          kernels.depthwiseInputGrad(pointer(dy), pointer(filter), dx, ...depthwiseSizes(info)),
      );
    },
  );
  replaceKernel<Tensors<"x" | "dy">, WindowAttrs>(
    "DepthwiseConv2dNativeBackpropFilter",
    ({ x, dy }, attrs) => {
      const name = "DepthwiseConv2dNativeBackpropFilter";
      const info = convInfo(name, x.shape, attrs.filterShape, attrs, true);
      return filled(
        info.filterShape,
        (g) => kernels.depthwiseFilterGrad(pointer(x), pointer(dy), g, ...depthwiseSizes(info)),
      );
    },
  );
  convGradient(
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
  );
}

/** The gradient of a convolution by its two kernels, at any dilation. */
function convGradient(name: string, inputGrad: string, filterGrad: string): void {
  replaceGradient(name, (dy, saved, attrs) => {
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    const slope = dy as tf.Tensor;
    return {
      x: () => run(inputGrad, { dy: slope, filter }, { ...attrs, inputShape: x.shape }),
      filter: () => run(filterGrad, { x, dy: slope }, { ...attrs, filterShape: filter.shape }),
    };
  });
}

function convInfo(
  name: string,
  x: readonly number[],
  filter: readonly number[],
  attrs: WindowAttrs,
  depthwise = false,
): ConvInfo {
  const { strides, pad, dataFormat = "NHWC", dimRoundingMode } = attrs;
  if (dataFormat !== "NHWC") {
    throw new RangeError(`Cannot run ${name}: dataFormat must be "NHWC", got "${dataFormat}"`);
  }
  return tf.backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    attrs.dilations ?? 1, // tfjs's depthwise layer hands on null
    pad,
    dimRoundingMode,
    depthwise,
  );
}

function convSizes(c: ConvInfo): ConvSizes {
  return [
    c.batchSize,
    c.inHeight,
    c.inWidth,
    c.inChannels,
    c.outHeight,
    c.outWidth,
    c.outChannels,
    c.filterHeight,
    c.filterWidth,
    c.strideHeight,
    c.strideWidth,
    c.dilationHeight,
    c.dilationWidth,
    c.padInfo.top,
    c.padInfo.left,
  ];
}

function depthwiseSizes(c: ConvInfo): DepthwiseSizes {
  return [
    c.batchSize,
    c.inHeight,
    c.inWidth,
    c.inChannels,
    c.outChannels / c.inChannels,
    c.outHeight,
    c.outWidth,
    c.filterHeight,
    c.filterWidth,
    c.strideHeight,
    c.strideWidth,
    c.dilationHeight,
    c.dilationWidth,
    c.padInfo.top,
    c.padInfo.left,
  ];
}
