/**
 * What figures of several panels have in common: their titles, and what plotly calls their axes.
 *
 * @module
 */
import { wrapText } from "./text_width.ts";
import { INK, label } from "./theme.ts";

const TITLE = 13;
const SMALL = 11;

/** The lines above a panel. */
export interface PanelHead {
  readonly title: readonly string[];
  readonly note: readonly string[];
}

/** Breaks the title and the note of a panel into lines of at most so many pixels. */
export function headOf(
  { title, note }: { readonly title?: string; readonly note?: string },
  width: number,
): PanelHead {
  const lines = (text: string | undefined, size: number) =>
    text === undefined ? [] : wrapText(text, width, size);
  return { title: lines(title, TITLE), note: lines(note, SMALL) };
}

/** The height that panels need above them, in pixels; none without titles. */
export function headRoom(heads: readonly PanelHead[]): number {
  const height = Math.max(
    ...heads.map(({ title, note }) => 17 * title.length + 14 * note.length),
  );
  return height === 0 ? 0 : height + 6;
}

/** Title and note above a panel that covers so much of the figure's axes. */
export function headNote(
  { title, note }: PanelHead,
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
): object {
  const small = note.map((line) =>
    `<span style="font-size:${SMALL}px;color:#5A5A5A">${label(line)}</span>`
  );
  return {
    xref: "paper",
    x: ((x[0] as number) + (x[1] as number)) / 2,
    xanchor: "center",
    yref: "paper",
    y: y[1],
    yanchor: "bottom",
    yshift: 2,
    text: [...title.map(label), ...small].join("<br>"),
    showarrow: false,
    font: { size: TITLE, color: INK },
  };
}

/** What plotly calls the axes of a panel: x, x2, x3. */
export function suffixOf(panel: number): string {
  return panel === 0 ? "" : String(panel + 1);
}
