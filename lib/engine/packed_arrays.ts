import { checksumOf } from "./replace_file.ts";
import type { Json } from "./json.ts";

/** Arrays by name. */
export type NamedArrays = ReadonlyMap<string, Float32Array | Float64Array>;

/** A file of arrays and what is said about them. */
export interface PackedArrays {
  /** Anything about them. */
  readonly about: Json;
  /** The arrays. */
  readonly arrays: NamedArrays;
}

interface Header {
  readonly format: string;
  readonly about: Json;
  readonly arrays: readonly {
    readonly name: string;
    readonly bits: number;
    readonly length: number;
  }[];
  /** SHA-256 of what follows the header. */
  readonly checksum: string;
}

const NEW_LINE = 10;

/** A line of JSON that says what follows: the arrays' values, little-endian, one array after another. */
export async function packArrays(
  format: string,
  { about, arrays }: PackedArrays,
): Promise<Uint8Array> {
  const all = [...arrays];
  const values = joined(
    all.map(([, { buffer, byteOffset, byteLength }]) =>
      new Uint8Array(buffer, byteOffset, byteLength)
    ),
  );
  const header: Header = {
    format,
    about,
    arrays: all.map(([name, { BYTES_PER_ELEMENT, length }]) => ({
      name,
      bits: 8 * BYTES_PER_ELEMENT,
      length,
    })),
    checksum: await checksumOf(values),
  };
  return joined([new TextEncoder().encode(`${JSON.stringify(header)}\n`), values]);
}

/**
 * Reads what {@linkcode packArrays} made.
 *
 * @throws {SyntaxError} When it is of another format or not whole, with what is wrong.
 */
export async function unpackArrays(
  format: string,
  bytes: Uint8Array,
): Promise<PackedArrays> {
  const end = bytes.indexOf(NEW_LINE);
  const header = readHeader(new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0))));
  if (header?.format !== format) {
    throw new SyntaxError(
      `it must be of format "${format}", got ${JSON.stringify(header?.format) ?? "no header"}`,
    );
  }
  const values = bytes.slice(end + 1);
  if (await checksumOf(values) !== header.checksum) {
    throw new SyntaxError("its values are not those that its header tells of (cut short?)");
  }
  let at = 0;
  const arrays = new Map(header.arrays.map(({ name, bits, length }) => {
    const part = values.slice(at, at += length * bits / 8).buffer;
    return [name, bits === 64 ? new Float64Array(part) : new Float32Array(part)] as const;
  }));
  return { about: header.about, arrays };
}

function readHeader(line: string): Header | undefined {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
