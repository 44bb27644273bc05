import * as tf from "@tensorflow/tfjs";
import { filled, pointer } from "./backend.ts";
import { kernels, type PoolSizes } from "./kernels.ts";
import { replaceGradient, replaceKernel, run, type Shape4D, type WindowAttrs } from "./registry.ts";

type Tensors<Names extends string> = Readonly<Record<Names, tf.TensorInfo>>;
type ConvInfo = tf.backend_util.Conv2DInfo;

/** Registers the average and maximum pools and their gradients. */
export function registerPools(): void {
  replaceKernel<Tensors<"x">, WindowAttrs>("AvgPool", ({ x }, attrs) => {
    const info = poolInfo(x.shape, attrs);
    return filled(info.outShape, (y) => kernels.avgPool(pointer(x), y, ...poolSizes(info)));
  });
  replaceKernel<Tensors<"dy" | "input">, WindowAttrs>("AvgPoolGrad", ({ dy, input }, attrs) => {
    const info = poolInfo(input.shape, attrs);
    return filled(info.inShape, (dx) => kernels.avgPoolGrad(pointer(dy), dx, ...poolSizes(info)));
  });
  replaceKernel<Tensors<"x">, WindowAttrs>("MaxPool", ({ x }, attrs) => {
    const info = poolInfo(x.shape, attrs);
    return filled(info.outShape, (y) => kernels.maxPool(pointer(x), y, ...poolSizes(info)));
  });
  replaceKernel<Tensors<"dy" | "input" | "output">, WindowAttrs>(
    "MaxPoolGrad",
    ({ dy, input, output: y }, attrs) => {
      const info = poolInfo(input.shape, attrs);
      return filled(
        info.inShape,
        (dx) =>
          kernels.maxPoolGrad(pointer(input), pointer(y), pointer(dy), dx, ...poolSizes(info)),
      );
    },
  );
  // tfjs's own drop the rounding mode on the way.
  replaceGradient("AvgPool", (dy, saved, attrs) => {
    const [input] = saved as [tf.Tensor];
    return { x: () => run("AvgPoolGrad", { dy: dy as tf.Tensor, input }, attrs) };
  });
  replaceGradient("MaxPool", (dy, saved, attrs) => {
    const [input, output] = saved as [tf.Tensor, tf.Tensor];
    return { x: () => run("MaxPoolGrad", { dy: dy as tf.Tensor, input, output }, attrs) };
  });
}

function poolInfo(x: readonly number[], attrs: WindowAttrs): ConvInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computePool2DInfo(
    x as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

function poolSizes(c: ConvInfo): PoolSizes {
  return [
    c.batchSize,
    c.inHeight,
    c.inWidth,
    c.inChannels,
    c.outHeight,
    c.outWidth,
    c.filterHeight,
    c.filterWidth,
    c.strideHeight,
    c.strideWidth,
    c.padInfo.top,
    c.padInfo.left,
  ];
}
