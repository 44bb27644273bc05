import { keyWidth, LEGEND, LEGEND_ROW } from "./theme.ts";

/**
 * The names of a legend above the axes, in rows of at most so many pixels and in their order. A name that is
 * longer has a row of its own.
 */
export function legendRows(names: readonly string[], room: number): string[][] {
  const rows: string[][] = [];
  let left = 0;
  for (const name of names) {
    const width = keyWidth(name);
    if (rows.length === 0 || width > left) {
      rows.push([]);
      left = room;
    }
    rows.at(-1)!.push(name);
    left -= width;
  }
  return rows;
}

/** What a trace calls the legend that is the row with this index. */
export function legendId(row: number): string {
  return row === 0 ? "legend" : `legend${row + 1}`;
}

/**
 * The layout's part for rows of a legend: plotly breaks one legend into rows where it likes, so each row is a
 * legend of its own.
 *
 * @param rows How many rows.
 * @param above How far above the axes the lowest row is, in pixels.
 * @param height The height of the axes, in pixels.
 */
export function legendLayout(
  rows: number,
  { above, height }: { readonly above: number; readonly height: number },
): Record<string, unknown> {
  const legends = Array.from({ length: rows }, (_, i) => [legendId(i), {
    ...LEGEND,
    orientation: "h",
    x: 0,
    y: 1 + (above + LEGEND_ROW * (rows - 1 - i)) / height,
    yanchor: "bottom",
  }]);
  return { showlegend: rows > 0, ...Object.fromEntries(legends) };
}
