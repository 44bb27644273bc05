import { choicesOf, type Graph } from "../graph/mod.ts";
import type { Gates } from "../model/mod.ts";
import type { Path } from "../space/mod.ts";

/** The place of a path's option, checked. Throws a `RangeError` unless it is one of so many inputs. */
export function placeOn(
  path: Path,
  { choice, inputs }: { readonly choice: string; readonly inputs: number },
  action: string,
): number {
  const place = path.get(choice);
  if (place !== undefined && Number.isInteger(place) && place >= 0 && place < inputs) return place;
  throw new RangeError(
    `Cannot ${action}: the path must take one of the ${inputs} options of "${choice}", got ${
      place ?? "none"
    }`,
  );
}

/**
 * The gates that leave one path open: 1 for its options, 0 for all others.
 *
 * @param graph A graph with `mixed` nodes.
 * @param path The option of each choice.
 * @throws {RangeError} When the path lacks a choice or takes an option that there is not.
 *
 * @example
 * ```ts
 * import { GraphBuilder, pathGates } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 4]);
 * const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
 * const graph = net.build(net.add("mixed", { op: "mixed", choice: "layer" }, net.input, conv));
 * assertEquals([...pathGates(graph, new Map([["layer", 1]]))], [["layer", [0, 1]]]);
 * ```
 */
export function pathGates(graph: Graph, path: Path): Gates {
  return new Map(
    [...choicesOf(graph)].map(([choice, inputs]) => {
      const place = placeOn(path, { choice, inputs }, "open a path");
      return [choice, Array.from({ length: inputs }, (_, i) => i === place ? 1 : 0)];
    }),
  );
}
