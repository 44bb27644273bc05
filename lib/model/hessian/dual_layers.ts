import type { NodeOf } from "../plan/lowering.ts";
import { convSizes, depthwiseSizes } from "../plan/sizes.ts";
import type { Backward, DualParam, DualRun } from "./dual_run.ts";

/** What is linear in what it reads and in a weight, on any number of images. */
interface Bilinear {
  forward(x: number, weight: number, y: number, images: number): void;
  inputGrad(dy: number, weight: number, dx: number, accumulate: 0 | 1, images: number): void;
  weightGrad(x: number, dy: number, g: number, images: number): void;
}

/** A convolution. */
export function dualConv(node: NodeOf<"conv">, run: DualRun): Backward {
  const { kernels } = run.machine, sizes = convSizes(node, run);
  return dualLayer(node, run, {
    forward: (x, weight, y, images) => kernels.conv(x, weight, y, images, ...sizes),
    inputGrad: (dy, weight, dx, accumulate, images) =>
      kernels.convInputGradInto(dy, weight, dx, 0, accumulate, images, ...sizes),
    weightGrad: (x, dy, g, images) => kernels.convFilterGrad(x, dy, g, images, ...sizes),
  });
}

/** A depthwise convolution. */
export function dualDepthwise(node: NodeOf<"depthwise">, run: DualRun): Backward {
  const { kernels } = run.machine, sizes = depthwiseSizes(node, run);
  return dualLayer(node, run, {
    forward: (x, weight, y, images) => kernels.depthwise(x, weight, y, images, ...sizes),
    inputGrad: (dy, weight, dx, accumulate, images) =>
      kernels.depthwiseInputGradInto(dy, weight, dx, 0, accumulate, images, ...sizes),
    weightGrad: (x, dy, g, images) => kernels.depthwiseFilterGrad(x, dy, g, images, ...sizes),
  });
}

/** A fully connected layer. */
export function dualLinear(node: NodeOf<"linear">, run: DualRun): Backward {
  const { kernels } = run.machine;
  const sizes = [run.input(node).size, node.features] as const;
  return dualLayer(node, run, {
    forward: (x, weight, y, images) => kernels.linear(x, weight, 0, y, images, ...sizes),
    inputGrad: (dy, weight, dx, accumulate, images) =>
      kernels.linearInputGradInto(dy, weight, dx, accumulate, images, ...sizes),
    weightGrad: (x, dy, g, images) => kernels.linearWeightGrad(x, dy, g, images, ...sizes),
  });
}

/** y = x w + b, and its tangent x' w + x w' + b'. */
function dualLayer(
  node: NodeOf<"conv" | "depthwise" | "linear">,
  run: DualRun,
  { forward, inputGrad, weightGrad }: Bilinear,
): Backward {
  const { machine: { kernels }, count } = run;
  const x = run.input(node), y = run.define(node);
  const weight = run.param(node, "weight") as DualParam, bias = run.param(node, "bias");
  const biased = bias && [count * y.size / bias.floats, bias.floats] as const;

  forward(x.value, weight.value, y.value, 2 * count);
  if (weight.direction) {
    run.borrow(count * y.size, (part) => {
      forward(x.value, weight.direction, part, count);
      kernels.addInto(part, y.tangent, count * y.size);
    });
  }
  if (biased) {
    kernels.biasAdd(y.value, bias.value, ...biased);
    if (bias.direction) kernels.biasAdd(y.tangent, bias.direction, ...biased);
  }

  return (dy) => {
    weightGrad(x.value, dy.value, weight.product, 2 * count);
    weightGrad(x.value, dy.tangent, weight.gradient, count);
    if (biased) {
      kernels.biasGrad(dy.value, bias.product, ...biased);
      kernels.biasGrad(dy.tangent, bias.gradient, ...biased);
    }
    run.contribute(x, (dx, accumulate) => {
      inputGrad(dy.value, weight.value, dx.value, accumulate, 2 * count);
      if (weight.direction) inputGrad(dy.tangent, weight.direction, dx.value, 1, count);
    });
  };
}
