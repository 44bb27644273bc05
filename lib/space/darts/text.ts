import {
  type DartsArch,
  type DartsCell,
  dartsKinds,
  type DartsNode,
  type DartsOp,
  dartsOps,
  nodeOf,
} from "./arch.ts";

/** An architecture as text: `normal |op~0|op~1|+|op~0|op~2|… reduce …`. */
export function encodeDarts(arch: DartsArch): string {
  return dartsKinds.map((kind) => `${kind} ${arch[kind].map(encodeNode).join("+")}`).join(" ");
}

function encodeNode({ inputs, ops }: DartsNode): string {
  return `|${ops[0]}~${inputs[0]}|${ops[1]}~${inputs[1]}|`;
}

/** The inverse of {@linkcode encodeDarts} for cells of `nodes` nodes. Throws a `SyntaxError`. */
export function decodeDarts(text: string, nodes: number): DartsArch {
  const fail = (reason: string): never => failOn(text, reason);
  const [, normal, reduce] = /^normal (\S+) reduce (\S+)$/.exec(text) ?? [];
  if (normal === undefined || reduce === undefined) {
    return fail('expected "normal <cell> reduce <cell>"');
  }
  const cellOf = (kind: string, cell: string): DartsCell =>
    cell.split("+").map((node, i) => {
      const place = `${kind} node ${i + 1}`;
      const [, opA = "", a, opB = "", b] = /^\|(.*)~(\d+)\|(.*)~(\d+)\|$/.exec(node) ?? [];
      if (a === undefined) return fail(`${place} must be like |op~0|op~1|, got "${node}"`);
      const edges = [{ op: opA, input: Number(a) }, { op: opB, input: Number(b) }];
      const checked = checkEdges(edges, { place, node: i, fail });
      return encodeNode(checked) === node
        ? checked
        : fail(`${place} is written ${encodeNode(checked)}`);
    });
  const arch = { normal: cellOf("normal", normal), reduce: cellOf("reduce", reduce) };
  for (const kind of dartsKinds) {
    if (arch[kind].length !== nodes) {
      fail(`${kind} must have ${nodes} nodes with "+" between, got ${arch[kind].length}`);
    }
  }
  return arch;
}

/**
 * Reads a genotype as it is published, in the notation of DARTS' released code, e.g.
 * `Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=[2, 3, 4, 5], reduce=[…], reduce_concat=…)`.
 * The list of concatenated nodes may be a `range`; a name and `=` may stand in front.
 *
 * The order of the two edges of a node makes no difference to it, and is not kept.
 *
 * @throws {SyntaxError} When it is not such a text, a node does not have two different inputs before
 *   it, an operation is not one of DARTS, or a cell does not concatenate all its nodes.
 *
 * @example
 * ```ts
 * import { dartsGenotypes, parseDartsGenotype } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const arch = parseDartsGenotype(
 *   "Genotype(normal=[('skip_connect', 1), ('sep_conv_3x3', 0)], normal_concat=[2], " +
 *     "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1)], reduce_concat=range(2, 3))",
 * );
 * assertEquals(arch.normal, [{ inputs: [0, 1], ops: ["sep_conv_3x3", "skip_connect"] }]);
 * ```
 */
export function parseDartsGenotype(text: string): DartsArch {
  const fail = (reason: string): never => failOn(text, reason);
  const pairs = String.raw`\[([^\]]*)\]`;
  const list = String.raw`(\[[\d\s,]*\]|range\(\s*\d+\s*,\s*\d+\s*\))`;
  const fields = [`normal=${pairs}`, `normal_concat=${list}`, `reduce=${pairs}`];
  const whole = new RegExp(
    `^(?:\\w+=)?Genotype\\(${[...fields, `reduce_concat=${list}`].join(",")},?\\)$`,
  );
  const found = whole.exec(text.replaceAll(/\s+/g, ""));
  if (found === null) {
    return fail("expected Genotype(normal=[…], normal_concat=…, reduce=[…], reduce_concat=…)");
  }
  const [, normal, normalConcat, reduce, reduceConcat] = found as unknown as string[];
  const cellOf = (kind: string, edges: string, concat: string): DartsCell => {
    const all = [...edges.matchAll(/\((['"])(\w+)\1,(\d+)\),?/g)];
    if (all.map(([each]) => each).join("") !== edges || all.length === 0 || all.length % 2 === 1) {
      return fail(`${kind} must be a list of ('op', input), two for each node`);
    }
    const cell = Array.from({ length: all.length / 2 }, (_, node) => {
      const two = all.slice(2 * node, 2 * node + 2)
        .map(([, , op = "", input]) => ({ op, input: Number(input) }));
      return checkEdges(two, { place: `${kind} node ${node + 1}`, node, fail });
    });
    const nodes = cell.map((_, node) => node + 2);
    if (numbersOf(concat).join() !== nodes.join()) {
      fail(`${kind}_concat must list all nodes, ${nodes.join(", ")}`);
    }
    return cell;
  };
  return {
    normal: cellOf("normal", normal as string, normalConcat as string),
    reduce: cellOf("reduce", reduce as string, reduceConcat as string),
  };
}

/**
 * Writes an architecture as a genotype in the notation of DARTS' released code.
 *
 * @example
 * ```ts
 * import { dartsGenotypes, parseDartsGenotype, printDartsGenotype } from "naskit";
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 *
 * const text = printDartsGenotype(dartsGenotypes.DARTS_V2);
 * assertStringIncludes(text, "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1),");
 * assertEquals(parseDartsGenotype(text), dartsGenotypes.DARTS_V2);
 * ```
 */
export function printDartsGenotype(arch: DartsArch): string {
  const fields = dartsKinds.flatMap((kind) => {
    const edges = arch[kind].flatMap(({ inputs, ops }) =>
      ops.map((op, i) => `('${op}', ${inputs[i]})`)
    );
    const nodes = arch[kind].map((_, node) => node + 2);
    return [`${kind}=[${edges.join(", ")}]`, `${kind}_concat=[${nodes.join(", ")}]`];
  });
  return `Genotype(${fields.join(", ")})`;
}

/** The node of two edges that were read. Node 0 reads values 0 and 1. */
function checkEdges(
  edges: readonly { readonly op: string; readonly input: number }[],
  { place, node, fail }: {
    readonly place: string;
    readonly node: number;
    readonly fail: (reason: string) => never;
  },
): DartsNode {
  for (const { op, input } of edges) {
    if (!(dartsOps as readonly string[]).includes(op)) {
      fail(`${place} must have operations of ${dartsOps.join(", ")}, got "${op}"`);
    }
    if (input > node + 1) fail(`${place} must read values up to ${node + 1}, got ${input}`);
  }
  if (edges[0]?.input === edges[1]?.input) {
    fail(`${place} must read two different values, got ${edges[0]?.input} twice`);
  }
  return nodeOf(edges as { op: DartsOp; input: number }[]);
}

function numbersOf(list: string): number[] {
  const numbers = (list.match(/\d+/g) ?? []).map(Number);
  if (!list.startsWith("range")) return numbers;
  const [from, to] = numbers as [number, number];
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function failOn(text: string, reason: string): never {
  throw new SyntaxError(`Cannot read ${JSON.stringify(text)} as a DARTS genotype: ${reason}`);
}
