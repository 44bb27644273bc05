import { checkFilled } from "./checks.ts";
import { formatColumn } from "./format_number.ts";
import { type Displayable, escapeHTML, type MimeBundle } from "./mime.ts";

/**
 * What a cell of a table can hold. Nothing is shown as a dash, a number that is not defined as `NaN`: the one
 * was not asked for, the other has no answer.
 */
export type TableValue = string | number | boolean | null | undefined;

/** Options of {@linkcode table}. */
export interface TableOptions {
  /** Which columns, in which order; all that occur, as they come, when absent. */
  readonly columns?: readonly string[];
  /** What the table shows; stands above it. */
  readonly title?: string;
  /**
   * Decimals of numbers that are not whole, for all columns or by column; as many as three or four
   * significant digits need when absent.
   */
  readonly digits?: number | { readonly [column: string]: number };
}

/** A table, ready to be shown. */
export interface Table extends Displayable {
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** The cells as text, row by row. */
  readonly cells: readonly (readonly string[])[];
  /** The table as HTML. */
  readonly html: string;
  /** The table as text of fixed width. */
  readonly text: string;
}

/**
 * Makes a table of rows. Numbers stand at the right with their thousands apart; a column writes all
 * its numbers with the same number of decimals, and `NaN` and infinities by their names.
 *
 * @param rows One object a row.
 * @param options Columns, title, digits.
 * @throws {RangeError} When there is no row or no column.
 *
 * @example Two architectures
 * ```ts
 * import { table } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { cells } = table([
 *   { arch: "a", accuracy: 93.25, params: 1073466 },
 *   { arch: "b", accuracy: 91.5, params: 73306 },
 * ]);
 * assertEquals(cells, [["a", "93.25", "1,073,466"], ["b", "91.50", "73,306"]]);
 * ```
 */
export function table(
  rows: readonly { readonly [column: string]: TableValue }[],
  options: TableOptions = {},
): Table {
  const task = "make a table";
  checkFilled(task, "rows", rows);
  const columns = options.columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  checkFilled(task, "columns", columns);
  const numeric = columns.map((column) =>
    rows.some((row) => typeof row[column] === "number") &&
    rows.every((row) => typeof row[column] === "number" || (row[column] ?? null) === null)
  );
  const texts = columns.map((column): string[] => {
    const { digits } = options;
    const numbers = rows.map((row) => row[column]).filter((value) => Number.isFinite(value));
    const format = formatColumn(
      numbers as number[],
      typeof digits === "object" ? digits[column] : digits,
    );
    return rows.map((row) => {
      const value = row[column] ?? null;
      return value === null ? "–" : typeof value === "number" ? format(value) : String(value);
    });
  });
  const cells = rows.map((_, i) => columns.map((_, k) => texts[k]![i]!));
  const html = toHTML(columns, cells, numeric, options.title);
  const text = toText(columns, cells, numeric, options.title);
  const bundle: MimeBundle = { "text/html": html, "text/plain": text };
  const shown = { columns, cells, html, text, toDisplay: () => bundle };
  // A notebook finds this on the value of a cell's last line.
  return Object.defineProperty(shown, Symbol.for("Jupyter.display"), { value: () => bundle });
}

function toHTML(
  columns: readonly string[],
  cells: readonly (readonly string[])[],
  numeric: readonly boolean[],
  title: string | undefined,
): string {
  // The attribute as well: some viewers drop styles.
  const row = (tag: string, texts: readonly string[]) =>
    "<tr>" + texts.map((text, k) => {
      const side = numeric[k] ? "right" : "left";
      return `<${tag} align="${side}" style="text-align:${side}">${escapeHTML(text)}</${tag}>`;
    }).join("") + "</tr>";
  const caption = title === undefined
    ? ""
    : `<caption align="top" style="caption-side:top;text-align:left">${
      escapeHTML(title)
    }</caption>`;
  return `<table>${caption}<thead>${row("th", columns)}</thead><tbody>` +
    cells.map((texts) => row("td", texts)).join("") + "</tbody></table>";
}

function toText(
  columns: readonly string[],
  cells: readonly (readonly string[])[],
  numeric: readonly boolean[],
  title: string | undefined,
): string {
  const widths = columns.map((column, k) =>
    cells.reduce(
      (width, texts) => Math.max(width, monospaceWidth(texts[k]!)),
      monospaceWidth(column),
    )
  );
  const line = (texts: readonly string[]) =>
    texts.map((text, k) => {
      const space = " ".repeat(widths[k]! - monospaceWidth(text));
      return numeric[k] ? space + text : text + space;
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const lines = [line(columns), rule, ...cells.map(line)];
  return (title === undefined ? lines : [title, "", ...lines]).join("\n");
}

/** How many places text takes where all letters are as wide; Korean, Chinese and Japanese take two. */
function monospaceWidth(text: string): number {
  const wide = text.match(/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g);
  return [...text].length + (wide?.length ?? 0);
}
