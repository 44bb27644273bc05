import type { ConvSizes, DepthwiseSizes } from "../../engine/kernels.ts";
import { fullWindow } from "../../graph/mod.ts";
import type { Backward, Lowering, NodeOf } from "./lowering.ts";
import { addBias } from "./lower_dense.ts";
import type { Parameter } from "./parameters.ts";
import type { Region } from "./region.ts";
import type { WithoutBatch } from "./sizes.ts";

type ConvNode = NodeOf<"conv">;
type DepthwiseNode = NodeOf<"depthwise">;

/** A convolution. It takes the ReLU before it along, where that is its readers' to do. */
export function lowerConv(node: ConvNode, to: Lowering): Backward {
  const x = to.input(node), y = to.define(node), relu = x.beforeRelu !== undefined;
  const { kernels } = to.machine;
  const { values: filter, gradient } = to.param(node, "weight") as Parameter;
  const sizes = convSizes(node, to);
  to.forward(node, {
    kernel: relu ? "reluConv" : "conv",
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) => {
      const run = relu ? kernels.reluConv : kernels.conv;
      run(x.region.address, filter.address, y.region.address, count, ...sizes);
    },
  });
  const biasBackward = addBias(node, y, to);
  return (dy) => {
    biasBackward(dy);
    const g = gradient as Region;
    to.backward(node, {
      kernel: relu ? "reluConvFilterGrad" : "convFilterGrad",
      reads: [x.region, dy],
      writes: [],
      run: ({ count, sampleMode, gram }) => {
        const at = [x.region.address, dy.address, gram ?? g.address] as const;
        if (gram !== undefined) {
          kernels.convSampleDots(...at, relu ? 1 : 0, count, ...sizes);
        } else if (sampleMode !== undefined) {
          kernels.convSampleGrads(...at, sampleMode, relu ? 1 : 0, count, ...sizes);
        } else {
          const run = relu ? kernels.reluConvFilterGrad : kernels.convFilterGrad;
          run(...at, count, ...sizes);
        }
      },
    });
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: "convInputGrad",
      reads: relu ? [dy, x.region] : [dy],
      writes: [dx],
      run: ({ count }) => {
        const mask = relu ? x.region.address : 0, add = accumulate ? 1 : 0;
        const at = [dy.address, filter.address, dx.address] as const;
        kernels.convInputGradInto(...at, mask, add, count, ...sizes);
      },
    }));
  };
}

/** A depthwise convolution, which takes the ReLU before it along in the same way. */
export function lowerDepthwise(node: DepthwiseNode, to: Lowering): Backward {
  const x = to.input(node), y = to.define(node), relu = x.beforeRelu !== undefined;
  const { kernels } = to.machine;
  const { values: filter, gradient } = to.param(node, "weight") as Parameter;
  const sizes = depthwiseSizes(node, to);
  to.forward(node, {
    kernel: relu ? "reluDepthwise" : "depthwise",
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) => {
      const run = relu ? kernels.reluDepthwise : kernels.depthwise;
      run(x.region.address, filter.address, y.region.address, count, ...sizes);
    },
  });
  const biasBackward = addBias(node, y, to);
  return (dy) => {
    biasBackward(dy);
    const g = gradient as Region;
    to.backward(node, {
      kernel: relu ? "reluDepthwiseFilterGrad" : "depthwiseFilterGrad",
      reads: [x.region, dy],
      writes: [],
      run: ({ count, sampleMode, gram }) => {
        const at = [x.region.address, dy.address, gram ?? g.address] as const;
        if (gram !== undefined) {
          kernels.depthwiseSampleDots(...at, relu ? 1 : 0, count, ...sizes);
        } else if (sampleMode !== undefined) {
          kernels.depthwiseSampleGrads(...at, sampleMode, relu ? 1 : 0, count, ...sizes);
        } else {
          const run = relu ? kernels.reluDepthwiseFilterGrad : kernels.depthwiseFilterGrad;
          run(...at, count, ...sizes);
        }
      },
    });
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: "depthwiseInputGrad",
      reads: relu ? [dy, x.region] : [dy],
      writes: [dx],
      run: ({ count }) => {
        const mask = relu ? x.region.address : 0, add = accumulate ? 1 : 0;
        const at = [dy.address, filter.address, dx.address] as const;
        kernels.depthwiseInputGradInto(...at, mask, add, count, ...sizes);
      },
    }));
  };
}

function convSizes(node: ConvNode, to: Lowering): WithoutBatch<ConvSizes> {
  const [height, width, channels] = to.inputShape(node) as readonly [number, number, number];
  const [outHeight, outWidth, outChannels] = to.shapeOf(node.name) as readonly [
    number,
    number,
    number,
  ];
  return [height, width, channels, outHeight, outWidth, outChannels, ...windowSizes(node)];
}

function depthwiseSizes(node: DepthwiseNode, to: Lowering): WithoutBatch<DepthwiseSizes> {
  const [height, width, channels] = to.inputShape(node) as readonly [number, number, number];
  const [outHeight, outWidth] = to.shapeOf(node.name) as readonly [number, number, number];
  const { multiplier = 1 } = node;
  return [height, width, channels, multiplier, outHeight, outWidth, ...windowSizes(node)];
}

function windowSizes(node: ConvNode | DepthwiseNode): SquareWindow {
  const { kernel, stride, dilation, padding } = fullWindow(node);
  return [kernel, kernel, stride, stride, dilation, dilation, padding, padding];
}

type SquareWindow = readonly [number, number, number, number, number, number, number, number];
