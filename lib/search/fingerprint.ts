import type { Evaluate } from "../space/evaluate.ts";

/**
 * Sixteen hexadecimal digits that tell evaluate functions apart by what they were made with, data
 * and options included, so that a journal is not continued under another recipe. `undefined` for a
 * plain function, which does not show what it closes over.
 */
export async function fingerprint<A>({ recipe }: Evaluate<A>): Promise<string | undefined> {
  if (recipe === undefined) return undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  collect([recipe.factory, recipe.args], parts);
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return new Uint8Array(digest, 0, 8).toHex();
}

/** Everything in a value that can be cloned, in an order that does not depend on its making. */
function collect(value: unknown, parts: Uint8Array<ArrayBuffer>[]): void {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    parts.push(encode(`${value.constructor.name} ${byteLength}:`));
    parts.push(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
    parts.push(encode(`${Array.isArray(value) ? "array" : "object"} ${entries.length}:`));
    for (const [key, item] of entries) {
      parts.push(encode(`${JSON.stringify(key)}:`));
      collect(item, parts);
    }
  } else {
    parts.push(encode(`${typeof value} ${String(value)};`));
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
