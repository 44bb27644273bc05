import type { GraphNode } from "../../graph/mod.ts";
import { type Lowering, sizeOf, type Value } from "./lowering.ts";
import { type Region, region } from "./region.ts";

/** Bits of a vector, a whole number of which each image has. */
const VECTOR = 128;

/** Which numbers of a node's value are above zero, a bit each. */
export interface Codes {
  /** Where the bits are. */
  readonly region: Region;
  /** How many numbers an image has. */
  readonly size: number;
  /** How many floats its bits take. */
  readonly pitch: number;
}

/**
 * Packs which numbers of a node's value are above zero, right after it was computed. A ReLU's are where its
 * input's are: of ReLUs that read the same value, as those of a cell's edges do, one is packed. `known` is
 * what was packed so far, by that value.
 */
export function lowerCodes(node: GraphNode, to: Lowering, known: Map<Value, Codes>): Codes {
  const value = to.value(node.name);
  const source = node.op === "relu" || node.op === "relu6" ? to.input(node) : value;
  const packed = known.get(source);
  if (packed !== undefined) return packed;
  const size = sizeOf(to.shapeOf(node.name)), pitch = Math.ceil(size / VECTOR) * VECTOR / 32;
  const codes = { region: region(to.batch * pitch), size, pitch };
  const { kernels } = to.machine;
  to.forward(node, {
    kernel: "packSigns",
    reads: [value.region],
    writes: [codes.region],
    run: ({ count }) =>
      kernels.packSigns(value.region.address, codes.region.address, count, size, 4 * pitch),
  });
  known.set(source, codes);
  return codes;
}
