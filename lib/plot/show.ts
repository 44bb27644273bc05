import { type Figure, isFigure } from "./figure.ts";
import { display, inNotebook, outputsSent } from "./jupyter.ts";
import type { Displayable, MimeBundle } from "./mime.ts";
import { toSVG } from "./svg.ts";
import { isTensor, tensorText } from "./tensor_text.ts";
import { plainText } from "./text_width.ts";

const DISPLAY = Symbol.for("Jupyter.display");

/**
 * Shows values: in a notebook as outputs of the cell, elsewhere as text on the standard output.
 *
 * Figures are shown as interactive plots where the viewer can, and as pictures elsewhere; tables as
 * tables; tensors with their shape and values; anything else as text. Await it: when a cell ends
 * with it, its outputs arrive.
 *
 * @param values What to show, one output each.
 *
 * @example
 * ```ts ignore
 * import { show, table } from "naskit";
 *
 * await show("Two trials:", table([{ trial: 0, accuracy: 91.2 }, { trial: 1, accuracy: 93.4 }]));
 * ```
 */
export async function show(...values: readonly unknown[]): Promise<void> {
  if (inNotebook()) {
    for (const value of values) await display(await bundleOf(value));
    await outputsSent();
    return;
  }
  let text = "";
  for (const value of values) text += `${await textOf(value)}\n`;
  await write(text);
}

/**
 * The forms in which {@linkcode show} sends a value to a notebook.
 *
 * @param value Any value.
 * @returns Its forms by MIME type, always with `text/plain`.
 *
 * @example
 * ```ts
 * import { bundleOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await bundleOf("done"), { "text/plain": "done" });
 * ```
 */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  const own = await ownBundle(value);
  if (own) return { "text/plain": "", ...own };
  if (isFigure(value)) {
    return {
      "application/vnd.plotly.v1+json": {
        data: value.data,
        layout: value.layout,
        ...(value.frames ? { frames: value.frames } : {}),
        config: { displaylogo: false },
      },
      "image/svg+xml": await toSVG(value),
      "text/plain": figureText(value),
    };
  }
  return { "text/plain": await textOf(value) };
}

async function textOf(value: unknown): Promise<string> {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return Deno.inspect(value, { colors: false });
  const own = await ownBundle(value);
  if (own) return String(own["text/plain"] ?? "");
  if (isFigure(value)) return figureText(value);
  if (isTensor(value)) return await tensorText(value);
  return Deno.inspect(value, { colors: false, depth: 6, strAbbreviateSize: 200 });
}

/** What a value says itself about how it is shown. */
async function ownBundle(value: unknown): Promise<MimeBundle | undefined> {
  if (typeof value !== "object" || value === null) return undefined;
  const { toDisplay, [DISPLAY]: display } = value as Partial<Displayable> & {
    readonly [DISPLAY]?: unknown;
  };
  const method = toDisplay ?? display;
  return typeof method === "function" ? await method.call(value) : undefined;
}

/** A figure where only text can be shown: its title and what is in it. */
function figureText({ data, layout, frames = [] }: Figure): string {
  const title = (layout.title as { text?: string } | undefined)?.text ?? "";
  const lines = data.flatMap((trace) => {
    if (typeof trace.name !== "string" || trace.showlegend === false || trace.name === "") {
      return [];
    }
    const count = Array.isArray(trace.y) ? ` (${trace.y.length} points)` : "";
    return [`  ${plainText(trace.name).replaceAll("\n", " ")}${count}`];
  });
  if (frames.length > 0) {
    lines.push(`  ${frames.length} frames, ${frames[0]!.name} to ${frames.at(-1)!.name}`);
  }
  return [`Figure: ${plainText(title)}`, ...lines].join("\n");
}

/** Writes text to the standard output, whole. */
export async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) {
    sent += await Deno.stdout.write(bytes.subarray(sent));
  }
}
