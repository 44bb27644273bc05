import { activationKind } from "../../engine/activation_kind.ts";
import type { Backward, Lowering, NodeOf } from "./lowering.ts";

/**
 * An activation. A ReLU that only convolutions read is taken by them, and has no step of its own;
 * not so where its value is kept.
 */
export function lowerActivation(
  node: NodeOf<"relu">,
  to: Lowering,
): Backward | undefined {
  const x = to.input(node), kind = activationKind[node.op];
  const readers = to.readersOf(node);
  const isTakenAlong = node.op === "relu" && readers.length > 0 && !to.isKept(node) &&
    readers.every(({ op }) => op === "conv" || op === "depthwise");
  if (isTakenAlong) {
    to.define(node, { region: x.region, beforeRelu: x });
    return undefined;
  }
  const y = to.define(node);
  const { kernels } = to.machine;
  to.forward(node, {
    kernel: node.op,
    reads: [x.region],
    writes: [y.region],
    inPlaceOf: [x.region],
    run: ({ count }) => kernels.activate(x.region.address, y.region.address, count * x.size, kind),
  });
  // Where a ReLU is positive shows in its value as well, so that its input need not be kept.
  const seen = node.op === "relu" ? y.region : x.region;
  return (dy) =>
    to.contribute(node, x, (dx, accumulate) => ({
      kernel: `${node.op}Grad`,
      reads: [seen, dy],
      writes: [dx],
      ...(accumulate ? {} : { inPlaceOf: [dy] }),
      run: ({ count }) =>
        kernels.activateGrad(
          seen.address,
          dy.address,
          dx.address,
          count * x.size,
          kind,
          accumulate ? 1 : 0,
        ),
    }));
}
