import { copyWithin } from "../../engine/machine.ts";
import { lowerCopy } from "./lower_copy.ts";
import type { Backward, Lowering, NodeOf, Value } from "./lowering.ts";

type CombineNode = NodeOf<"add">;

/**
 * A sum, two by two. It grows in the place of what it reads, where nobody else needs that; a value
 * that it alone reads shares its gradient.
 */
export function lowerAdd(node: CombineNode, to: Lowering): Backward | undefined {
  const terms = to.termsOf(node), inputs = terms.map((i) => to.input(node, i));
  if (inputs.length === 0) {
    to.define(node, { region: to.zerosFor(node.name), differentiable: to.wantsGradient(node) });
    return undefined;
  }
  if (inputs.length === 1) return lowerCopy(node, to, terms[0]);
  const y = to.define(node);
  const { machine, machine: { kernels } } = to;
  let sum = inputs[0] as Value;
  for (const [i, other] of inputs.slice(1).entries()) {
    const before = sum.region, { region } = other;
    const after = i + 2 === inputs.length ? y.region : to.regionFor(node.name);
    to.forward(node, {
      kernel: "add",
      reads: [before, region],
      writes: [after],
      inPlaceOf: [before, region],
      run: ({ count }) =>
        kernels.add(before.address, region.address, after.address, count * y.size),
    });
    sum = { ...y, region: after };
  }
  return (dy) => {
    for (const input of inputs) {
      if (input.exclusive && input.differentiable) {
        input.gradient = dy;
        continue;
      }
      to.contribute(node, input, (dx, accumulate) => ({
        kernel: accumulate ? "addInto" : "copy",
        reads: [dy],
        writes: [dx],
        ...(accumulate ? {} : { inPlaceOf: [dy] }),
        run: ({ count }) => {
          const size = count * y.size;
          if (accumulate) kernels.addInto(dy.address, dx.address, size);
          else if (dx.address !== dy.address) {
            copyWithin(machine, { from: dy.address, to: dx.address, count: size });
          }
        },
      }));
    }
  };
}

/** Inputs side by side along the channels. */
export function lowerConcat(node: CombineNode, to: Lowering): Backward {
  const y = to.define(node);
  const { kernels } = to.machine;
  const all = to.shapeOf(node.name).at(-1) as number, pixels = y.size / all;
  let offset = 0;
  const parts = node.inputs.map((_, i) => {
    const width = to.inputShape(node, i).at(-1) as number;
    const part = { input: to.input(node, i), width, offset };
    offset += width;
    return part;
  });
  for (const { input: { region: x }, width, offset } of parts) {
    to.forward(node, {
      kernel: "copyColumns",
      reads: [x],
      writes: [y.region],
      run: ({ count }) => {
        const rows = count * pixels;
        kernels.copyColumns(x.address, y.region.address, rows, width, width, 0, all, offset, 0);
      },
    });
  }
  return (dy) => {
    for (const { input, width, offset } of parts) {
      to.contribute(node, input, (dx, accumulate) => ({
        kernel: "copyColumns",
        reads: [dy],
        writes: [dx],
        run: ({ count }) => {
          const rows = count * pixels, add = accumulate ? 1 : 0;
          kernels.copyColumns(dy.address, dx.address, rows, width, all, offset, width, 0, add);
        },
      }));
    }
  };
}
