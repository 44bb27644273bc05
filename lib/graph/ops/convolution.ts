import { channelsOf, image, type ParamSpec, requireWhole, type RulesFor, sizeOf } from "./rules.ts";
import { labelWindow, windowOutput } from "./window.ts";

/** 2-D convolution. */
export const conv: RulesFor<"conv"> = {
  arity: [1, 1],
  shape: (node, inputs) => [
    ...windowOutput(node, image(inputs)),
    requireWhole(node.channels, "channels"),
  ],
  params: (node, inputs) => {
    const inner = channelsOf(image(inputs));
    const { kernel, channels } = node;
    const weight = [kernel, kernel, inner, channels];
    return filterAndBias(weight, kernel * kernel * inner, node.bias ? channels : 0);
  },
  macs: (node, inputs, output) => sizeOf(output) * node.kernel ** 2 * channelsOf(image(inputs)),
  label: (node) => `conv ${labelWindow(node)}, ${node.channels}`,
};

/** One filter (or a few) for each channel. */
export const depthwise: RulesFor<"depthwise"> = {
  arity: [1, 1],
  shape: (node, inputs) => {
    const multiplier = requireWhole(node.multiplier ?? 1, "multiplier");
    return [...windowOutput(node, image(inputs)), channelsOf(image(inputs)) * multiplier];
  },
  params: (node, inputs) => {
    const inner = channelsOf(image(inputs));
    const { kernel, multiplier = 1 } = node;
    const weight = [kernel, kernel, inner, multiplier];
    return filterAndBias(weight, kernel * kernel, node.bias ? inner * multiplier : 0);
  },
  macs: (node, _inputs, output) => sizeOf(output) * node.kernel ** 2,
  label: (node) =>
    `depthwise ${labelWindow(node)}` + (node.multiplier ? `, times ${node.multiplier}` : ""),
};

function filterAndBias(shape: readonly number[], fanIn: number, biases: number): ParamSpec[] {
  const weight: ParamSpec = { name: "weight", shape, fanIn };
  return biases > 0 ? [weight, { name: "bias", shape: [biases], fanIn }] : [weight];
}
