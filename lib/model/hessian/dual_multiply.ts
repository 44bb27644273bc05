import type { NodeOf } from "../plan/lowering.ts";
import type { Backward, Dual, DualRun, Pair } from "./dual_run.ts";

/** A product, two by two from left to right; `[c]` gates spread over the pixels of `[h, w, c]`. */
export function dualMultiply(node: NodeOf<"multiply">, run: DualRun): Backward {
  const channels = run.shapeOf(node.name).at(-1) as number;
  const [first, ...rest] = run.inputs(node) as [Dual, ...Dual[]];
  const y = run.define(node), between: Dual[] = [];
  let product = first;
  const backwards = rest.map((factor, i) => {
    const [larger, smaller] = product.size < factor.size ? [factor, product] : [product, factor];
    const differentiable = larger.differentiable || smaller.differentiable;
    product = i === rest.length - 1 ? y : { ...run.pair(larger.size), differentiable };
    if (product !== y) between.push(product);
    return multiplyTwo(run, { larger, smaller, product, channels });
  });
  return (dy) => {
    let slope: Pair | undefined = dy;
    for (const backward of backwards.toReversed()) {
      // That of a product of constants is not asked for.
      if (slope) backward(slope);
      const before: Dual | undefined = between.pop();
      if (before === undefined) return;
      if (slope && slope !== dy) run.release(slope);
      slope = before.slope;
      // Its value was read by the step back that is done.
      run.release(before);
    }
  };
}

interface Factors {
  readonly larger: Dual;
  readonly smaller: Dual;
  readonly product: Dual;
  readonly channels: number;
}

/** y = a b, and its tangent a' b + a b'. */
function multiplyTwo(
  run: DualRun,
  { larger: a, smaller: b, product: y, channels }: Factors,
): Backward {
  const { machine: { kernels }, count } = run;
  const isGate = a.size > b.size;
  const sizes = [count, a.size / channels, channels] as const, floats = count * a.size;
  /** Something of the larger size times one of the smaller, in the larger. */
  const times = (from: number, factor: number, to: number, accumulate: 0 | 1) => {
    if (isGate) kernels[accumulate ? "gateInto" : "gate"](from, factor, to, ...sizes);
    else kernels[accumulate ? "multiplyInto" : "multiply"](from, factor, to, floats);
  };
  /** The product of two of the larger size, summed over what shares one of the smaller. */
  const gather = (from: number, other: number, to: number, accumulate: 0 | 1) => {
    if (!isGate) times(from, other, to, accumulate);
    else if (accumulate === 0) kernels.gateGrad(from, other, to, ...sizes);
    else {
      run.borrow(count * b.size, (part) => {
        kernels.gateGrad(from, other, part, ...sizes);
        kernels.addInto(part, to, count * b.size);
      });
    }
  };
  times(a.value, b.value, y.value, 0);
  times(a.tangent, b.value, y.tangent, 0);
  times(a.value, b.tangent, y.tangent, 1);
  return (dy) => {
    run.contribute(a, (da, accumulate) => {
      times(dy.value, b.value, da.value, accumulate);
      times(dy.tangent, b.tangent, da.value, 1);
      times(dy.tangent, b.value, da.tangent, accumulate);
    });
    run.contribute(b, (db, accumulate) => {
      gather(a.value, dy.value, db.value, accumulate);
      gather(a.tangent, dy.tangent, db.value, 1);
      gather(a.value, dy.tangent, db.tangent, accumulate);
    });
  };
}
