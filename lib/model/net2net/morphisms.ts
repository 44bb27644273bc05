import { cost } from "../../cost/mod.ts";
import type { Rng } from "../../engine/rng.ts";
import type { Graph, Shape } from "../../graph/mod.ts";
import { liveNodes } from "../plan/live_nodes.ts";
import { addBranch } from "./add_branch.ts";
import { atomsOf, channels, makesChannels } from "./atoms.ts";
import { deepen, isActivation } from "./deepen.ts";
import { growKernel } from "./grow_kernel.ts";
import type { Morphism } from "./morphism.ts";
import { shapesOf } from "./once.ts";
import { widen, type WidenOptions } from "./widen.ts";

/** Which children to list. */
export interface MorphismsOptions extends Pick<WidenOptions, "fractions" | "noise"> {
  /** Draws the copies of each widening and the weights of each branch. */
  readonly rng: Rng;
  /** The kinds to list; all four when absent. */
  readonly kinds?: readonly ("widen" | "deepen" | "kernel" | "branch")[];
  /** How many times as wide a widened layer is, at least by one channel; 1.5 when absent. */
  readonly widenBy?: number;
  /** The largest side that filters grow to, two at a time; 5 when absent. */
  readonly maxKernel?: number;
  /** Whether batch norms follow inserted layers; `true` when absent. */
  readonly batchNorm?: boolean;
}

/** A morphism, and what its child has more than the parent. */
export interface MorphismStep extends Morphism {
  /** What it adds. */
  readonly added: {
    /** Trained numbers. */
    readonly params: number;
    /** Multiply-accumulates for one sample. */
    readonly macs: number;
  };
}

/**
 * All one-step children of a network: each of its layers wider, a layer behind each ReLU and ReLU6, each
 * filter two taps larger, and a residual block behind each activation and sum. Layers that are tied are
 * widened together and listed once. Parts that the output does not depend on are left alone.
 *
 * @throws {RangeError} On options out of range.
 *
 * @example
 * ```ts
 * import { createRng, GraphBuilder, morphisms } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 1]);
 * net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
 * net.add("relu", { op: "relu" }, "conv");
 * net.add("pool", { op: "globalAvgPool" }, "relu");
 * const graph = net.build(net.add("head", { op: "linear", features: 10 }, "pool"));
 * const children = morphisms(graph, { rng: createRng("children"), kinds: ["widen", "kernel"] });
 * assertEquals(children.map(({ description, added }) => [description, added.params]), [
 *   ["widen conv from 4 to 6 channels", 2 * 9 + 2 * 10],
 *   ["grow the kernel of conv from 3x3 to 5x5", 4 * (25 - 9)],
 * ]);
 * ```
 */
export function morphisms(graph: Graph, options: MorphismsOptions): MorphismStep[] {
  const { kinds = ["widen", "deepen", "kernel", "branch"] } = options;
  const { widenBy = 1.5, maxKernel = 5 } = options;
  if (!(widenBy > 1 && widenBy < Infinity)) {
    throw new RangeError(`Cannot list morphisms: widenBy must be above 1, got ${widenBy}`);
  }
  if (!Number.isSafeInteger(maxKernel) || maxKernel < 1) {
    throw new RangeError(
      `Cannot list morphisms: maxKernel must be a positive whole number, got ${maxKernel}`,
    );
  }
  const list = {
    widen: () => wider(graph, { ...options, widenBy }),
    deepen: () => deeper(graph, options),
    kernel: () => larger(graph, maxKernel),
    branch: () => branched(graph, options),
  };
  const { params, macs } = cost(graph);
  return kinds.flatMap((kind) => list[kind]()).map((morphism) => {
    let added: MorphismStep["added"] | undefined;
    return Object.defineProperty({ ...morphism } as MorphismStep, "added", {
      enumerable: true,
      // Counting takes longer than making the child, and of many listed few are looked at.
      get: () => {
        if (added === undefined) {
          const costs = cost(morphism.graph);
          added = { params: costs.params - params, macs: costs.macs - macs };
        }
        return added;
      },
    });
  });
}

function wider(
  graph: Graph,
  { rng, widenBy, fractions = "equal", noise = 0 }: MorphismsOptions & { readonly widenBy: number },
): Morphism[] {
  const atoms = atomsOf(graph), shapes = shapesOf(graph);
  const listed = new Set<string>();
  return liveNodes(graph).filter(makesChannels).flatMap(({ name }) => {
    const own = [...new Set(atoms.of(name))].filter((atom) => !atoms.isFixed(atom));
    const key = own.toSorted((a, b) => a - b).join();
    if (own.length === 0 || listed.has(key)) return [];
    listed.add(key);
    const width = channels(shapes.get(name) as Shape);
    const counts = new Map<number, number>();
    for (const atom of atoms.of(name)) counts.set(atom, (counts.get(atom) ?? 0) + 1);
    // Tied channels are copied so many at a time.
    const step = Math.max(...own.map((atom) => counts.get(atom) as number));
    const more = Math.ceil(width * (widenBy - 1) / step) * step;
    const draws = rng.split(`widen ${name}`);
    return [widen(graph, { node: name, channels: width + more, fractions, noise, rng: draws })];
  });
}

function deeper(graph: Graph, { batchNorm = true }: MorphismsOptions): Morphism[] {
  return liveNodes(graph).filter(({ op }) => op === "relu" || op === "relu6").map(({ name }) =>
    deepen(graph, { after: name, batchNorm })
  );
}

function larger(graph: Graph, maxKernel: number): Morphism[] {
  return liveNodes(graph).flatMap((node) =>
    (node.op === "conv" || node.op === "depthwise") && node.kernel + 2 <= maxKernel
      ? [growKernel(graph, { node: node.name, kernel: node.kernel + 2 })]
      : []
  );
}

function branched(graph: Graph, { rng, batchNorm = true }: MorphismsOptions): Morphism[] {
  return liveNodes(graph).filter(({ op }) => op === "add" || isActivation(op)).map(({ name }) =>
    addBranch(graph, { after: name, batchNorm, rng: rng.split(`branch ${name}`) })
  );
}
