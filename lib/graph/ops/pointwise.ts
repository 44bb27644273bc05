import type { Shape } from "../graph.ts";
import { image, only, requireWhole, type RulesFor, sizeOf } from "./rules.ts";

/** The images. */
export const input: RulesFor<"input"> = {
  arity: [0, 0],
  shape: (node) => {
    node.shape.forEach((side) => requireWhole(side, "every side of shape"));
    return node.shape;
  },
  label: () => "input",
};

const same = (_node: unknown, inputs: readonly Shape[]): Shape => only(inputs);

/** The activations. */
export const activation: RulesFor<"relu"> = {
  arity: [1, 1],
  shape: same,
  storage: "overwrites",
  label: (node) => node.op,
};

/** Returns its input. */
export const identity: RulesFor<"identity"> = {
  arity: [1, 1],
  shape: same,
  storage: "view",
  label: () => "identity",
};

/** Zeros. */
export const zero: RulesFor<"zero"> = {
  arity: [1, 1],
  shape: ({ stride = 1 }, inputs) => {
    if (requireWhole(stride, "stride") === 1) return only(inputs);
    const [height, width, channels] = image(inputs);
    return [Math.ceil(height / stride), Math.ceil(width / stride), channels];
  },
  storage: "constant",
  label: ({ stride = 1 }) => stride === 1 ? "zero" : `zero, stride ${stride}`,
};

/** The sum, element by element. */
export const add: RulesFor<"add"> = {
  arity: [2, Infinity],
  shape: (_node, inputs) => {
    for (const other of inputs) requireSame(only(inputs), other);
    return only(inputs);
  },
  storage: "overwrites",
  label: () => "add",
};

/** The sum, each input times its gate. Not counted as MACs. */
export const mixed: RulesFor<"mixed"> = {
  arity: [2, Infinity],
  shape: ({ choice }, inputs) => {
    if (typeof choice !== "string" || choice === "") {
      throw new RangeError(`choice must be a name, got ${JSON.stringify(choice)}`);
    }
    for (const other of inputs) requireSame(only(inputs), other);
    return only(inputs);
  },
  storage: "overwrites",
  label: ({ choice }) => `mixed by ${choice}`,
};

/** The product, element by element; a `[c]` gate spreads over the pixels. Not counted as MACs. */
export const multiply: RulesFor<"multiply"> = {
  arity: [2, Infinity],
  shape: (_node, inputs) => {
    const largest = inputs.reduce((a, b) => sizeOf(b) > sizeOf(a) ? b : a);
    for (const other of inputs) {
      const isGate = other.length === 1 && other[0] === largest[largest.length - 1];
      if (!isGate) requireSame(largest, other);
    }
    return largest;
  },
  storage: "overwrites",
  label: () => "multiply",
};

/** Inputs side by side along the channels. */
export const concat: RulesFor<"concat"> = {
  arity: [2, Infinity],
  shape: (_node, inputs) => {
    const first = only(inputs);
    const front = first.slice(0, -1);
    let channels = 0;
    for (const other of inputs) {
      if (other.length !== first.length || front.some((side, i) => side !== other[i])) {
        requireSame(first, other);
      }
      channels += other[other.length - 1] as number;
    }
    return [...front, channels] as unknown as Shape;
  },
  label: () => "concat",
};

function requireSame(a: Shape, b: Shape): void {
  if (a.length !== b.length || a.some((side, i) => side !== b[i])) {
    throw new RangeError(`inputs do not fit: [${a.join(", ")}] beside [${b.join(", ")}]`);
  }
}
