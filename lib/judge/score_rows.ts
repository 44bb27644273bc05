/** What proxies say of a network. */
export interface ScoreRow {
  /** Its place in the order in which the table is built. */
  readonly index: number;
  /** Its operations as digits, in the order of its edges. */
  readonly operations: string;
  /** Its scores by proxy; those that are not known yet are absent. */
  readonly scores: { readonly [proxy: string]: number };
  /** The seconds that each took. */
  readonly seconds: { readonly [proxy: string]: number };
}

/** The first line of a file of scores. */
export function scoreHeader(proxies: readonly string[]): string {
  return ["index", "operations", ...proxies.flatMap((name) => [name, `${name}_seconds`])].join(",");
}

/** A row as a line of CSV. Scores have eight digits. */
export function formatScores(row: ScoreRow, proxies: readonly string[]): string {
  const cells = proxies.flatMap((name) => {
    const [score, seconds] = [row.scores[name], row.seconds[name]];
    return [
      score === undefined ? "" : String(Number(score.toPrecision(8))),
      seconds === undefined ? "" : String(Number(seconds.toPrecision(3))),
    ];
  });
  return [row.index, row.operations, ...cells].join(",");
}

/**
 * Reads a file of scores. Lines of the same network are one row, the later line before the earlier one;
 * rows come by index.
 *
 * @throws {SyntaxError} On a line that is not a row or not whole, with its number.
 */
export function parseScores(text: string): {
  readonly proxies: readonly string[];
  readonly rows: readonly ScoreRow[];
} {
  const fail = (line: number, problem: string): never => {
    throw new SyntaxError(`Cannot read scores: line ${line} ${problem}`);
  };
  const [header = "", ...lines] = text.split("\n");
  const proxies = header.split(",").slice(2).filter((_, i) => i % 2 === 0);
  if (header !== scoreHeader(proxies)) fail(1, `is no header of scores: "${header}"`);
  if (lines.pop() !== "") fail(lines.length + 2, "was cut off while it was written");
  const rows = new Map<number, ScoreRow>();
  lines.forEach((line, i) => {
    const [place = "", operations = "", ...cells] = line.split(",");
    const index = Number(place);
    const isWhole = /^\d+$/.test(place) && /^[0-4]{6}$/.test(operations) &&
      cells.length === 2 * proxies.length && cells.every(isNumber);
    if (!isWhole) fail(i + 2, `is no row of scores: "${line}"`);
    const known = rows.get(index);
    if (known !== undefined && known.operations !== operations) {
      fail(i + 2, `is of another network than an earlier line of index ${index}`);
    }
    const columns = (first: 0 | 1) =>
      Object.fromEntries(proxies.flatMap((name, k) => {
        const cell = cells[2 * k + first] as string;
        return cell === "" ? [] : [[name, Number(cell)]];
      }));
    rows.set(index, {
      index,
      operations,
      scores: { ...known?.scores, ...columns(0) },
      seconds: { ...known?.seconds, ...columns(1) },
    });
  });
  return { proxies, rows: [...rows.values()].sort((a, b) => a.index - b.index) };
}

function isNumber(cell: string): boolean {
  return cell === "" || cell === "NaN" || !Number.isNaN(Number(cell));
}
