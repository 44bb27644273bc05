import { escapeHTML } from "./mime.ts";
import { FONT_FAMILY } from "./text_width.ts";

/** From so many equal dots on, a group of them is drawn as one path. */
const MANY_DOTS = 300;

/**
 * The same drawing in a fraction of the bytes: what plotly notes for its own use goes, style that
 * all marks share is written once, and a cloud of dots becomes one path.
 *
 * @param svg An SVG as plotly.js writes it.
 * @param title What the picture shows, for those who cannot see it.
 */
export function tightenSVG(svg: string, title: string): string {
  let text = svg.replace(/<[^/][^>]*>/g, tightenTag);
  let before: string;
  do {
    before = text;
    text = text.replace(/<g(?: style="[^"]*")?(?:\/>|><\/g>)/g, "").replace(/<path\/>/g, "");
  } while (text !== before);
  text = text.replace(/<g>((?:<path class="point"[^>]*\/>)+)<\/g>/g, (_, points) => group(points));
  return text.replace(
    "<svg ",
    `<svg role="img" aria-label="${escapeHTML(title)}" ` +
      `style="font-family:${FONT_FAMILY};white-space:pre" `,
  );
}

function tightenTag(tag: string): string {
  return tag
    .replace(/ (?:class="(?!point")[^"]*"|data-[a-z]+="[^"]*"|style="")/g, "")
    .replace(/(\d\.\d{3})\d+/g, (_, digits: string) => String(Number(digits)))
    .replace(/ style="([^"]*)"/, (_, style: string) => {
      const tight = style
        .replace(/\s*([:;])\s*/g, "$1")
        .replace(/;$/, "")
        .replace(/rgb\((\d+), (\d+), (\d+)\)/g, (_, ...rgb: string[]) => hex(rgb.slice(0, 3)))
        .split(";")
        .filter((rule) => !DEFAULTS.has(rule));
      return tight.length > 0 ? ` style="${tight.join(";")}"` : "";
    });
}

/** Not inherited and as they are anyway, or set once for the whole drawing. */
const DEFAULTS: ReadonlySet<string> = new Set([
  "opacity:1",
  "vector-effect:none",
  "white-space:pre",
  `font-family:${FONT_FAMILY}`,
]);

function hex(parts: readonly string[]): string {
  return "#" + parts.map((part) => Number(part).toString(16).padStart(2, "0")).join("");
}

/** Moves the style that all points of a group have to the group, when it means the same there. */
function group(points: string): string {
  const styles = new Set([...points.matchAll(/ style="([^"]*)"/g)].map((match) => match[1]!));
  const [style] = styles;
  if (styles.size !== 1 || style === undefined) return `<g>${points}</g>`;
  const dots = oneDot(points, style);
  if (dots !== undefined) return dots;
  // Opacity of a group is not that of its members where these overlap.
  const opacity = style.match(/(?:^|;)(opacity:[^;]*)/)?.[1];
  const shared = style.split(";").filter((rule) => rule !== opacity).join(";");
  const own = opacity === undefined ? "" : ` style="${opacity}"`;
  return `<g style="${shared}">${points.replaceAll(` style="${style}"`, own)}</g>`;
}

/** Many equal circles without an outline as one path: lines of no length with round ends. */
function oneDot(points: string, style: string): string | undefined {
  const circle = / d="M([\d.]+),0A\1,\1 0 1,1 0,-\1A\1,\1 0 0,1 \1,0Z"/;
  const places = [...points.matchAll(/ transform="translate\(([^,]*),([^)]*)\)"/g)];
  const radius = points.match(circle)?.[1];
  const fill = style.match(/(?:^|;)fill:([^;]*)/)?.[1];
  if (
    places.length < MANY_DOTS || radius === undefined || fill === undefined ||
    !style.includes("stroke-width:0px") || new Set(points.match(/ d="[^"]*"/g)).size !== 1
  ) return undefined;
  const path = places.map(([, x, y]) => `M${round(x!)} ${round(y!)}h0`).join("");
  const opacity = style.match(/(?:^|;)opacity:([^;]*)/)?.[1] ?? "1";
  return `<path class="points" d="${path}" style="fill:none;stroke:${fill};stroke-opacity:${opacity};` +
    `stroke-width:${2 * Number(radius)}px;stroke-linecap:round"/>`;
}

function round(text: string): string {
  return String(Math.round(10 * Number(text)) / 10);
}
