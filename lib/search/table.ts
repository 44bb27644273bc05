import type { Trial } from "./trial.ts";

/** One trial as a flat record: a line of a table. */
export interface StudyRow {
  /** A column's value; a column that does not apply to the trial is absent. */
  readonly [column: string]: string | number;
}

/** A trial as a flat record. */
export function toRow(trial: Trial<unknown>): StudyRow {
  const { index, key, status, seed, seconds } = trial;
  const own: { [column: string]: string | number } = { index, key, status, seed, seconds };
  const metrics = Object.entries(trial.metrics).map(([name, value]) =>
    [Object.hasOwn(own, name) || name === "reason" ? `metrics.${name}` : name, value] as const
  );
  return {
    ...own,
    ...Object.fromEntries(metrics),
    ...(trial.reason === undefined ? {} : { reason: trial.reason }),
  };
}

/** Records as CSV (RFC 4180), with the columns in order of first appearance. */
export function toCsv(rows: readonly StudyRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))];
  return lines.map((line) => line.map(quote).join(",") + "\r\n").join("");
}

function quote(field: string | number): string {
  const text = String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
