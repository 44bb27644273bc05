import { createRng, type ProgressListener } from "../engine/mod.ts";
import { nextTask } from "../engine/progress.ts";
import { averageRank, type ScoreColumn } from "../proxy/mod.ts";
import { spearman } from "../stats/mod.ts";
import type { Scoreboard } from "./scoreboard.ts";

/** Options of {@linkcode judgeTeams}. */
export interface JudgeTeamsOptions {
  /** How many proxies are put together; 1, 2 and 3 when absent, each a row. */
  readonly sizes?: readonly number[];
  /** Teams that are not chosen, by the names of their proxies; none when absent. */
  readonly fixed?: readonly (readonly string[])[];
  /** How several scores become one, such as {@linkcode vote}; {@linkcode averageRank} when absent. */
  readonly combine?: (columns: readonly ScoreColumn[]) => readonly number[];
  /**
   * What teams are chosen by, a number for each network, such as validation accuracies; the accuracies of
   * the scoreboard when absent.
   */
  readonly chooseBy?: readonly number[];
  /** How often the networks are halved; 20 when absent. */
  readonly halvings?: number;
  /** Determines the halves; `"teams"` when absent. */
  readonly seed?: string | number;
  /** Stops it; what the halvings by then gave is returned. */
  readonly signal?: AbortSignal;
  /** Called after each halving. */
  readonly onProgress?: ProgressListener;
}

/** How teams of one size did, or one that was not chosen. */
export interface TeamRow {
  /** How many proxies a team has. */
  readonly size: number;
  /** The team of each halving, by name; it is chosen anew unless it was given. */
  readonly teams: readonly (readonly string[])[];
  /**
   * Spearman's correlation of each with what it was chosen by, on the half that chose it; none for a team
   * that was given.
   */
  readonly chosen: readonly number[];
  /** Spearman's correlation of each with the scoreboard's accuracies, on the other half. */
  readonly judged: readonly number[];
}

/**
 * Whether several proxies rank better together, without fooling oneself: of all teams of some proxies of a
 * scoreboard, one half of the networks chooses the best, and the other half judges it. What `chosen` has more
 * than `judged` is optimism.
 *
 * It tries all teams: of 20 proxies 1,140 teams of three for each halving. A proxy that scores all networks
 * alike is chosen into none.
 *
 * @returns A row for each of the sizes, then one for each fixed team.
 * @throws {RangeError} When there are fewer than four networks, an option is out of range, or the scoreboard
 * has no proxy of some name.
 *
 * @example Two that err independently
 * ```ts
 * import { createRng, judgeTeams, scoreboardOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const rng = createRng("errors");
 * const accuracies = Array.from({ length: 80 }, () => rng.normal());
 * const noisy = () => accuracies.map((value) => value + rng.normal());
 * const noise = accuracies.map(() => rng.normal());
 * const board = scoreboardOf({ one: noisy(), other: noisy(), noise }, accuracies);
 * const [pair] = await judgeTeams(board, { sizes: [2], halvings: 5 });
 * assertEquals(pair!.teams[0], ["one", "other"]);
 * ```
 */
export async function judgeTeams(
  board: Scoreboard,
  options: JudgeTeamsOptions = {},
): Promise<TeamRow[]> {
  const { sizes = [1, 2, 3], fixed = [], combine = averageRank, halvings = 20 } = options;
  const { data, networks } = board;
  const { chooseBy = data.accuracies, seed = "teams", signal, onProgress } = options;
  const names = data.proxies.map(({ name }) => name);
  const telling = [...names.keys()].filter((i) => isTelling(data.proxies[i]!.scores));
  check(board, { sizes, fixed, halvings, chooseBy, most: telling.length });
  const sized = sizes.map((size) =>
    combinations(telling.length, size).map((team) => team.map((member) => telling[member]!))
  );
  const given = fixed.map((team) => team.map((name) => names.indexOf(name)));
  const rows = [
    ...sizes.map((size) => emptyRow(size)),
    ...fixed.map(({ length }) => emptyRow(length)),
  ];
  const report = (done: number, ended = false) =>
    onProgress?.({
      label: "halvings",
      done,
      total: halvings,
      unit: "halvings",
      ...(ended ? { ended: true as const } : {}),
    });
  await report(0);
  for (let halving = 0; halving < halvings; halving++) {
    if (signal?.aborted) {
      await report(halving, true);
      break;
    }
    const order = createRng(seed).split(halving).shuffle([...Array(networks).keys()]);
    const [half, rest] = [order.slice(0, networks >> 1), order.slice(networks >> 1)];
    const worthOn = (at: readonly number[], values: readonly number[]) => {
      const columns = data.proxies.map(({ scores, direction }): ScoreColumn => (
        { scores: at.map((i) => scores[i] as number), direction }
      ));
      const goal = at.map((i) => values[i] as number);
      return (team: readonly number[]) =>
        spearman(combine(team.map((member) => columns[member] as ScoreColumn)), goal);
    };
    const [before, after] = [worthOn(half, chooseBy), worthOn(rest, data.accuracies)];
    sized.forEach((teams, k) => {
      const { team, worth } = bestOf(teams, before);
      note(rows[k]!, team.map((member) => names[member]!), after(team));
      rows[k]!.chosen.push(worth);
    });
    given.forEach((team, k) => note(rows[sizes.length + k]!, fixed[k]!, after(team)));
    await report(halving + 1);
    await nextTask();
  }
  return rows;
}

interface GrowingRow extends TeamRow {
  readonly teams: (readonly string[])[];
  readonly chosen: number[];
  readonly judged: number[];
}

function emptyRow(size: number): GrowingRow {
  return { size, teams: [], chosen: [], judged: [] };
}

function note(row: GrowingRow, team: readonly string[], judged: number): void {
  row.teams.push(team);
  row.judged.push(judged);
}

/** The first of the teams that are worth the most; one whose worth is not defined is worth the least. */
function bestOf(
  teams: readonly (readonly number[])[],
  worthOf: (team: readonly number[]) => number,
): { readonly team: readonly number[]; readonly worth: number } {
  let [team, worth] = [teams[0] as readonly number[], NaN];
  for (const other of teams) {
    const found = worthOf(other);
    if (found > worth || (Number.isNaN(worth) && !Number.isNaN(found))) {
      [team, worth] = [other, found];
    }
  }
  return { team, worth };
}

/** All ways to take `size` of the numbers below `count`, in order. */
function combinations(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  const found: number[][] = [];
  for (let first = from; first <= count - size; first++) {
    for (const rest of combinations(count, size - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}

/** Whether scores tell any two networks apart. */
function isTelling(scores: readonly number[]): boolean {
  return scores.some((score) => !Object.is(score, scores[0]));
}

function check(
  board: Scoreboard,
  { sizes, fixed, halvings, chooseBy, most }:
    & Required<Pick<JudgeTeamsOptions, "sizes" | "fixed" | "halvings" | "chooseBy">>
    & { readonly most: number },
): void {
  const fail = (problem: string): never => {
    throw new RangeError(`Cannot judge teams: ${problem}`);
  };
  const { networks } = board;
  if (networks < 4) fail(`there must be at least 4 networks, got ${networks}`);
  for (const size of sizes) {
    if (Number.isSafeInteger(size) && size >= 1 && size <= most) continue;
    fail(`sizes must be whole numbers from 1 to ${most}, got ${size}`);
  }
  for (const team of fixed) {
    if (team.length === 0) fail("fixed must have teams of one proxy and more, got none");
    for (const name of team) board.scores(name);
  }
  if (!Number.isSafeInteger(halvings) || halvings < 1) {
    fail(`halvings must be a positive whole number, got ${halvings}`);
  }
  if (chooseBy.length !== networks) {
    fail(`chooseBy must have ${networks} values as the scoreboard, got ${chooseBy.length}`);
  }
  const bad = chooseBy.findIndex((value) => Number.isNaN(value));
  if (bad >= 0) fail(`chooseBy[${bad}] is NaN`);
}
