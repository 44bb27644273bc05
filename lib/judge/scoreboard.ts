import { metricOfScore, proxies, scoreOfMetric } from "../proxy/mod.ts";
import { toCsv } from "../search/table.ts";
import {
  correlate,
  type CorrelateOptions,
  type Correlation,
  type Direction,
} from "../stats/mod.ts";
import { median } from "../stats/quantile.ts";

/** How far scores and accuracies are compared. */
export type JudgeOptions = Pick<
  CorrelateOptions,
  "nan" | "top" | "resamples" | "level" | "seed"
>;

/** The scores that a proxy gave. */
export interface ProxyScores {
  /** Its name. */
  readonly name: string;
  /** Whether more or less of it promises a better network. */
  readonly direction: Direction;
  /** A score for each network. */
  readonly scores: readonly number[];
  /** The seconds that each took; empty where nobody measured. */
  readonly seconds: readonly number[];
}

/** Everything that a scoreboard is of. */
export interface ScoreboardData {
  /** What the networks are, e.g. the table's name. */
  readonly title: string;
  /** The networks' names; empty where they have none. */
  readonly keys: readonly string[];
  /** An accuracy for each network. */
  readonly accuracies: readonly number[];
  /** The number of parameters of each, by which the partial correlations are; empty where not known. */
  readonly params: readonly number[];
  /** The proxies' scores. */
  readonly proxies: readonly ProxyScores[];
}

/** How a proxy did. A number is `NaN` where it is not defined or not known. */
export interface ScoreboardRow {
  /** Its name. */
  readonly proxy: string;
  /** Spearman's correlation with the accuracy. */
  readonly spearman: number;
  /** The low end of its bootstrap interval. */
  readonly low: number;
  /** The high end. */
  readonly high: number;
  /** Kendall's tau-b. */
  readonly kendall: number;
  /** Spearman's correlation among the most accurate networks alone. */
  readonly top: number;
  /** Spearman's correlation with what the number of parameters tells taken out. */
  readonly partial: number;
  /** The accuracy of the network with the highest score. */
  readonly best1: number;
  /** The best accuracy among the ten highest scores. */
  readonly best10: number;
  /** How many networks it has no score for. */
  readonly undefined: number;
  /** The seconds that a score takes, the median. */
  readonly seconds: number;
}

/**
 * How well some proxies rank the same networks, the best first. Made by {@linkcode scoreboard}, or of
 * scores that one has by {@linkcode scoreboardOf}.
 */
export class Scoreboard {
  /** What it is of. */
  readonly data: ScoreboardData;
  readonly #options: JudgeOptions;
  #rows: readonly ScoreboardRow[] | undefined;

  /**
   * A scoreboard of this data, e.g. what {@linkcode Scoreboard.toJSON} gave.
   *
   * @throws {RangeError} When columns differ in length.
   */
  constructor(data: ScoreboardData, options: JudgeOptions = {}) {
    const count = data.accuracies.length;
    const check = (name: string, column: readonly unknown[], mayLack: boolean) => {
      if (column.length === count || (mayLack && column.length === 0)) return;
      throw new RangeError(
        `Cannot make a scoreboard: ${name} must have ${count} values as accuracies, got ${column.length}`,
      );
    };
    check("keys", data.keys, true);
    check("params", data.params, true);
    for (const { name, scores, seconds } of data.proxies) {
      check(`scores of ${name}`, scores, false);
      check(`seconds of ${name}`, seconds, true);
    }
    this.data = {
      ...data,
      proxies: data.proxies.map((each) => ({ ...each, scores: each.scores.map(scoreOfMetric) })),
    };
    this.#options = options;
  }

  /** How many networks it is of. */
  get networks(): number {
    return this.data.accuracies.length;
  }

  /** A row for each proxy, those that rank best first. */
  get rows(): readonly ScoreboardRow[] {
    const worth = ({ spearman }: ScoreboardRow) => Number.isNaN(spearman) ? -2 : spearman;
    return this.#rows ??= this.data.proxies.map((each) => this.#row(each))
      .sort((a, b) => worth(b) - worth(a));
  }

  /**
   * All that is to be said of how a proxy ranks.
   *
   * @param name The proxy's name.
   * @param options What counts; as the scoreboard has it when absent.
   * @throws {RangeError} When there is no such proxy, or an option is out of range.
   */
  correlation(name: string, options: CorrelateOptions = {}): Correlation {
    const { direction, scores } = this.#of(name);
    const { accuracies, params } = this.data;
    const control = params.length === 0 ? {} : { control: params };
    return correlate(scores, accuracies, { direction, ...control, ...this.#options, ...options });
  }

  /**
   * The scores of a proxy, in the order of the networks.
   *
   * @throws {RangeError} When there is no such proxy.
   */
  scores(name: string): readonly number[] {
    return this.#of(name).scores;
  }

  /**
   * The proxies of this scoreboard and of another one of the same networks on one, compared as this one
   * compares: own proxies beside those of a saved table.
   *
   * @throws {RangeError} When the other one is of other networks, or a proxy is on both.
   *
   * @example
   * ```ts
   * import { scoreboardOf } from "naskit";
   * import { assertEquals } from "@std/assert";
   *
   * const accuracies = [0.7, 0.8, 0.75];
   * const board = scoreboardOf({ params: [1, 2, 3] }, accuracies)
   *   .with(scoreboardOf({ mine: [1, 3, 2] }, accuracies));
   * assertEquals(board.rows.map(({ proxy }) => proxy), ["mine", "params"]);
   * ```
   */
  with(other: Scoreboard): Scoreboard {
    const fail = (problem: string): never => {
      throw new RangeError(`Cannot join scoreboards: ${problem}`);
    };
    for (const column of ["accuracies", "keys", "params"] as const) {
      const [own, others] = [this.data[column], other.data[column]];
      const mayLack = column !== "accuracies" && (own.length === 0 || others.length === 0);
      if (mayLack || JSON.stringify(own) === JSON.stringify(others)) continue;
      fail(`they must be of the same networks, but their ${column} differ`);
    }
    const names = new Set(this.data.proxies.map(({ name }) => name));
    const twice = other.data.proxies.find(({ name }) => names.has(name));
    if (twice !== undefined) fail(`both have ${twice.name}`);
    const proxies = [...this.data.proxies, ...other.data.proxies];
    return new Scoreboard({ ...this.data, proxies }, this.#options);
  }

  /** {@linkcode Scoreboard.rows} for a table: what is not defined or not known is absent. */
  toRows(): { readonly [column: string]: string | number }[] {
    return this.rows.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([, value]) => !Number.isNaN(value)))
    );
  }

  /** {@linkcode Scoreboard.toRows} as CSV (RFC 4180). */
  toCSV(): string {
    return toCsv(this.toRows());
  }

  /** Plain data that `new Scoreboard` takes back; `JSON.stringify` calls it. Scores are metrics there. */
  toJSON(): ScoreboardData {
    return {
      ...this.data,
      proxies: this.data.proxies.map((each) => ({
        ...each,
        scores: each.scores.map((score) => metricOfScore(score, each.direction)),
      })),
    };
  }

  /** The proxies from best to worst, a line each. */
  toString(): string {
    const width = Math.max(...this.data.proxies.map(({ name }) => name.length));
    const text = (value: number) => value.toFixed(3).padStart(6);
    const lines = this.rows.map(({ proxy, spearman, low, high, kendall, best1 }) =>
      `${proxy.padEnd(width)}  Spearman ${text(spearman)} [${text(low)}, ${text(high)}]  ` +
      `Kendall ${text(kendall)}  best@1 ${best1.toFixed(4)}`
    );
    return [`${lines.length} proxies on ${this.networks} networks of ${this.data.title}`, ...lines]
      .join("\n");
  }

  /** How a notebook shows a scoreboard. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }

  #of(name: string): ProxyScores {
    const found = this.data.proxies.find((each) => each.name === name);
    if (found !== undefined) return found;
    const names = this.data.proxies.map(({ name }) => name).join(", ");
    throw new RangeError(`Cannot look up ${name}: the scoreboard has ${names}`);
  }

  #row({ name, seconds }: ProxyScores): ScoreboardRow {
    const found = this.correlation(name, { at: [1, 10] });
    const [low, high] = found.spearmanInterval;
    return {
      proxy: name,
      spearman: found.spearman,
      low,
      high,
      kendall: found.kendall,
      top: found.top.spearman,
      partial: found.partial ?? NaN,
      best1: found.bestAt[1] as number,
      best10: found.bestAt[10] as number,
      undefined: found.undefined,
      seconds: median(seconds),
    };
  }
}

/** What {@linkcode scoreboardOf} knows beside scores and accuracies. */
export interface ScoreboardOfOptions extends JudgeOptions {
  /**
   * Whether more or less of a score is better, by name; as the kit's proxy of that name has it when
   * absent, and `"maximize"` for others.
   */
  readonly directions?: { readonly [name: string]: Direction };
  /** What the networks are; `"a table"` when absent. */
  readonly title?: string;
  /** The networks' names. */
  readonly keys?: readonly string[];
  /** The networks' numbers of parameters. */
  readonly params?: readonly number[];
  /** The seconds that each score took, by name. */
  readonly seconds?: { readonly [name: string]: readonly number[] };
}

/**
 * The scoreboard of scores that one has, such as a saved table's.
 *
 * @param scores A score for each network, by the name of the proxy; `NaN` and infinities may be there.
 * @param accuracies An accuracy for each network.
 * @throws {RangeError} When there is no proxy, or columns differ in length.
 *
 * @example
 * ```ts
 * import { scoreboardOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const board = scoreboardOf(
 *   { size: [10, 30, 20, 40], noise: [3, 1, 4, 1] },
 *   [0.7, 0.8, 0.75, 0.9],
 * );
 * assertEquals(board.rows.map(({ proxy }) => proxy), ["size", "noise"]);
 * assertEquals(board.rows[0]!.best1, 0.9);
 * ```
 */
export function scoreboardOf(
  scores: { readonly [name: string]: readonly number[] },
  accuracies: readonly number[],
  options: ScoreboardOfOptions = {},
): Scoreboard {
  const { directions = {}, title = "a table", keys = [], params = [], seconds = {} } = options;
  const known: { readonly [name: string]: { readonly direction: Direction } } = proxies;
  const names = Object.keys(scores);
  if (names.length === 0) throw new RangeError("Cannot make a scoreboard: scores has no proxy");
  return new Scoreboard({
    title,
    keys,
    accuracies,
    params,
    proxies: names.map((name) => ({
      name,
      direction: directions[name] ?? known[name]?.direction ?? "maximize",
      scores: scores[name] as readonly number[],
      seconds: seconds[name] ?? [],
    })),
  }, options);
}
