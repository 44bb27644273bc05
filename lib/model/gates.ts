import type { Tensor } from "../engine/tensor.ts";
import { choicesOf, type Graph } from "../graph/mod.ts";

/** Gates that weigh all of so many inputs the same. */
export function evenGates(inputs: number): number[] {
  return new Array<number>(inputs).fill(1 / inputs);
}

/** Throws a `RangeError` unless gates are of choices of the graph, one for each input, and finite. */
export function checkGates(
  graph: Graph,
  gates: ReadonlyMap<string, ArrayLike<number> | Tensor>,
  action: string,
): void {
  const choices = choicesOf(graph);
  for (const [choice, given] of gates) {
    const inputs = choices.get(choice);
    if (inputs === undefined) {
      throw new RangeError(
        `Cannot ${action}: gates name "${choice}", which the graph has no choice of`,
      );
    }
    const length = "shape" in given ? given.size : given.length;
    if (length !== inputs) {
      throw new RangeError(
        `Cannot ${action}: gates of "${choice}" must be ${inputs}, one an input, got ${length}`,
      );
    }
    if ("shape" in given) continue;
    const wrong = Array.from(given).findIndex((gate) => !Number.isFinite(Math.fround(gate)));
    if (wrong >= 0) {
      throw new RangeError(
        `Cannot ${action}: gates of "${choice}" must be finite, got ${given[wrong]} at ${wrong}`,
      );
    }
  }
}
