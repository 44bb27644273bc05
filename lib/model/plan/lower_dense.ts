import type { GraphNode } from "../../graph/mod.ts";
import { type Backward, type Lowering, type NodeOf, sizeOf, type Value } from "./lowering.ts";
import type { Parameter } from "./parameters.ts";
import type { Region } from "./region.ts";

/** A fully connected layer. */
export function lowerLinear(
  node: NodeOf<"linear">,
  to: Lowering,
): Backward {
  const x = to.input(node), y = to.define(node);
  const { kernels } = to.machine;
  const weight = to.param(node, "weight") as Parameter, bias = to.param(node, "bias");
  const inner = sizeOf(to.inputShape(node)), outer = node.features;
  const { values } = weight;
  to.forward(node, {
    kernel: "linear",
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) =>
      kernels.linear(
        x.region.address,
        values.address,
        bias?.values.address ?? 0,
        y.region.address,
        count,
        inner,
        outer,
      ),
  });
  return (dy) => {
    if (bias) biasGradient(node, dy, { bias, to });
    const g = weight.gradient;
    if (g) {
      to.backward(node, {
        kernel: "linearWeightGrad",
        reads: [x.region, dy],
        writes: [],
        run: ({ count, sampleMode, gram }) => {
          const [from, slope] = [x.region.address, dy.address];
          if (gram !== undefined) {
            kernels.linearSampleDots(from, slope, gram, count, inner, outer);
          } else if (sampleMode === undefined) {
            kernels.linearWeightGrad(from, slope, g.address, count, inner, outer);
          } else {
            kernels.linearSampleGrads(from, slope, g.address, sampleMode, count, inner, outer);
          }
        },
      });
    }
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: "linearInputGrad",
      reads: [dy],
      writes: [dx],
      run: ({ count }) =>
        kernels.linearInputGradInto(
          dy.address,
          values.address,
          dx.address,
          accumulate ? 1 : 0,
          count,
          inner,
          outer,
        ),
    }));
  };
}

/** Adds a convolution's bias to its value, if it has one. */
export function addBias(node: GraphNode, y: Value, to: Lowering): Backward {
  const bias = to.param(node, "bias");
  if (bias === undefined) return () => {};
  const channels = bias.values.floats, pixels = y.size / channels;
  const { kernels } = to.machine;
  to.forward(node, {
    kernel: "biasAdd",
    reads: [y.region],
    writes: [y.region],
    run: ({ count }) =>
      kernels.biasAdd(y.region.address, bias.values.address, count * pixels, channels),
  });
  return (dy) => biasGradient(node, dy, { bias, to });
}

function biasGradient(
  node: GraphNode,
  dy: Region,
  { bias, to }: { readonly bias: Parameter; readonly to: Lowering },
): void {
  const { kernels } = to.machine;
  const g = bias.gradient;
  if (g === undefined) return;
  const channels = g.floats, pixels = sizeOf(to.shapeOf(node.name)) / channels;
  to.backward(node, {
    kernel: "biasGrad",
    reads: [dy],
    writes: [],
    run: ({ count }) => kernels.biasGrad(dy.address, g.address, count * pixels, channels),
  });
}
