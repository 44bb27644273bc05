import { type Graph, inputShapes, paramsOf, type Shape } from "../graph/mod.ts";
import { initialValues } from "./init.ts";
import type { BuildOptions } from "./model.ts";

/**
 * The trained arrays of a graph as a model or a plan of it starts with them, by name, in the order of the
 * nodes.
 */
export function startParams(
  graph: Graph,
  { rng, init = "heNormal", shapes }: BuildOptions & {
    /** The shape of every node's value, without the batch. */
    readonly shapes: ReadonlyMap<string, Shape>;
  },
): Map<string, Float32Array> {
  return new Map(
    graph.nodes.flatMap((node) =>
      paramsOf(node, inputShapes(node, shapes)).map((spec) => {
        const name = `${node.name}.${spec.name}`;
        return [name, initialValues(spec, init, rng.split(name))] as const;
      })
    ),
  );
}
