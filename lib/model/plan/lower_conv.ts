import type { Backward, Lowering, NodeOf } from "./lowering.ts";
import { addBias } from "./lower_dense.ts";
import type { Parameter } from "./parameters.ts";
import { convSizes, depthwiseSizes } from "./sizes.ts";

type ConvNode = NodeOf<"conv">;
type DepthwiseNode = NodeOf<"depthwise">;

/** The kernels of both kinds of convolution, with and without a ReLU on the way in. */
const kernelsOf = {
  conv: {
    forward: { plain: "conv", relu: "reluConv" },
    filterGrad: { plain: "convFilterGrad", relu: "reluConvFilterGrad" },
    inputGrad: "convInputGrad",
    sampleGrads: "convSampleGrads",
    sampleDots: "convSampleDots",
  },
  depthwise: {
    forward: { plain: "depthwise", relu: "reluDepthwise" },
    filterGrad: { plain: "depthwiseFilterGrad", relu: "reluDepthwiseFilterGrad" },
    inputGrad: "depthwiseInputGrad",
    sampleGrads: "depthwiseSampleGrads",
    sampleDots: "depthwiseSampleDots",
  },
} as const;

/** A convolution, depthwise or not. It takes the ReLU before it along, where that is its readers' to do. */
export function lowerConv(node: ConvNode | DepthwiseNode, to: Lowering): Backward {
  const x = to.input(node), y = to.define(node), relu = x.beforeRelu !== undefined;
  const { kernels } = to.machine;
  const { values: filter, gradient } = to.param(node, "weight") as Parameter;
  const sizes = node.op === "conv" ? convSizes(node, to) : depthwiseSizes(node, to);
  const names = kernelsOf[node.op], way = relu ? "relu" : "plain";
  const forward = names.forward[way], filterGrad = names.filterGrad[way];
  to.forward(node, {
    kernel: forward,
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) =>
      kernels[forward](x.region.address, filter.address, y.region.address, count, ...sizes),
  });
  const biasBackward = addBias(node, y, to);
  return (dy) => {
    biasBackward(dy);
    const g = gradient;
    if (g) {
      to.backward(node, {
        kernel: filterGrad,
        reads: [x.region, dy],
        writes: [],
        run: ({ count, sampleMode, gram }) => {
          const at = [x.region.address, dy.address, gram ?? g.address] as const;
          if (gram !== undefined) {
            kernels[names.sampleDots](...at, relu ? 1 : 0, count, ...sizes);
          } else if (sampleMode !== undefined) {
            kernels[names.sampleGrads](...at, sampleMode, relu ? 1 : 0, count, ...sizes);
          } else kernels[filterGrad](...at, count, ...sizes);
        },
      });
    }
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: names.inputGrad,
      reads: relu ? [dy, x.region] : [dy],
      writes: [dx],
      run: ({ count }) => {
        const mask = relu ? x.region.address : 0, add = accumulate ? 1 : 0;
        const at = [dy.address, filter.address, dx.address] as const;
        kernels[`${names.inputGrad}Into`](...at, mask, add, count, ...sizes);
      },
    }));
  };
}
