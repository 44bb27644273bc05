import { copyWithin } from "../../engine/machine.ts";
import type { GraphNode } from "../../graph/mod.ts";
import { evenGates } from "../gates.ts";
import type { NodeOf } from "../plan/lowering.ts";
import { poolSizes } from "../plan/sizes.ts";
import type { Backward, DualRun } from "./dual_run.ts";

type Image = readonly [height: number, width: number, channels: number];

/** The images, which move along no direction. */
export function dualInput(node: GraphNode, run: DualRun): undefined {
  const { value, tangent, size } = run.define(node), floats = run.count * size;
  run.floats(value, floats).set(run.images);
  run.floats(tangent, floats).fill(0);
}

/** Zeros. */
export function dualZero(node: GraphNode, run: DualRun): undefined {
  const { value, size } = run.define(node, false);
  run.floats(value, 2 * run.count * size).fill(0);
}

/** The mean of each window. */
export function dualAvgPool(node: NodeOf<"avgPool">, run: DualRun): Backward {
  const { kernels } = run.machine, sizes = poolSizes(node, run);
  return dualLinearOp(node, run, {
    forward: (x, y, images) => kernels.avgPool(x, y, images, ...sizes),
    backward: (dy, dx, accumulate, images) =>
      kernels.avgPoolGradInto(dy, dx, accumulate, images, ...sizes),
  });
}

/** The mean of each channel. */
export function dualGlobalAvgPool(node: NodeOf<"globalAvgPool">, run: DualRun): Backward {
  const { kernels } = run.machine;
  const [height, width, channels] = run.inputShape(node) as Image;
  const sizes = [height * width, channels] as const;
  return dualLinearOp(node, run, {
    forward: (x, y, images) => kernels.globalAvgPool(x, y, images, ...sizes),
    backward: (dy, dx, accumulate, images) =>
      kernels.globalAvgPoolGradInto(dy, dx, accumulate, images, ...sizes),
  });
}

/** Enlarges an image. */
export function dualUpsample(node: NodeOf<"upsample">, run: DualRun): Backward {
  const { kernels } = run.machine;
  const sizes = [...run.inputShape(node) as Image, node.factor] as const;
  const bilinear = node.mode === "nearest" ? 0 : 1;
  return dualLinearOp(node, run, {
    forward: (x, y, images) => kernels.upsample(x, y, bilinear, images, ...sizes),
    backward: (dy, dx, accumulate, images) =>
      kernels.upsampleGradInto(dy, dx, accumulate, bilinear, images, ...sizes),
  });
}

/** A sum. */
export function dualAdd(node: NodeOf<"add">, run: DualRun): Backward {
  const { machine, machine: { kernels } } = run;
  const [first, second, ...rest] = run.inputs(node).map(({ value }) => value) as [
    number,
    number,
    ...number[],
  ];
  const inputs = run.inputs(node), y = run.define(node), floats = 2 * run.count * y.size;
  kernels.add(first, second, y.value, floats);
  for (const each of rest) kernels.addInto(each, y.value, floats);
  return (dy) => {
    for (const input of inputs) {
      run.contribute(input, (dx, accumulate) => {
        if (accumulate) kernels.addInto(dy.value, dx.value, floats);
        else copyWithin(machine, { from: dy.value, to: dx.value, count: floats });
      });
    }
  };
}

/** The mean of its inputs: gates are those of a graph to which none are given. */
export function dualMixed(node: NodeOf<"mixed">, run: DualRun): Backward {
  const { machine: { kernels } } = run;
  const inputs = run.inputs(node), y = run.define(node), floats = 2 * run.count * y.size;
  const gates = evenGates(inputs.length);
  run.floats(y.value, floats).fill(0);
  inputs.forEach(({ value }, i) => kernels.scaleInto(value, gates[i] as number, y.value, floats));
  return (dy) =>
    inputs.forEach((input, i) =>
      run.contribute(input, (dx, accumulate) => {
        if (!accumulate) run.floats(dx.value, floats).fill(0);
        kernels.scaleInto(dy.value, gates[i] as number, dx.value, floats);
      })
    );
}

/** Inputs side by side along the channels. */
export function dualConcat(node: NodeOf<"concat">, run: DualRun): Backward {
  const { kernels } = run.machine;
  const y = run.define(node), all = run.shapeOf(node.name).at(-1) as number;
  const rows = 2 * run.count * y.size / all;
  let offset = 0;
  const parts = run.inputs(node).map((input, i) => {
    const width = run.inputShape(node, i).at(-1) as number;
    const part = { input, width, offset };
    offset += width;
    return part;
  });
  for (const { input, width, offset } of parts) {
    kernels.copyColumns(input.value, y.value, rows, width, width, 0, all, offset, 0);
  }
  return (dy) => {
    for (const { input, width, offset } of parts) {
      run.contribute(input, (dx, accumulate) => {
        kernels.copyColumns(dy.value, dx.value, rows, width, all, offset, width, 0, accumulate);
      });
    }
  };
}

/** What is linear in the one thing that it reads does to a tangent what it does to a value. */
function dualLinearOp(
  node: GraphNode,
  run: DualRun,
  { forward, backward }: {
    readonly forward: (x: number, y: number, images: number) => void;
    readonly backward: (dy: number, dx: number, accumulate: 0 | 1, images: number) => void;
  },
): Backward {
  const x = run.input(node), y = run.define(node), images = 2 * run.count;
  forward(x.value, y.value, images);
  return (dy) =>
    run.contribute(x, (dx, accumulate) => backward(dy.value, dx.value, accumulate, images));
}
