import { type Flow, flowOf } from "./flow.ts";

type Activation = "relu" | "relu6" | "hswish" | "swish" | "sigmoid" | "hsigmoid" | "tanh";

/** An activation where its input is not negative, and its derivative; 0 at a corner. */
interface Curve {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const sigmoids: { readonly [kind in "sigmoid" | "hsigmoid"]: Curve } = {
  sigmoid: { value: sigmoid, slope: (x) => sigmoid(x) * sigmoid(-x) },
  hsigmoid: { value: (x) => Math.min(x + 3, 6) / 6, slope: (x) => x < 3 ? 1 / 6 : 0 },
};

/** Activations that near 0 return what they are given. */
const bends: { readonly [kind in "relu6" | "tanh"]: Curve } = {
  relu6: { value: (x) => Math.min(x, 6), slope: (x) => x < 6 ? 1 : 0 },
  tanh: { value: Math.tanh, slope: (x) => Math.cosh(x) ** -2 },
};

/** A flow through an activation. */
export function activateFlow(flow: Flow, kind: Activation): Flow {
  switch (kind) {
    case "relu":
      return flow;
    case "relu6":
    case "tanh":
      return flow.exponent < -40 ? flow : along(bends[kind], flow);
    case "sigmoid":
    case "hsigmoid":
      return along(sigmoids[kind], flow);
    case "hswish":
      return gated(sigmoids.hsigmoid, flow);
    case "swish":
      return gated(sigmoids.sigmoid, flow);
    default:
      return kind satisfies never;
  }
}

/** The unit of a flow's numbers, or one that is large enough: all curves are flat long before it. */
function unitOf({ exponent }: Flow): number {
  return 2 ** Math.min(exponent, 900);
}

/** The curve of a flow. What it returns is of a size of its own. */
function along({ value, slope }: Curve, flow: Flow): Flow {
  const { shape, pair } = flow, size = pair.length / 2, unit = unitOf(flow);
  const result = new Float32Array(pair.length);
  for (let i = 0; i < size; i++) {
    const x = (pair[i] as number) * unit;
    result[i] = value(x);
    result[size + i] = slope(x) * (pair[size + i] as number) * unit;
  }
  return flowOf(shape, result, 0);
}

/** A flow times the curve of itself, which is of the flow's size. */
function gated({ value, slope }: Curve, flow: Flow): Flow {
  const { shape, pair, exponent } = flow, size = pair.length / 2, unit = unitOf(flow);
  const result = new Float32Array(pair.length);
  for (let i = 0; i < size; i++) {
    const v = pair[i] as number, x = v * unit, gate = value(x);
    result[i] = v * gate;
    result[size + i] = (pair[size + i] as number) * (gate + x * slope(x));
  }
  return flowOf(shape, result, exponent);
}
