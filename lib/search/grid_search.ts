import { allChoices, type Allowed } from "../space/vary.ts";
import type { SearchSpace } from "../space/space.ts";
import { defineStrategy, type StrategyMaker } from "./strategy.ts";

/** Which points the grid of {@linkcode gridSearch} has, and their order. */
export interface GridSearchOptions {
  /** The names of the decisions that vary; all of them when absent. */
  readonly vary?: readonly string[];
  /**
   * The text of the architecture that gives the decisions that do not vary, as `space.encode` writes
   * it. When absent, or where its choice is not allowed, the middle one of the options is taken.
   */
  readonly base?: string;
  /** How many options of each decision that varies, evenly spread, ends included; all when absent. */
  readonly levels?: number;
  /**
   * `"ordered"`: the last decision varies fastest. `"shuffled"`: in random order, so that a budget
   * smaller than the grid sees all of its regions. `"ordered"` when absent.
   */
  readonly order?: "ordered" | "shuffled";
}

/** A shuffled grid is held in memory. */
const mostShuffled = 200_000;

/**
 * Grid search: all combinations of some decisions, each tried once, the others held. Which decisions
 * and how many levels of each decides how many points that is; it learns nothing from the outcomes.
 *
 * The same budget spent at random sees more different values of each single decision (Bergstra &
 * Bengio 2012, "Random Search for Hyper-Parameter Optimization").
 *
 * @throws {TypeError} When an option is of the wrong kind.
 * @throws {RangeError} When `levels` is no whole number from 1 up; when the search begins, if `vary`
 * names a decision that the space does not have, or more than 200,000 points are to be shuffled.
 * @throws {SyntaxError} When the search begins, if `base` is not an architecture of the space.
 *
 * @example Resolution × width, all else held
 * ```ts
 * import { gridSearch, maximize, mobileNetwork, mobileSkeletons, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = mobileNetwork({
 *   skeleton: mobileSkeletons.small,
 *   widths: [0.5, 1],
 *   resolutions: [16, 24, 32],
 * });
 * const study = await search({
 *   space,
 *   strategy: gridSearch({ vary: ["resolution", "width"] }),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   budget: { trials: 100 },
 *   seed: "example",
 * });
 * assertEquals(study.trials.length, 6);
 * assertEquals(study.stopped, "exhausted");
 * ```
 */
export function gridSearch(options: GridSearchOptions = {}): StrategyMaker {
  const { vary, base, levels, order = "ordered" } = options;
  if (vary !== undefined && (!Array.isArray(vary) || vary.some((v) => typeof v !== "string"))) {
    throw new TypeError(`Cannot make a grid: vary must be names of decisions, got ${vary}`);
  }
  if (vary?.length === 0) throw new RangeError("Cannot make a grid: vary names no decision");
  if (base !== undefined && typeof base !== "string") {
    throw new TypeError(`Cannot make a grid: base must be an architecture's text, got ${base}`);
  }
  if (levels !== undefined && !(Number.isSafeInteger(levels) && levels >= 1)) {
    throw new RangeError(
      `Cannot make a grid: levels must be a whole number from 1 up, got ${levels}`,
    );
  }
  if (order !== "ordered" && order !== "shuffled") {
    throw new TypeError(`Cannot make a grid: order must be "ordered" or "shuffled", got ${order}`);
  }
  const told = Object.entries({ vary, base, levels, order })
    .flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`]);
  return defineStrategy(`gridSearch(${told.join(", ")})`, (space, rng) => {
    const allowed = gridOf(space, options);
    const points = () => allChoices(space.decisions.length, allowed);
    const shuffled = order === "shuffled"
      ? rng.split("order").shuffle(collect(points()))
      : undefined;
    let asked = 0;
    let rest = (shuffled ?? points())[Symbol.iterator]();
    return {
      ask() {
        const { done, value } = rest.next();
        if (done) return undefined;
        asked++;
        return { arch: space.fromChoices(value) };
      },
      tell() {},
      snapshot: () => asked,
      restore(state) {
        rest = (shuffled ?? points())[Symbol.iterator]();
        for (asked = 0; asked < (state as number); asked++) rest.next();
      },
    };
  }, { module: import.meta.url, factory: "gridSearch", args: [options] });
}

/** The options of the next decision that are on the grid. */
function gridOf<A>(space: SearchSpace<A>, options: GridSearchOptions): Allowed {
  const { decisions } = space;
  const { vary = decisions.map(({ name }) => name), base, levels = Infinity } = options;
  for (const wanted of vary) {
    if (decisions.some(({ name }) => name === wanted)) continue;
    throw new RangeError(
      `Cannot make a grid: vary names "${wanted}", but the decisions of ${space.name} are ${
        decisions.map(({ name }) => `"${name}"`).join(", ")
      }`,
    );
  }
  const held = base === undefined ? undefined : space.toChoices(space.decode(base));
  return (prefix) => {
    const may = space.allowed(prefix);
    const { name } = decisions[prefix.length] as { name: string };
    if (vary.includes(name)) return spread(may, levels);
    const own = held?.[prefix.length];
    return own !== undefined && may.includes(own)
      ? [own]
      : [may[Math.floor(may.length / 2)] as number];
  };
}

/** At most so many of the options, evenly spread, the first and the last among them. */
function spread(options: readonly number[], levels: number): readonly number[] {
  if (options.length <= levels) return options;
  if (levels === 1) return [options[Math.floor(options.length / 2)] as number];
  return Array.from(
    { length: levels },
    (_, i) => options[Math.round(i * (options.length - 1) / (levels - 1))] as number,
  );
}

function collect(points: Iterable<number[]>): number[][] {
  const all: number[][] = [];
  for (const point of points) {
    all.push(point);
    if (all.length <= mostShuffled) continue;
    throw new RangeError(
      `Cannot make a grid: it has more than ${
        mostShuffled.toLocaleString("en-US")
      } points, which ` +
        'is too many to be shuffled; vary fewer decisions, take fewer levels or order "ordered"',
    );
  }
  return all;
}
