import { floatsAt } from "../../engine/heap.ts";
import type { Buffers } from "./buffers.ts";
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
export function activateFlow(flow: Flow, kind: Activation, buffers: Buffers): Flow {
  switch (kind) {
    case "relu":
      return flow;
    case "relu6":
    case "tanh":
      return flow.exponent < -40 ? flow : along(bends[kind], flow, buffers);
    case "sigmoid":
    case "hsigmoid":
      return along(sigmoids[kind], flow, buffers);
    case "hswish":
      return gated(sigmoids.hsigmoid, flow, buffers);
    case "swish":
      return gated(sigmoids.sigmoid, flow, buffers);
    default:
      return kind satisfies never;
  }
}

/** The unit of a flow's numbers, or one that is large enough: all curves are flat long before it. */
function unitOf({ exponent }: Flow): number {
  return 2 ** Math.min(exponent, 900);
}

/** The curve of a flow. What it returns is of a size of its own. */
function along({ value, slope }: Curve, flow: Flow, buffers: Buffers): Flow {
  const { shape, pair: { address, floats } } = flow, size = floats / 2, unit = unitOf(flow);
  const pair = buffers.take(floats);
  const from = floatsAt(address, floats), to = floatsAt(pair.address, floats);
  for (let i = 0; i < size; i++) {
    const x = (from[i] as number) * unit;
    to[i] = value(x);
    to[size + i] = slope(x) * (from[size + i] as number) * unit;
  }
  return flowOf({ shape, pair, exponent: 0 }, buffers);
}

/** A flow times the curve of itself, which is of the flow's size. */
function gated({ value, slope }: Curve, flow: Flow, buffers: Buffers): Flow {
  const { shape, pair: { address, floats }, exponent } = flow;
  const size = floats / 2, unit = unitOf(flow), pair = buffers.take(floats);
  const from = floatsAt(address, floats), to = floatsAt(pair.address, floats);
  for (let i = 0; i < size; i++) {
    const v = from[i] as number, x = v * unit, gate = value(x);
    to[i] = v * gate;
    to[size + i] = (from[size + i] as number) * (gate + x * slope(x));
  }
  return flowOf({ shape, pair, exponent }, buffers);
}
