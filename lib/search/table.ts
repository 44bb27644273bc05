import type { Trial } from "./trial.ts";

/** One trial as a flat record: a line of a table. */
export interface StudyRow {
  /** A column's value; a column that does not apply to the trial is absent. */
  readonly [column: string]: string | number;
}

const reserved = new Set(
  "index key status seed seconds epochs parents repeats failures reason".split(" "),
);

/** A trial as a flat record. */
export function toRow(trial: Trial<unknown>): StudyRow {
  const { index, key, status, seed, seconds, epochs, parents, repeats, failures, reason } = trial;
  const columnOf = (metric: string) =>
    reserved.has(metric) || metric.startsWith("notes.") ? `metrics.${metric}` : metric;
  const columns = {
    index,
    key,
    status,
    seed,
    seconds,
    epochs,
    parents: parents?.join(" "),
    repeats,
    ...renamed(trial.metrics, columnOf),
    ...renamed(trial.notes ?? {}, (note) => `notes.${note}`),
    failures: failures?.join("; "),
    reason,
  };
  return Object.fromEntries(
    Object.entries(columns).filter(([, value]) => value !== undefined),
  ) as StudyRow;
}

function renamed(
  numbers: { readonly [name: string]: number },
  name: (name: string) => string,
): { [name: string]: number } {
  return Object.fromEntries(Object.entries(numbers).map(([was, value]) => [name(was), value]));
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
