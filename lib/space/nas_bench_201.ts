import { defineSpace } from "./define.ts";
import { nasBench201Chains } from "./nas_bench_201_chains.ts";
import {
  type NasBench201Arch,
  nasBench201Edges,
  type NasBench201Op,
  nasBench201Ops,
  type NasBench201Options,
} from "./nas_bench_201_ops.ts";
import { nasBench201Paths } from "./nas_bench_201_paths.ts";
import { relaxNasBench201 } from "./nas_bench_201_relaxed.ts";
import type { SearchSpace } from "./space.ts";

/**
 * The NAS-Bench-201 space (Dong & Yang 2020), also called the topology space of NATS-Bench: cells
 * of four nodes with one of five operations on each of six edges, 15,625 in all, stacked in three
 * stages.
 *
 * Architectures encode as the benchmark's own strings, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
 *
 * @throws {RangeError} When a size is not a positive whole number, or `operations` are none, not of
 * the benchmark, or not in its order.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 8, cellsPerStage: 1, size: 16, inputChannels: 1 });
 * const arch = space.sample(createRng("nas"));
 * assertEquals(space.decode(space.encode(arch)), arch);
 * assertEquals(space.size, 15_625n);
 * ```
 */
export function nasBench201(options: NasBench201Options = {}): SearchSpace<NasBench201Arch> {
  const { channels = 16, cellsPerStage = 5, size = 32, inputChannels = 3, classes = 10 } = options;
  const { operations = nasBench201Ops } = options;
  const skeleton = { channels, cellsPerStage, size, inputChannels, classes };
  for (const [name, value] of Object.entries(skeleton)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot make nasBench201: ${name} must be a positive whole number, got ${value}`,
      );
    }
  }
  const numbers = operations.map((op) => nasBench201Ops.indexOf(op));
  if (numbers.length === 0 || numbers.some((number, i) => number <= (numbers[i - 1] ?? -1))) {
    throw new RangeError(
      `Cannot make nasBench201: operations must be some of ${nasBench201Ops.join(", ")}, ` +
        `in this order, got ${operations.join(", ") || "none at all"}`,
    );
  }
  const isWhole = operations.length === nasBench201Ops.length;
  return defineSpace<NasBench201Arch>({
    name: `nas-bench-201 (channels ${channels}, cells ${cellsPerStage}, ` +
      `input ${size}x${size}x${inputChannels}, classes ${classes}` +
      `${isWhole ? "" : `, operations ${operations.join(" ")}`})`,
    decisions: nasBench201Edges.map(([from, to]) => ({
      name: `edge ${from}→${to}`,
      options: operations,
    })),
    fromChoices: (choices) => choices.map((choice) => operations[choice] as NasBench201Op),
    toChoices: (arch) => arch.map((op) => operations.indexOf(op)),
    encode,
    decode: (text) => decode(text, operations),
    chain: nasBench201Chains(skeleton),
    paths: (arch) => nasBench201Paths(arch),
    network: (arch) => nasBench201Class(arch),
    relax: (options) => relaxNasBench201({ ...skeleton, operations }, options),
    recipe: {
      module: import.meta.url,
      factory: "nasBench201",
      args: [{ ...skeleton, operations }],
    },
  });
}

/**
 * The uniqueness class of a cell: equal text means the same network by the benchmark's own rule,
 * which follows zeros and skip connections through the cell. There are 6,466 classes.
 *
 * @example
 * ```ts
 * import { nasBench201, nasBench201Class } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const classes = new Set([...space.enumerate()].map((arch) => nasBench201Class(arch)));
 * assertEquals(classes.size, 6_466);
 * ```
 */
export function nasBench201Class(arch: NasBench201Arch): string {
  const nodes = ["0"];
  for (let node = 1; node < 4; node++) {
    const terms = incoming(arch, node).map(({ from, op }) => {
      const source = nodes[from] as string;
      if (op === "none" || source === "#") return "#";
      return op === "skip_connect" ? source : `(${source})@${op}`;
    });
    nodes.push(terms.sort().join("+"));
  }
  return nodes[3] as string;
}

/**
 * A cell as nodes and labelled edges, for `drawCell`.
 *
 * @example
 * ```ts
 * import { drawCell, nasBench201, nasBench201Cell } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const cell = nasBench201Cell(nasBench201().fromChoices([3, 1, 0, 4, 2, 1]));
 * assertEquals(cell.edges[0], { from: "0", to: "1", label: "nor_conv_3x3" });
 * const figure = drawCell(cell, { title: "A cell" });
 * ```
 */
export function nasBench201Cell(arch: NasBench201Arch): {
  readonly nodes: readonly { readonly id: string; readonly label: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
} {
  const labels = ["input", "1", "2", "output"];
  return {
    nodes: labels.map((label, id) => ({ id: String(id), label })),
    edges: nasBench201Edges.map(([from, to], i) => ({
      from: String(from),
      to: String(to),
      label: arch[i] as NasBench201Op,
    })),
  };
}

function incoming(arch: NasBench201Arch, node: number): { from: number; op: NasBench201Op }[] {
  return nasBench201Edges.flatMap(([from, to], edge) =>
    to === node ? [{ from, op: arch[edge] as NasBench201Op }] : []
  );
}

function encode([a, b, c, d, e, f]: NasBench201Arch): string {
  return `|${a}~0|+|${b}~0|${c}~1|+|${d}~0|${e}~1|${f}~2|`;
}

function decode(text: string, operations: readonly NasBench201Op[]): NasBench201Arch {
  const fail = (reason: string): never => {
    throw new SyntaxError(`Cannot decode ${JSON.stringify(text)} as NAS-Bench-201: ${reason}`);
  };
  const nodes = text.split("+");
  if (nodes.length !== 3) fail(`expected 3 nodes with "+" between, got ${nodes.length}`);
  const arch: NasBench201Op[] = [];
  nodes.forEach((part, index) => {
    const node = index + 1;
    const edges = /^\|(.*)\|$/.exec(part)?.[1]?.split("|");
    if (edges === undefined) return fail(`node ${node} must stand between bars, got "${part}"`);
    if (edges.length !== node) fail(`node ${node} has ${node} inputs, got ${edges.length}`);
    edges.forEach((edge, from) => {
      const [op, source, ...rest] = edge.split("~");
      const known = operations.find((name) => name === op);
      if (known === undefined) {
        return fail(
          `edge ${from}→${node} must be one of ${operations.join(", ")}, got "${op}"`,
        );
      }
      if (source !== String(from) || rest.length > 0) {
        fail(`edge ${from}→${node} must end in "~${from}", got "${edge}"`);
      }
      arch.push(known);
    });
  });
  return arch;
}
