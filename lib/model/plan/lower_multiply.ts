import type { Backward, Lowering, NodeOf, Value } from "./lowering.ts";
import { region } from "./region.ts";

type MultiplyNode = NodeOf<"multiply">;

/** A product, two by two from left to right; `[c]` gates spread over the pixels of `[h, w, c]`. */
export function lowerMultiply(node: MultiplyNode, to: Lowering): Backward {
  const [first, ...rest] = node.inputs.map((_, i) => to.input(node, i)) as [Value, ...Value[]];
  const y = to.define(node);
  let product = first;
  const backwards = rest.map((factor, i) => {
    const larger = product.size >= factor.size ? product : factor;
    const smaller = larger === product ? factor : product;
    product = i === rest.length - 1 ? y : intermediate(larger, smaller, to);
    return multiplyTwo(node, { larger, smaller, product, to });
  });
  return () => {
    for (const backward of backwards.toReversed()) backward();
  };
}

/** The product of some of the factors. */
function intermediate(larger: Value, smaller: Value, to: Lowering): Value {
  return {
    size: larger.size,
    region: region(to.batch * larger.size),
    exclusive: true,
    differentiable: larger.differentiable || smaller.differentiable,
  };
}

function multiplyTwo(
  node: MultiplyNode,
  { larger, smaller, product, to }: {
    readonly larger: Value;
    readonly smaller: Value;
    readonly product: Value;
    readonly to: Lowering;
  },
): () => void {
  const { kernels } = to.machine;
  const isGate = larger.size > smaller.size;
  const channels = to.shapeOf(node.name).at(-1) as number, pixels = larger.size / channels;
  const x = larger.region, factor = smaller.region, y = product.region;
  /** `y` = `a`, of the larger size, times the smaller factor. */
  const timesFactor = (a: typeof x, y: typeof x, count: number) =>
    isGate
      ? kernels.gate(a.address, factor.address, y.address, count, pixels, channels)
      : kernels.multiply(a.address, factor.address, y.address, count * larger.size);
  to.forward(node, {
    kernel: isGate ? "gate" : "multiply",
    reads: [x, factor],
    writes: [y],
    inPlaceOf: [x],
    run: ({ count }) => timesFactor(x, y, count),
  });
  return () => {
    const dy = product.gradient;
    if (dy === undefined) return;
    to.contributeWritten(node, smaller, (dx) => ({
      kernel: isGate ? "gateGrad" : "multiply",
      reads: [x, dy],
      writes: [dx],
      run: ({ count }) =>
        isGate
          ? kernels.gateGrad(x.address, dy.address, dx.address, count, pixels, channels)
          : kernels.multiply(x.address, dy.address, dx.address, count * larger.size),
    }));
    to.contributeWritten(node, larger, (dx) => ({
      kernel: isGate ? "gate" : "multiply",
      reads: [dy, factor],
      writes: [dx],
      inPlaceOf: [dy],
      run: ({ count }) => timesFactor(dy, dx, count),
    }));
  };
}
