/**
 * How well scores that cost little rank networks whose accuracy is known.
 *
 * @module
 */
export { scoreboard, type ScoreboardOptions } from "./score_networks.ts";
export type { ScoreRow } from "./score_rows.ts";
export {
  fashion201Scores,
  type Fashion201ScoresOptions,
  ScoreTable,
  type ScoreTableBoardOptions,
} from "./score_table.ts";
export {
  type JudgeOptions,
  type ProxyScores,
  Scoreboard,
  type ScoreboardData,
  scoreboardOf,
  type ScoreboardOfOptions,
  type ScoreboardRow,
} from "./scoreboard.ts";
