import { cost, type CostOptions, type Costs, type NodeCost } from "../cost/cost.ts";
import { type Graph, type GraphNode, rulesOf } from "../graph/mod.ts";
import type { Block, BlockChain } from "./blocks.ts";
import { lowerInSteps } from "./lower_in_steps.ts";
import type { SearchSpace } from "./space.ts";

/** Every number that {@linkcode cost} gives for a graph, without the list of its nodes. */
export type TotalCosts = Omit<Costs, "nodes">;

/** How a network's figure follows from its nodes'; where nothing is said, it is their sum. */
const largestOfNodes: { readonly [metric: string]: string } = { peakMemory: "memory" };

/** Some values between two blocks, with what the blocks that were found behind them cost. */
interface Boundary {
  readonly behind: Map<string, BlockCosts>;
}

/** By metric: the figures of some nodes, one number where that gives the same total. */
type Terms = readonly (number | readonly number[])[];

interface BlockCosts {
  readonly terms: Terms;
  readonly next: Boundary;
}

/** The start of a network: its input. */
interface Start {
  readonly terms: Terms;
  readonly boundary: Boundary;
}

/**
 * Makes a function that counts what the architectures of a space cost: exactly what
 * `cost(space.lower(arch))` gives, without its list of nodes.
 *
 * Where a space gives its networks as chains of blocks, each block is counted once behind each set of
 * values it is found behind, and its figures are kept under its key; a network then takes one look-up
 * a block, and is lowered only when it has a block that is new. Networks of other spaces are lowered
 * and counted one by one. What is kept goes with the function.
 *
 * @param space The space.
 * @param options The conventions to count by, as for {@linkcode cost}.
 *
 * @example
 * ```ts
 * import { cost, createRng, nasBench201, spaceCosts } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const costsOf = spaceCosts(space);
 * const arch = space.sample(createRng("costs"));
 * const { nodes, ...totals } = cost(space.lower(arch));
 * assertEquals(costsOf(arch), totals);
 * ```
 */
export function spaceCosts<A>(
  space: SearchSpace<A>,
  options: CostOptions = {},
): (arch: A) => TotalCosts {
  const { chain } = space;
  if (chain === undefined) {
    return (arch) => {
      const { nodes: _, ...totals } = cost(space.lower(arch), options);
      return totals;
    };
  }
  const memory = new BlockMemory(options);
  return (arch) => memory.costs(chain(arch));
}

/** Remembers what blocks cost. */
class BlockMemory {
  readonly #options: CostOptions;
  readonly #starts = new Map<string, Start>();
  readonly #boundaries = new Map<string, Boundary>();
  #metrics: readonly string[] = [];
  #isLargest: readonly boolean[] = [];

  constructor(options: CostOptions) {
    this.#options = options;
  }

  /** What a network costs. */
  costs(chain: BlockChain): TotalCosts {
    const totals = this.#total(chain) ?? this.#learned(chain);
    const named: { [metric: string]: number } = {};
    this.#metrics.forEach((metric, i) => named[metric] = totals[i] as number);
    return named as unknown as TotalCosts;
  }

  /** The totals by metric, or `undefined` when the network has a block that was not seen yet. */
  #total({ input, blocks }: BlockChain): number[] | undefined {
    const start = this.#starts.get(input.join());
    if (start === undefined) return undefined;
    const totals = this.#metrics.map(() => 0);
    this.#combine(totals, start.terms);
    let boundary = start.boundary;
    for (const { key } of blocks) {
      const found = boundary.behind.get(key);
      if (found === undefined) return undefined;
      this.#combine(totals, found.terms);
      boundary = found.next;
    }
    return totals;
  }

  #combine(totals: number[], terms: Terms): void {
    for (let metric = 0; metric < totals.length; metric++) {
      const total = totals[metric] as number;
      const term = terms[metric] as Terms[number];
      if (typeof term !== "number") totals[metric] = term.reduce((a, b) => a + b, total);
      else totals[metric] = this.#isLargest[metric] ? Math.max(total, term) : total + term;
    }
  }

  #learned(chain: BlockChain): number[] {
    // Where some blocks come many times in a row, a shorter network tells as much, nearly always.
    this.#learn({ ...chain, blocks: withoutThirds(chain.blocks) });
    const totals = this.#total(chain);
    if (totals !== undefined) return totals;
    this.#learn(chain);
    return this.#total(chain) as number[];
  }

  /** Lowers and counts the network, and keeps the figures of each block. */
  #learn(chain: BlockChain): void {
    const { graph, ends, values } = lowerInSteps(chain);
    const { nodes, ...totals } = cost(graph, this.#options);
    this.#metrics = Object.keys(totals);
    this.#isLargest = this.#metrics.map((metric) => metric in largestOfNodes);
    const names = boundaryNames(graph, nodes, { ends, values });
    let boundary = this.#boundary(names[0] as string);
    this.#starts.set(chain.input.join(), { terms: this.#terms(nodes.slice(0, 1)), boundary });
    chain.blocks.forEach(({ key }, i) => {
      const next = this.#boundary(names[i + 1] as string);
      if (!boundary.behind.has(key)) {
        boundary.behind.set(key, { terms: this.#terms(nodes.slice(ends[i], ends[i + 1])), next });
      }
      boundary = next;
    });
  }

  #boundary(name: string): Boundary {
    const boundary = this.#boundaries.get(name) ?? { behind: new Map<string, BlockCosts>() };
    this.#boundaries.set(name, boundary);
    return boundary;
  }

  #terms(nodes: readonly NodeCost[]): Terms {
    return this.#metrics.map((metric, i) => {
      const ofNode = this.#isLargest[i] ? largestOfNodes[metric] as string : metric;
      const figures = nodes.map((node) => (node as unknown as { [key: string]: number })[ofNode]);
      if (figures.some((figure) => typeof figure !== "number")) {
        throw new RangeError(`Cannot count ${metric} by blocks: nodes have no figure "${ofNode}"`);
      }
      const numbers = (figures as number[]).filter((figure) => figure !== 0);
      if (this.#isLargest[i]) return Math.max(0, ...numbers);
      // Whole numbers may be added up in any order; others must be in the order of the nodes.
      return numbers.every(Number.isInteger) ? numbers.reduce((a, b) => a + b, 0) : numbers;
    });
  }
}

/** The blocks without those that repeat what the blocks before them did twice in a row. */
function withoutThirds(blocks: readonly Block[]): Block[] {
  const kept: Block[] = [];
  const isThird = (period: number) => {
    for (let back = 1; back <= 2 * period; back++) {
      const at = kept.length - back;
      if ((kept[at] as Block).key !== (kept[at - period] as Block).key) return false;
    }
    return true;
  };
  for (const block of blocks) {
    kept.push(block);
    for (let period = 1; 3 * period <= kept.length; period++) {
      if (isThird(period)) kept.length -= period;
    }
  }
  return kept;
}

/**
 * What matters of the values at each boundary to the nodes behind it: their shapes, which of them are
 * one, which is the image, and which has been read before (the one reader of a value may be fused with
 * what computes it).
 */
function boundaryNames(
  { nodes }: Graph,
  costs: readonly NodeCost[],
  { ends, values }: {
    readonly ends: readonly number[];
    readonly values: readonly (readonly string[])[];
  },
): string[] {
  const places = new Map(nodes.map(({ name }, place) => [name, place]));
  const read = new Set<string>();
  let end = 0;
  return values.map((alive, i) => {
    for (; end < (ends[i] as number); end++) {
      const node = nodes[end] as GraphNode;
      // Constants take the shape of their input and read none of it.
      if (rulesOf(node).storage !== "constant") {
        for (const input of node.inputs) read.add(input);
      }
    }
    return alive.map((value, at) => {
      const first = alive.indexOf(value);
      if (first < at) return `=${first}`;
      const place = places.get(value) as number;
      const kind = place === 0 ? "image" : read.has(value) ? "read" : "new";
      return `${kind} ${costs[place]?.shape.join("x")}`;
    }).join(" ");
  });
}
