import type { Backward, Lowering, NodeOf } from "./lowering.ts";
import { poolSizes } from "./sizes.ts";

type PoolNode = NodeOf<"avgPool">;

/** The mean of each window. Its gradient needs neither what it read nor what it returned. */
export function lowerAvgPool(node: PoolNode, to: Lowering): Backward {
  const x = to.input(node), y = to.define(node);
  const { kernels } = to.machine;
  const sizes = poolSizes(node, to);
  to.forward(node, {
    kernel: "avgPool",
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) => kernels.avgPool(x.region.address, y.region.address, count, ...sizes),
  });
  return (dy) =>
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: "avgPoolGrad",
      reads: [dy],
      writes: [dx],
      run: ({ count }) =>
        kernels.avgPoolGradInto(dy.address, dx.address, accumulate ? 1 : 0, count, ...sizes),
    }));
}

/** The maximum of each window. */
export function lowerMaxPool(node: PoolNode, to: Lowering): Backward {
  const x = to.input(node), y = to.define(node);
  const { kernels } = to.machine;
  const sizes = poolSizes(node, to);
  to.forward(node, {
    kernel: "maxPool",
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) => kernels.maxPool(x.region.address, y.region.address, count, ...sizes),
  });
  return (dy) =>
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: "maxPoolGrad",
      reads: [x.region, y.region, dy],
      writes: [dx],
      run: ({ count }) =>
        kernels.maxPoolGradInto(
          x.region.address,
          y.region.address,
          dy.address,
          dx.address,
          accumulate ? 1 : 0,
          count,
          ...sizes,
        ),
    }));
}

/** The mean of each channel. */
export function lowerGlobalAvgPool(
  node: NodeOf<"globalAvgPool">,
  to: Lowering,
): Backward {
  const x = to.input(node), y = to.define(node);
  const { kernels } = to.machine;
  const [height, width, channels] = to.inputShape(node) as readonly [number, number, number];
  const pixels = height * width;
  to.forward(node, {
    kernel: "globalAvgPool",
    reads: [x.region],
    writes: [y.region],
    run: ({ count }) =>
      kernels.globalAvgPool(x.region.address, y.region.address, count, pixels, channels),
  });
  return (dy) =>
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: "globalAvgPoolGrad",
      reads: [dy],
      writes: [dx],
      run: ({ count }) =>
        kernels.globalAvgPoolGradInto(
          dy.address,
          dx.address,
          accumulate ? 1 : 0,
          count,
          pixels,
          channels,
        ),
    }));
}
