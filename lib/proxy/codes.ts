import type { RunOptions } from "./options.ts";

/** The ops whose value is above zero just where their input is. */
export type CodedOp = "relu" | "relu6" | "hswish" | "swish" | "tanh";

const codedOps: readonly CodedOp[] = ["relu", "relu6", "hswish", "swish", "tanh"];

/** How the binary codes of a network's activations are taken. */
export interface CodeOptions extends RunOptions {
  /**
   * The ops whose units are counted: ReLUs, clipped or not, when absent. A `relu6` counts as open above 6,
   * where it is closed again; the others have no kink at zero, but where a network has nothing else they
   * tell images apart as well.
   */
  readonly activations?: readonly CodedOp[];
}

/** What is counted when nothing is said. */
export const usualCodedOps: readonly CodedOp[] = ["relu", "relu6"];

/** Throws a `TypeError` unless all of the ops can be counted. */
export function checkCodedOps(proxy: string, ops: readonly CodedOp[]): void {
  const odd = ops.find((op) => !codedOps.includes(op));
  if (odd === undefined) return;
  throw new TypeError(
    `Cannot define the proxy ${proxy}: activations must be some of ${
      codedOps.join(", ")
    }, got ${odd}`,
  );
}
