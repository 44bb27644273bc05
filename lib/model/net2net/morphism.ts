import type { Graph } from "../../graph/mod.ts";
import { arraysOf, type ArraySpec, checkWeights, isStatistic, type Weights } from "./weights.ts";

/** What a {@linkcode Morphism} does to a network. */
export type MorphismKind = "widen" | "deepen" | "kernel" | "branch" | "arrange" | "sequence";

/**
 * A change of a network that keeps what it computes (Chen, Goodfellow & Shlens 2016, "Net2Net:
 * Accelerating Learning via Knowledge Transfer"; Wei et al. 2016, "Network Morphism"): a larger graph,
 * and the weights with which it gives the same outputs as the smaller one. Both are pure: nothing that
 * goes in is changed.
 */
export interface Morphism {
  /** What kind of change it is. */
  readonly kind: MorphismKind;
  /** What it does, in words. */
  readonly description: string;
  /**
   * By which statistics of batch norms the outputs stay the same: the batch's and the running ones
   * (`"always"`), the running ones alone (`"running"`), or only nearly, because of noise (`"nearly"`).
   */
  readonly exact: "always" | "running" | "nearly";
  /**
   * Batch norms of the child that return what they read by running statistics alone;
   * {@linkcode settleBatchNorms} makes them do so by a batch's as well.
   */
  readonly unsettled: readonly string[];
  /** The graph it starts from. */
  readonly parent: Graph;
  /** The graph it leads to. */
  readonly graph: Graph;
  /**
   * The child's weights.
   *
   * @throws {RangeError} When an array of the parent is missing or has another length.
   */
  inherit(weights: Weights): Map<string, Float32Array>;
  /**
   * What an optimiser remembers of each trained array, for the child: a mean of gradients, as momentum
   * is (`power` 1), or of squared gradients, as Adam has beside it (`power` 2). Gradients are shared out
   * among copies as the child's own gradients would be. Of new arrays nothing is remembered: zeros.
   *
   * @throws {RangeError} When a trained array of the parent is missing or has another length.
   */
  inheritSlot(slot: Weights, power?: 1 | 2): Map<string, Float32Array>;
}

/** A morphism without its weights. */
export type MorphismParts =
  & Pick<Morphism, "kind" | "description" | "exact" | "parent" | "graph">
  & Partial<Pick<Morphism, "unsettled">>;

/** How each array of a child comes about. */
export interface MorphismRules {
  /** The child's value of an array; `old` is the parent's array of that name, where there is one. */
  readonly value: (name: string, spec: ArraySpec, old: Float32Array | undefined) => Float32Array;
  /** The same of what an optimiser remembers. */
  readonly slot: (
    name: string,
    spec: ArraySpec,
    { old, power }: { readonly old: Float32Array | undefined; readonly power: 1 | 2 },
  ) => Float32Array;
  /** The parent's name of a node; the same when absent. */
  readonly nameBefore?: (node: string) => string;
}

/** Makes a morphism from a rule for each array. */
export function makeMorphism(
  { unsettled = [], ...about }: MorphismParts,
  { value, slot, nameBefore = (node) => node }: MorphismRules,
): Morphism {
  const old = ({ node, array }: ArraySpec, from: Weights) => {
    const name = `${nameBefore(node)}.${array}`;
    return arraysOf(about.parent).has(name) ? from.get(name) : undefined;
  };
  return {
    ...about,
    unsettled,
    inherit(weights) {
      checkWeights(about.parent, weights, "inherit");
      return new Map(
        [...arraysOf(about.graph)].map((
          [name, spec],
        ) => [name, value(name, spec, old(spec, weights))]),
      );
    },
    inheritSlot(from, power = 1) {
      checkWeights(about.parent, from, "inherit", (spec) => !isStatistic(spec));
      const trained = [...arraysOf(about.graph)].filter(([, spec]) => !isStatistic(spec));
      return new Map(
        trained.map((
          [name, spec],
        ) => [name, slot(name, spec, { old: old(spec, from), power })]),
      );
    },
  };
}

/**
 * Several changes as one.
 *
 * @param steps Each starts from the graph that the one before leads to.
 * @throws {RangeError} When there is none, or one starts from another graph.
 *
 * @example
 * ```ts
 * import { deepen, GraphBuilder, sequence, widen, createRng } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 1]);
 * net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
 * net.add("relu", { op: "relu" }, "conv");
 * net.add("pool", { op: "globalAvgPool" }, "relu");
 * const graph = net.build(net.add("head", { op: "linear", features: 10 }, "pool"));
 * const wider = widen(graph, { node: "conv", channels: 6, rng: createRng("copies") });
 * const both = sequence([wider, deepen(wider.graph, { after: "relu" })]);
 * assertEquals(both.parent, graph);
 * assertEquals(both.graph.nodes.length, 7);
 * ```
 */
export function sequence(steps: readonly Morphism[]): Morphism {
  const first = steps[0], last = steps.at(-1);
  if (first === undefined || last === undefined) {
    throw new RangeError("Cannot make a sequence: steps must hold at least one, got none");
  }
  steps.forEach((step, i) => {
    const before = steps[i - 1]?.graph ?? step.parent;
    if (step.parent !== before && JSON.stringify(step.parent) !== JSON.stringify(before)) {
      throw new RangeError(
        `Cannot make a sequence: step ${i + 1} must start from the graph that step ${i} leads to`,
      );
    }
  });
  const worst = (["nearly", "running"] as const).find((each) =>
    steps.some(({ exact }) => exact === each)
  );
  return {
    kind: steps.length === 1 ? first.kind : "sequence",
    description: steps.map(({ description }) => description).join("; "),
    exact: worst ?? "always",
    unsettled: steps.flatMap(({ unsettled }) => unsettled),
    parent: first.parent,
    graph: last.graph,
    inherit: (weights) =>
      steps.reduce((current, step) => step.inherit(current), weights) as Map<string, Float32Array>,
    inheritSlot: (slot, power = 1) =>
      steps.reduce((current, step) => step.inheritSlot(current, power), slot) as Map<
        string,
        Float32Array
      >,
  };
}
