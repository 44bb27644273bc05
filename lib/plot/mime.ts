/** One value in several forms, by MIME type; a notebook shows the richest that it can. */
export type MimeBundle = { readonly [mimeType: string]: unknown };

/** Something that knows how to be shown. */
export interface Displayable {
  /** The forms it can be shown in, `text/plain` among them. */
  toDisplay(): MimeBundle | Promise<MimeBundle>;
}

/** Text for HTML. */
export function escapeHTML(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}
