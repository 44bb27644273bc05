import { assertEquals } from "@std/assert";
import type { Graph } from "naskit/graph/mod.ts";

/**
 * Throws unless two graphs compute the same in the same way: followed from their outputs, nodes have equal ops
 * and settings and read the same in the same order, whatever they are called.
 */
export function assertSameGraph(actual: Graph, expected: Graph): void {
  const a = byName(actual), b = byName(expected);
  const names = new Map<string, string>();
  const follow = (name: string, other: string) => {
    const known = names.get(name);
    if (known !== undefined) return assertEquals(other, known, `nodes that stand for "${name}"`);
    names.set(name, other);
    const { name: _, inputs, ...op } = a.get(name)!;
    const { name: __, inputs: others, ...wanted } = b.get(other)!;
    assertEquals(op, wanted, `"${name}" for "${other}"`);
    assertEquals(inputs.length, others.length, `inputs of "${name}" for "${other}"`);
    inputs.forEach((input, i) => follow(input, others[i]!));
  };
  follow(actual.output, expected.output);
  assertEquals(new Set(names.values()).size, names.size, "two nodes stand for one");
}

function byName({ nodes }: Graph): ReadonlyMap<string, Graph["nodes"][number]> {
  return new Map(nodes.map((node) => [node.name, node]));
}
