import type { Evaluate } from "../space/evaluate.ts";

/**
 * Sixteen hexadecimal digits that tell evaluate functions apart by what they were made with, data
 * and options included, so that a journal is not continued under another recipe. `undefined` for a
 * plain function, which does not show what it closes over, and for arguments that do not show all
 * they hold or go round in a circle.
 */
export async function fingerprint<A>({ recipe }: Evaluate<A>): Promise<string | undefined> {
  if (recipe === undefined) return undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  if (!collect([recipe.factory, recipe.args], { parts, within: [] })) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return new Uint8Array(digest, 0, 8).toHex();
}

interface Collection {
  readonly parts: Uint8Array<ArrayBuffer>[];
  /** The objects that hold the one at hand. */
  readonly within: readonly object[];
}

/**
 * Everything in a value that can be cloned, in an order that does not depend on its making; `false`
 * when there is more in it than can be seen.
 */
function collect(value: unknown, collection: Collection): boolean {
  const { parts, within } = collection;
  if (typeof value !== "object" || value === null) {
    const text = Object.is(value, -0) ? "-0" : String(value);
    parts.push(encode(`${typeof value} ${text.length} ${text};`));
    return typeof value !== "function";
  }
  if (within.includes(value)) return false;
  const inside = { parts, within: [...within, value] };
  const type = Object.prototype.toString.call(value).slice(8, -1);
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    if (!(buffer instanceof ArrayBuffer)) return false;
    parts.push(encode(`${value.constructor.name} ${byteLength}:`));
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
    return true;
  }
  if (type !== "Object" && type !== "Array") return false;
  const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
  parts.push(encode(`${type} ${entries.length}:`));
  return entries.every(([key, item]) => {
    parts.push(encode(`${JSON.stringify(key)}:`));
    return collect(item, inside);
  });
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
