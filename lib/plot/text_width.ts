/**
 * Advance widths of Arial, Helvetica and Liberation Sans (all three share them) in thousandths of
 * the font size. A table rather than a canvas, so that a figure comes out the same on a machine that
 * has no fonts at all.
 */
const ADVANCES: { readonly [thousandths: number]: string } = {
  0: "\u200b",
  191: "'",
  222: "ijl‘’",
  260: "|¦",
  278: " \u00a0!,./:;I[\\]ft·ÌÍÎÏìíîï",
  333: "()-`r{}¡¨²³´¸¹“”",
  355: '"ºª•',
  395: "*τ°",
  460: "^ε",
  500: "Jcksvxyzçýÿγλ∂↑↓",
  556: "#$0123456789?L_abdeghnopqu–ηθδρ÷≤≥±≈≠√¢£¤¥§«»¶àáâãäåèéêëðñòóôõöùúûüþ",
  584: "+<=>~×−¬βαμµ",
  611: "FTZ¿ßøσΣφ",
  667: "&ABEKPSVXYÀÁÂÃÄÅÈÉÊËÝÞΔΛ",
  700: "π∇ψ∞∑",
  722: "CDHNRUwΠÇÐÑÙÚÛÜ©®∈Ω",
  778: "GOQΘωΦÒÓÔÕÖØ",
  833: "Mm½¼¾Ψ",
  889: "%æ",
  944: "W",
  1000: "@—…→←↔Æ",
};

const ADVANCE = new Map<string, number>(
  Object.entries(ADVANCES).flatMap(([width, letters]) =>
    [...letters].map((letter): [string, number] => [letter, Number(width) / 1000])
  ),
);

/** Hangul, kana, Han and full-width forms, which are a square each, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\u{1f300}-\u{1faff}]/u;

/** The font of all figures: the three that share one set of widths, then whatever there is. */
export const FONT_FAMILY = "Arial, Helvetica, Liberation Sans, sans-serif";

/** How far text reaches above its baseline, in parts of the font size. */
export const ASCENT = 0.905;

/** How far text reaches below its baseline, in parts of the font size. */
export const DESCENT = 0.212;

/**
 * The width of one line of text in pixels, as a browser draws it in {@linkcode FONT_FAMILY}.
 *
 * @param text One line, without markup.
 * @param size The font size in pixels.
 */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += ADVANCE.get(letter) ?? (WIDE.test(letter) ? 1 : 0.6);
  return width * size;
}

/** Text without plotly's markup: `<br>` becomes a line break, other tags go, entities are decoded. */
export function plainText(text: string): string {
  return text
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/<\/?(?:a|b|i|em|s|u|strong|span|sub|sup)(?:\s[^>]*)?>/gi, "")
    .replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** Text in which plotly sees no markup. */
export function escapeText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/**
 * Breaks text at spaces into lines no wider than `width` pixels; a longer word keeps its line.
 */
export function wrapText(text: string, width: number, size: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && textWidth(longer, size) > width) {
        lines.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    lines.push(line);
    return lines;
  });
}
