import type { UpsampleSizes } from "../../engine/upsample_kernels.ts";
import type { Backward, Lowering, NodeOf } from "./lowering.ts";
import type { WithoutBatch } from "./sizes.ts";

/** Enlarges an image. Its gradient needs neither what it read nor what it returned. */
export function lowerUpsample(node: NodeOf<"upsample">, to: Lowering): Backward {
  const x = to.input(node), y = to.define(node);
  const { kernels } = to.machine;
  const [height, width, channels] = to.inputShape(node) as readonly [number, number, number];
  const sizes: WithoutBatch<UpsampleSizes> = [height, width, channels, node.factor];
  const bilinear = node.mode === "nearest" ? 0 : 1;
  const [kernel, gradient] = bilinear ? ["upsample", "upsampleGrad"] : ["copyPixels", "addPixels"];
  to.forward(node, {
    kernel,
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) =>
      kernels.upsample(x.region.address, y.region.address, bilinear, count, ...sizes),
  });
  return (dy) =>
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: gradient,
      reads: [dy],
      writes: [dx],
      run: ({ count }) =>
        kernels.upsampleGradInto(
          dy.address,
          dx.address,
          accumulate ? 1 : 0,
          bilinear,
          count,
          ...sizes,
        ),
    }));
}
