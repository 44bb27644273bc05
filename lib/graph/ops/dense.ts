import { channelsOf, formatShape, only, requireWhole, type RulesFor, sizeOf } from "./rules.ts";

/** A fully connected layer. */
export const linear: RulesFor<"linear"> = {
  arity: [1, 1],
  shape: (node, inputs) => {
    const shape = only(inputs);
    if (shape.length !== 1) {
      throw new RangeError(`needs features [n], got ${formatShape(shape)}; flatten or pool before`);
    }
    return [requireWhole(node.features, "features")];
  },
  params: ({ features, bias = true }, inputs) => {
    const fanIn = channelsOf(only(inputs));
    const weight = { name: "weight", shape: [fanIn, features], fanIn } as const;
    return bias ? [weight, { name: "bias", shape: [features], fanIn }] : [weight];
  },
  macs: (node, inputs) => channelsOf(only(inputs)) * node.features,
  label: (node) => `linear ${node.features}`,
};

/** Turns an image into features. */
export const flatten: RulesFor<"flatten"> = {
  arity: [1, 1],
  shape: (_node, inputs) => [sizeOf(only(inputs))],
  storage: "view",
  label: () => "flatten",
};
