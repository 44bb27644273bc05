import { liveness } from "./liveness.ts";
import type { Surveyed } from "./survey.ts";

/** What MCUNet's rule counts at one convolution or linear layer, in elements. */
export interface McunetTerms {
  /** Its input. */
  readonly input: number;
  /** Its output. */
  readonly output: number;
  /** The values that wait for a sum while a depthwise convolution runs. */
  readonly residual: number;
}

/**
 * MCUNet's rule (Lin et al. 2020): a convolution or linear layer needs its input and its output, and
 * a depthwise convolution the input of its residual block as well. Everything else needs nothing.
 *
 * @returns The terms of each node; `undefined` for nodes that do not count.
 */
export function mcunetTerms(all: readonly Surveyed[]): (McunetTerms | undefined)[] {
  const { buffers, bufferOf } = liveness(all);
  return all.map(({ node, macs, inputs, size }, place) => {
    if (macs === undefined) return undefined;
    const [source] = inputs;
    const input = inputs.reduce((sum, each) => sum + (all[each] as Surveyed).size, 0);
    if (node.op !== "depthwise") return { input, output: size, residual: 0 };
    let residual = 0;
    for (const buffer of buffers) {
      if (buffer.first >= place) break;
      const waits = buffer.last > place && buffer !== bufferOf[source as number] &&
        buffer !== bufferOf[place] && (all[buffer.last] as Surveyed).node.op === "add";
      if (waits) residual += buffer.size;
    }
    return { input, output: size, residual };
  });
}
