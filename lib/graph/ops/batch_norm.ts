import { channelsOf, only, type RulesFor } from "./rules.ts";

/** Batch normalisation. */
export const batchNorm: RulesFor<"batchNorm"> = {
  arity: [1, 1],
  shape: ({ epsilon = 1e-5, momentum = 0.1 }, inputs) => {
    if (!(epsilon > 0)) throw new RangeError(`epsilon must be above 0, got ${epsilon}`);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new RangeError(`momentum must be in [0, 1], got ${momentum}`);
    }
    return only(inputs);
  },
  params: (node, inputs) => {
    if (node.affine === false) return [];
    const shape = [channelsOf(only(inputs))];
    return [{ name: "gamma", shape, fanIn: 0 }, { name: "beta", shape, fanIn: 0 }];
  },
  storage: "overwrites",
  label: (node) => node.affine === false ? "batch norm, not affine" : "batch norm",
};
