import { type Graph, inferShapes, type Shape } from "../../graph/mod.ts";

/** A function of a graph that is computed once for each: graphs are not changed. */
export function once<T>(compute: (graph: Graph) => T): (graph: Graph) => T {
  const known = new WeakMap<Graph, T>();
  return (graph) => {
    const before = known.get(graph);
    if (before !== undefined) return before;
    const made = compute(graph);
    known.set(graph, made);
    return made;
  };
}

/** The shapes of a graph's values. */
export const shapesOf: (graph: Graph) => ReadonlyMap<string, Shape> = once(inferShapes);
