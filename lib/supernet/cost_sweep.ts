import type { Graph } from "../graph/mod.ts";
import { addCost, type CostForm, type CostLoss } from "./cost_loss.ts";
import { pathCost } from "./expected_cost.ts";
import type { SearchSpace } from "../space/mod.ts";
import type { GradientMethod } from "./gradient_method.ts";
import type { GradientOptions } from "./gradient_options.ts";
import { type GradientResult, gradientSearch, type SearchData } from "./gradient_search.ts";
import type { Supernet } from "./supernet.ts";

/** What a sweep searches with. */
export interface CostSweepOptions<A = unknown>
  extends Omit<GradientOptions, "cost" | "checkpoint"> {
  /** What options cost, as {@linkcode expectedCost} finds it. */
  readonly cost: Pick<CostLoss, "costs" | "constant">;
  /** What the cost is worth in each search. */
  readonly lambdas: readonly number[];
  /** How it enters the loss; {@linkcode addCost} when absent. */
  readonly form?: (lambda: number) => CostForm;
  /** What a network costs by what is known of its ops, e.g. by `predictLatency` and a table. */
  readonly predict: (graph: Graph) => number;
  /**
   * Measures networks, all at once and after all searches, so that nothing falls on one of them alone; e.g. by
   * `checkLatency`. Nothing is measured when absent.
   */
  readonly measure?: (graphs: readonly Graph[]) => Promise<readonly number[]>;
  /**
   * The space whose networks are predicted and measured, e.g. with more cells than that which is searched; the
   * supernet's when absent.
   */
  readonly space?: Pick<SearchSpace<A>, "lower">;
  /** The file of each search's checkpoint; none when absent. */
  readonly checkpoint?: (lambda: number) => string;
}

/** What came of one search of a sweep. */
export interface CostSweepPoint<A> {
  /** What the cost was worth. */
  readonly lambda: number;
  /** The architecture. */
  readonly arch: A;
  /** What the supernet is expected to cost by its probabilities at the end. */
  readonly expected: number;
  /** What the architecture's options cost, added up. */
  readonly summed: number;
  /** What is predicted of its network. */
  readonly predicted: number;
  /** What was measured of its network. */
  readonly measured?: number;
  /** The search. */
  readonly result: GradientResult<A>;
}

/**
 * Searches a supernet once for each weight of the cost, from the same seed, and tells what each network that is
 * found costs: by the expectation that the search went by, by the sum of its options, by prediction, and
 * measured. The networks are to be trained from scratch for their accuracies.
 *
 * @param supernet The supernet.
 * @param method How weights and logits move.
 * @param data The images.
 * @param options The weights and costs, and the options of {@linkcode gradientSearch}.
 * @returns A point for each weight, in their order; when it was stopped, for those whose search was done.
 * @throws {RangeError} When there is no weight, `measure` does not give a number for each network, or as
 * `gradientSearch` does.
 *
 * @example
 * ```ts
 * import { cost, costSweep, digits, expectedCost, nasBench201, proxyless, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const supernet = supernetOf(space);
 * const points = await costSweep(supernet, proxyless({ every: 1 }), await digits({ train: 200 }), {
 *   cost: expectedCost(supernet, "macs", { bases: 1, checks: 0 }),
 *   lambdas: [0, 1],
 *   predict: (graph) => cost(graph).macs,
 *   epochs: 1,
 *   seed: "nas",
 * });
 * assertEquals(points.map(({ lambda }) => lambda), [0, 1]);
 * ```
 */
export async function costSweep<A>(
  supernet: Supernet<A>,
  method: GradientMethod,
  data: SearchData,
  options: CostSweepOptions<A>,
): Promise<CostSweepPoint<A>[]> {
  const { cost, lambdas, form = addCost, predict, measure, checkpoint, ...others } = options;
  const { space = supernet.space, ...rest } = others;
  if (lambdas.length === 0) throw new RangeError("Cannot sweep: lambdas is empty");
  const forms = lambdas.map(form);
  const points: CostSweepPoint<A>[] = [], graphs: Graph[] = [];
  for (const [i, lambda] of lambdas.entries()) {
    const result = await gradientSearch(supernet, method, data, {
      ...withProgress(rest, { done: i, total: lambdas.length, lambda }),
      cost: { ...cost, form: forms[i] as CostForm },
      ...(checkpoint ? { checkpoint: checkpoint(lambda) } : {}),
    });
    if (result.stopped === "aborted") break;
    const { arch, epochs } = result, graph = space.lower(arch);
    graphs.push(graph);
    points.push({
      lambda,
      arch,
      expected: epochs.at(-1)?.expectedCost as number,
      summed: pathCost(cost, supernet.pathOf(arch)),
      predicted: predict(graph),
      result,
    });
  }
  return measure === undefined || points.length === 0
    ? points
    : withMeasured(points, await measure(graphs));
}

function withMeasured<A>(
  points: readonly CostSweepPoint<A>[],
  measured: readonly number[],
): CostSweepPoint<A>[] {
  if (measured.length !== points.length) {
    throw new RangeError(
      `Cannot sweep: measure must give ${points.length} numbers, one a network, got ${measured.length}`,
    );
  }
  return points.map((point, i) => ({ ...point, measured: measured[i] as number }));
}

/** Progress over all searches, of which each reports its own. */
function withProgress(
  options: GradientOptions,
  { done, total, lambda }: {
    readonly done: number;
    readonly total: number;
    readonly lambda: number;
  },
): GradientOptions {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  return {
    ...options,
    // One label throughout, so that it is one bar.
    onProgress: ({ ended: _, ...progress }) =>
      onProgress({
        ...progress,
        note: [`lambda ${Number(lambda.toPrecision(3))}`, ...(progress.note ? [progress.note] : [])]
          .join(", "),
        done: done * progress.total + progress.done,
        total: total * progress.total,
      }),
  };
}
