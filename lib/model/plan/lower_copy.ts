import { copyWithin } from "../../engine/machine.ts";
import type { Backward, Lowering, NodeOf } from "./lowering.ts";
import type { Region } from "./region.ts";
import type { Call } from "./schedule.ts";

/**
 * An identity or a flattening whose value is kept, or a sum of one term: a copy of what it reads. Sharing that value would do for
 * the value, but not for its gradient, to which other readers contribute.
 */
export function lowerCopy(
  node: NodeOf<"identity" | "flatten" | "add">,
  to: Lowering,
  input = 0,
): Backward {
  const x = to.input(node, input), y = to.define(node);
  const { machine } = to;
  const copy = (from: Region, into: Region) => ({ count }: Call) => {
    if (from.address === into.address) return;
    copyWithin(machine, { from: from.address, to: into.address, count: count * y.size });
  };
  to.forward(node, {
    kernel: "copy",
    reads: [x.region],
    writes: [y.region],
    inPlaceOf: [x.region],
    run: copy(x.region, y.region),
  });
  return (dy) =>
    to.contributeWritten(node, x, (dx) => ({
      kernel: "copy",
      reads: [dy],
      writes: [dx],
      inPlaceOf: [dy],
      run: copy(dy, dx),
    }));
}
