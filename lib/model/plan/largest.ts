import type { Shape } from "../../graph/mod.ts";
import type { Analysis } from "./analyse.ts";
import { sizeOf } from "./lowering.ts";
import type { Parameters } from "./parameters.ts";

/** Says what takes most of a plan's memory: the value of a node, or an array of weights. */
export function describeLargest(
  { live, shapes, rootOf }: Analysis,
  { params }: Parameters,
  batch: number,
): string {
  const values = live.filter(({ name }) => rootOf(name) === name).map(({ name, op }) => {
    const shape = shapes.get(name) as Shape;
    return {
      what: `value of "${name}" (${op}), ${batch} times [${shape.join(", ")}]`,
      bytes: 4 * batch * sizeOf(shape),
    };
  });
  const arrays = [...params.values()].map(({ name, spec, values: { floats } }) => {
    return { what: `array "${name}", [${spec.shape.join(", ")}]`, bytes: 4 * floats };
  });
  const [{ what, bytes }] = [...values, ...arrays].toSorted((a, b) => b.bytes - a.bytes) as [
    { readonly what: string; readonly bytes: number },
  ];
  return `the largest part is the ${what}, with ${bytes} bytes`;
}
