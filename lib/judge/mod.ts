/**
 * How well scores that cost little rank networks whose accuracy is known.
 *
 * @module
 */
export { type CorrelationLine, correlationLine } from "./correlation_line.ts";
export { curveSignals, type CurveSignalsOptions, type RecordedTraining } from "./curve_signals.ts";
export { cutAfter, cutByHalving, cutByMedian, type CutCurves, type CutRule } from "./cut_curves.ts";
export {
  nasBench201Chosen,
  nasBench201Scores,
  type NasBench201ScoresOptions,
  type ScoredInput,
} from "./nas_bench_201_scores.ts";
export {
  type MeasuredNetwork,
  measureSignals,
  type MeasureSignalsOptions,
  type SignalReading,
  type SignalSource,
} from "./measure_signals.ts";
export { scoreboard, type ScoreboardOptions } from "./score_networks.ts";
export type { ScoreRow } from "./score_rows.ts";
export {
  fashion201Scores,
  type Fashion201ScoresOptions,
  ScoreTable,
  type ScoreTableBoardOptions,
  type ScoreTableOptions,
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
export {
  fashion201Searches,
  type Fashion201SearchesOptions,
  type SearchTrace,
  type TraceStep,
} from "./search_traces.ts";
export {
  cheaperTrainings,
  cheaperValidation,
  fashion201Signals,
  type Fashion201SignalsOptions,
  SignalTable,
} from "./signal_table.ts";
export { type SignalColumn, type SignalPoint, signalValue } from "./signal_value.ts";
export { judgeTeams, type JudgeTeamsOptions, type TeamRow } from "./teams.ts";
