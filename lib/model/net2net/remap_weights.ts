import type { Rng } from "../../engine/rng.ts";
import type { Graph } from "../../graph/mod.ts";
import type { Init } from "../init.ts";
import { freshValues } from "./insert.ts";
import {
  arraysOf,
  type ArraySpec,
  checkWeights,
  isStatistic,
  lengthOf,
  type Weights,
} from "./weights.ts";

/** How to remap. */
export interface RemapOptions {
  /** Draws the weights that are not taken over. */
  readonly rng: Rng;
  /** How they are drawn; `"heNormal"` when absent. */
  readonly init?: Init;
}

/** Weights for a child, and how much of them is its parent's. */
export interface RemappedWeights {
  /** The child's weights. */
  readonly weights: Map<string, Float32Array>;
  /** Share of its trained numbers that are the parent's, in [0, 1]. */
  readonly taken: number;
}

/**
 * Takes over what fits from another network, whether it is smaller, larger or just different: parameter
 * remapping (Fang et al. 2020, "Fast Neural Network Adaptation via Parameter Remapping and Architecture
 * Search"). Layers are the same where their names and kinds are. Of a layer that is narrower or wider the
 * first channels are taken, of a filter of another size the middle; what is left starts afresh, and around a
 * smaller filter with zeros. What the network computes changes; {@linkcode inherit} keeps it where it can.
 *
 * @throws {GraphError} When a graph is not valid.
 * @throws {RangeError} When an array of the parent is missing or has another length.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, GraphBuilder, remapWeights, weightsOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const of = (channels: number) => {
 *   const net = new GraphBuilder([4, 4, 1]);
 *   return net.build(net.add("conv", { op: "conv", kernel: 1, channels }, net.input));
 * };
 * const model = buildModel(of(4), { rng: createRng("parent") });
 * const { weights, taken } = remapWeights(
 *   { graph: of(4), weights: weightsOf(model) },
 *   of(2),
 *   { rng: createRng("child") },
 * );
 * assertEquals(weights.get("conv.weight"), weightsOf(model).get("conv.weight")!.slice(0, 2));
 * assertEquals(taken, 1);
 * model.dispose();
 * ```
 */
export function remapWeights(
  parent: { readonly graph: Graph; readonly weights: Weights },
  child: Graph,
  { rng, init = "heNormal" }: RemapOptions,
): RemappedWeights {
  checkWeights(parent.graph, parent.weights, "remap weights");
  const before = arraysOf(parent.graph);
  const opIn = ({ nodes }: Graph) => new Map(nodes.map(({ name, op }) => [name, op]));
  const [was, is] = [opIn(parent.graph), opIn(child)];
  let taken = 0, all = 0;
  const weights = new Map(
    [...arraysOf(child)].map(([name, spec]) => {
      const values = freshValues(name, spec, { rng, init });
      const old = before.get(name);
      const fits = old !== undefined && was.get(spec.node) === is.get(spec.node);
      const count = fits
        ? overlay(values, spec, { old: parent.weights.get(name) as Float32Array, shape: old.shape })
        : 0;
      if (!isStatistic(spec)) {
        taken += count;
        all += lengthOf(spec);
      }
      return [name, values];
    }),
  );
  return { weights, taken: all === 0 ? 0 : taken / all };
}

/** Writes what two arrays share, and zeros around a smaller filter; returns how many numbers it wrote. */
function overlay(
  values: Float32Array,
  { shape }: ArraySpec,
  before: { readonly old: Float32Array; readonly shape: readonly number[] },
): number {
  const [side, , rows, columns] = fourSides(shape);
  const [oldSide, , oldRows, oldColumns] = fourSides(before.shape);
  const shift = Math.trunc((side - oldSide) / 2);
  let count = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const oldY = y - shift, oldX = x - shift;
      const isInside = Math.min(oldY, oldX) >= 0 && Math.max(oldY, oldX) < oldSide;
      for (let row = 0; row < Math.min(rows, oldRows); row++) {
        for (let column = 0; column < Math.min(columns, oldColumns); column++) {
          const at = ((oldY * oldSide + oldX) * oldRows + row) * oldColumns + column;
          values[((y * side + x) * rows + row) * columns + column] = isInside
            ? before.old[at] as number
            : 0;
          count += Number(isInside);
        }
      }
    }
  }
  return count;
}

/** A shape as a filter's: a linear weight is one of side 1, a scale or shift that of one row. */
function fourSides(shape: readonly number[]): [number, number, number, number] {
  const [columns = 1, rows = 1, side = 1] = shape.toReversed();
  return [side, side, rows, columns];
}
