import { activationKind } from "../../engine/activation_kind.ts";
import type { NodeOf } from "../plan/lowering.ts";
import type { Backward, DualRun } from "./dual_run.ts";

type Activation = NodeOf<"relu">;

/** An activation f: f(x), and its tangent f'(x) x'. */
export function dualActivation(node: Activation, run: DualRun): Backward {
  const { kernels } = run.machine, kind = activationKind[node.op], second = curvature[node.op];
  const x = run.input(node), y = run.define(node), floats = run.count * y.size;
  kernels.activate(x.value, y.value, floats, kind);
  kernels.activateGrad(x.value, x.tangent, y.tangent, floats, kind, 0);
  return (dy) =>
    run.contribute(x, (dx, accumulate) => {
      kernels.activateGrad(x.value, dy.value, dx.value, floats, kind, accumulate);
      kernels.activateGrad(x.value, dy.tangent, dx.tangent, floats, kind, accumulate);
      if (second === undefined) return;
      const [at, moves, slope, sum] = [x.value, x.tangent, dy.tangent, dx.value]
        .map((address) => run.floats(address, floats)) as [
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
        ];
      for (let i = 0; i < floats; i++) {
        const change = (moves[i] as number) * (slope[i] as number);
        sum[i] = (sum[i] as number) + second(at[i] as number) * change;
      }
    });
}

/** The second derivatives of those that are not made of straight lines. */
const curvature: { readonly [K in Activation["op"]]: ((x: number) => number) | undefined } = {
  relu: undefined,
  relu6: undefined,
  hsigmoid: undefined,
  hswish: (x) => Math.abs(x) < 3 ? 1 / 3 : 0,
  sigmoid: (x) => {
    const s = sigmoid(x);
    return s * (1 - s) * (1 - 2 * s);
  },
  swish: (x) => {
    const s = sigmoid(x);
    return s * (1 - s) * (2 + x * (1 - 2 * s));
  },
  tanh: (x) => {
    const t = Math.tanh(x);
    return -2 * t * (1 - t * t);
  },
};

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
