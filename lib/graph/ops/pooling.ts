import { channelsOf, image, type RulesFor } from "./rules.ts";
import { fullWindow, labelWindow, windowOutput } from "./window.ts";

function pool(name: string): RulesFor<"avgPool"> {
  return {
    arity: [1, 1],
    shape: (node, inputs) => {
      const { kernel, padding } = fullWindow(node);
      if (padding >= kernel) {
        // Such a window would lie in the padding alone, where there is nothing to average.
        throw new RangeError(`padding must be below kernel (${kernel}), got ${padding}`);
      }
      return [...windowOutput(node, image(inputs)), channelsOf(image(inputs))];
    },
    label: (node) => `${name} ${labelWindow(node)}`,
  };
}

/** The mean of each window. */
export const avgPool: RulesFor<"avgPool"> = pool("avg pool");

/** The maximum of each window. */
export const maxPool: RulesFor<"maxPool"> = pool("max pool");

/** The mean of each channel. */
export const globalAvgPool: RulesFor<"globalAvgPool"> = {
  arity: [1, 1],
  shape: (_node, inputs) => [channelsOf(image(inputs))],
  label: () => "global avg pool",
};
