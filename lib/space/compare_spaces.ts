import { allOf, brokenLimits, type Constraint, type Limit, limitsIn } from "../cost/constraint.ts";
import type { CostOptions } from "../cost/cost.ts";
import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Rng } from "../engine/rng.ts";
import { quantile } from "../stats/quantile.ts";
import { checkWhole } from "./mobile/skeleton.ts";
import { sampleByDecision } from "./sample_by_decision.ts";
import type { SearchSpace } from "./space.ts";
import { spaceCosts } from "./space_costs.ts";

/** A space with a name to tell it from others by. */
export interface NamedSpace<A> {
  /** Its name in figures and tables; unlike those of the others it is compared with. */
  readonly name: string;
  /** The space. */
  readonly space: SearchSpace<A>;
}

/** How to compare spaces. */
export interface CompareSpacesOptions<A> {
  /** What networks must keep, e.g. {@linkcode deviceLimits} of a board; on any cost by its name. */
  readonly constraints: readonly Constraint[];
  /** Determines the draws. Each space draws from the stream's beginning, whatever the others draw. */
  readonly rng: Rng;
  /** Networks that fit to find in each space; 1000 when absent. */
  readonly samples?: number;
  /** Networks to draw from a space at most, whether they fit or not; ten times `samples` when absent. */
  readonly maxDraws?: number;
  /**
   * Ranks by this quantile of the MACs, from 0 to 1, in the place of their mean: 0.8 is what the largest
   * fifth exceeds.
   */
  readonly rankQuantile?: number;
  /** How a network is drawn; {@linkcode sampleByDecision} when absent. */
  readonly draw?: (space: SearchSpace<A>, rng: Rng) => A;
  /** The conventions to count costs by. */
  readonly costs?: CostOptions;
  /** Stops the comparison; what was found until then is returned. */
  readonly signal?: AbortSignal;
  /** Told after every space. */
  readonly onProgress?: ProgressListener;
}

/** How often a limit was broken. */
export interface BrokenLimit {
  /** The limit. */
  readonly limit: Limit;
  /** Networks drawn that broke it, perhaps with others. */
  readonly count: number;
}

/** What was found out about a space. */
export interface SpaceFit {
  /** Networks drawn. */
  readonly drawn: number;
  /** The share of them that keep all constraints; `NaN` where none was drawn. */
  readonly share: number;
  /** The MACs of those, in increasing order: their empirical distribution. */
  readonly macs: readonly number[];
  /** Their mean; `NaN` where none fits. */
  readonly mean: number;
  /** What the ranking goes by: the mean or the quantile asked for; `NaN` where none fits. */
  readonly score: number;
  /** Whether as many networks that fit were found as asked for. */
  readonly complete: boolean;
  /** For each limit how many of the networks drawn broke it. */
  readonly broken: readonly BrokenLimit[];
}

/** A space, all that was given with it, and what was found out. */
export type ComparedSpace<A, N = unknown> = NamedSpace<A> & N & SpaceFit;

/** Spaces compared. */
export interface SpaceComparison<A, N = unknown> {
  /**
   * The spaces, the best first: by falling score, those that are not complete behind all that are,
   * and last those in which nothing fits. What is alike stays in the order given.
   */
  readonly ranking: readonly ComparedSpace<A, N>[];
  /** Whether all spaces were looked at, or the signal stopped it. */
  readonly stopped: "done" | "aborted";
}

/**
 * Compares search spaces by the networks in them that fit a device, as TinyNAS does to choose one before
 * any network is trained (Lin et al., "MCUNet", 2020): the space whose fitting networks have more MACs is
 * likely to hold the more accurate ones.
 *
 * From each space networks are drawn until `samples` of them keep the constraints, or `maxDraws` were
 * drawn, or none fitted in the first tenth of these. So a space of networks that never fit comes to an
 * end too, with none found; and one where fewer than a tenth fit ranks behind those in which as many as
 * asked for were found, since the mean of a few that just fit says little about it. The same network may
 * be drawn more than once.
 *
 * @param spaces The spaces; further properties of theirs come back in the ranking.
 * @param options Constraints, number of draws, what to rank by.
 * @throws {RangeError} When there is no space, two have one name, a number is not what it must be, or a
 * constraint names something that is not a cost.
 *
 * @example Which width and resolution suit a board with 320 kB of memory
 * ```ts
 * import {
 *   compareSpaces,
 *   createRng,
 *   deviceLimits,
 *   mobileSkeletons,
 *   stm32F746,
 *   widthResolutionGrid,
 * } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const grid = widthResolutionGrid({
 *   skeleton: mobileSkeletons.ofaProxyless,
 *   widths: [0.3, 1],
 *   resolutions: [48, 144],
 *   classes: 100,
 * });
 * const { ranking } = await compareSpaces(grid, {
 *   constraints: deviceLimits(stm32F746),
 *   samples: 50,
 *   rng: createRng("spaces"),
 * });
 * assertEquals(ranking.map(({ name }) => name), ["w0.3 r144", "w0.3 r48", "w1 r48", "w1 r144"]);
 * assertEquals(ranking.at(-1)!.share, 0); // the widest network for the largest images never fits
 * ```
 */
export async function compareSpaces<A, N>(
  spaces: readonly (NamedSpace<A> & N)[],
  options: CompareSpacesOptions<A>,
): Promise<SpaceComparison<A, N>> {
  const plan = planOf(spaces, options);
  const { signal, onProgress } = options;
  const found: ComparedSpace<A, N>[] = [];
  const pauses = new Pauses();
  for (const each of spaces) {
    const fit = await drawn(each.space, plan, pauses);
    found.push({ ...each, ...fit });
    if (signal?.aborted) continue;
    const best = ranked(found)[0] as ComparedSpace<A, N>;
    await onProgress?.({
      label: "comparing spaces",
      done: found.length,
      total: spaces.length,
      unit: "spaces",
      ...(best.macs.length > 0 ? { note: `best ${best.name}` } : {}),
    });
  }
  const all = found.every(({ macs, drawn }) => isOver({ found: macs.length, draws: drawn }, plan));
  return { ranking: ranked(found), stopped: all ? "done" : "aborted" };
}

interface Plan<A> {
  readonly constraints: readonly Constraint[];
  readonly rng: Rng;
  readonly samples: number;
  readonly maxDraws: number;
  readonly rankQuantile: number | undefined;
  readonly draw: (space: SearchSpace<A>, rng: Rng) => A;
  readonly costs: CostOptions;
  readonly signal: AbortSignal | undefined;
}

function planOf<A>(
  spaces: readonly NamedSpace<A>[],
  options: CompareSpacesOptions<A>,
): Plan<A> {
  const { samples = 1000, draw = sampleByDecision, costs = {}, rankQuantile } = options;
  const { maxDraws = 10 * samples } = options;
  const task = "Cannot compare spaces";
  if (spaces.length === 0) throw new RangeError(`${task}: spaces is empty`);
  const twice = spaces.find(({ name }, i) => spaces.findIndex((each) => each.name === name) < i);
  if (twice !== undefined) {
    throw new RangeError(`${task}: names must differ, got "${twice.name}" twice`);
  }
  checkWhole(task, { samples, maxDraws });
  if (maxDraws < samples) {
    throw new RangeError(
      `${task}: maxDraws must be at least samples (${samples}), got ${maxDraws}`,
    );
  }
  if (rankQuantile !== undefined && !(rankQuantile >= 0 && rankQuantile <= 1)) {
    throw new RangeError(`${task}: rankQuantile must be from 0 to 1, got ${rankQuantile}`);
  }
  const { constraints, rng, signal } = options;
  return { constraints, rng, rankQuantile, signal, samples, maxDraws, draw, costs };
}

/** Draws networks of a space until enough of them fit. */
async function drawn<A>(
  space: SearchSpace<A>,
  plan: Plan<A>,
  pauses: Pauses,
): Promise<SpaceFit> {
  const { constraints, draw, signal, rankQuantile } = plan;
  const costsOf = spaceCosts(space, plan.costs);
  // Spaces with the same decisions so draw the same networks, and differ by nothing but themselves.
  const rng = plan.rng.split("draws");
  const whole = constraints.length > 0 ? allOf(...constraints) : undefined;
  const counts = new Map(limitsIn(constraints).map((limit) => [limit, 0]));
  const macs: number[] = [];
  let draws = 0;
  while (!isOver({ found: macs.length, draws }, plan) && !signal?.aborted) {
    const found = costsOf(draw(space, rng));
    draws++;
    const broken = whole === undefined ? [] : brokenLimits(whole, found);
    if (broken.length === 0) macs.push(found.macs);
    for (const limit of new Set(broken)) counts.set(limit, (counts.get(limit) as number) + 1);
    if (pauses.isDue()) await pauses.take();
  }
  macs.sort((a, b) => a - b);
  const mean = macs.reduce((sum, each) => sum + each, 0) / macs.length;
  return {
    drawn: draws,
    share: macs.length / draws,
    macs,
    mean,
    score: rankQuantile === undefined ? mean : quantile(macs, rankQuantile),
    complete: macs.length === plan.samples,
    broken: [...counts].map(([limit, count]) => ({ limit, count })),
  };
}

/** Whether enough is known of a space: there are the samples, or there is no hope for them. */
function isOver(
  { found, draws }: { readonly found: number; readonly draws: number },
  { samples, maxDraws }: Pick<Plan<never>, "samples" | "maxDraws">,
): boolean {
  return found === samples || draws === maxDraws || (found === 0 && draws >= maxDraws / 10);
}

/** The best first. */
function ranked<S extends SpaceFit>(spaces: readonly S[]): S[] {
  const tier = ({ complete, macs }: SpaceFit) => complete ? 0 : macs.length > 0 ? 1 : 2;
  return spaces.toSorted((a, b) =>
    tier(a) - tier(b) || (a.macs.length > 0 ? b.score - a.score : 0)
  );
}

/** Lets timers and messages through now and then, so that a signal can arrive. */
class Pauses {
  #last = performance.now();

  isDue(): boolean {
    return performance.now() - this.#last > 15;
  }

  async take(): Promise<void> {
    await nextTask();
    this.#last = performance.now();
  }
}
