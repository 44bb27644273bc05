import { constants, gunzipSync } from "node:zlib";

/** A file or a folder: a path, a `file:` or `https:` URL, or such a URL as text. */
export type FileLocation = string | URL;

/** What a file holds, unpacked. */
export interface RawFile {
  /** The path or URL it was read from, for messages. */
  readonly file: string;
  /** Its bytes; if it was damaged, those that could be unpacked. */
  readonly bytes: Uint8Array;
  /** What is wrong with its compression, if anything is. */
  readonly fault?: string;
}

function asUrl(location: FileLocation): URL | undefined {
  if (location instanceof URL) return location;
  return /^(file|https?):/i.test(location) ? new URL(location) : undefined;
}

/** The location of the file `name` in `folder`. */
export function locate(folder: FileLocation, name: string): FileLocation {
  const url = asUrl(folder);
  if (url === undefined) return `${String(folder).replace(/[\\/]+$/, "")}/${name}`;
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return new URL(name, base);
}

async function fetchBytes(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (response.ok) return response.bytes();
  await response.body?.cancel();
  const message = `Cannot load ${url}: the server answered ${response.status}`;
  throw response.status === 404 || response.status === 410
    ? new Deno.errors.NotFound(message)
    : new Error(message);
}

/** Bytes as they are, or unpacked if they are gzip. */
function unpack(file: string, bytes: Uint8Array): RawFile {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { file, bytes };
  try {
    return { file, bytes: gunzipSync(bytes) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fault = `its ${bytes.length} bytes of gzip data are damaged (${reason})`;
    try {
      // What is there of a file cut short tells how much is missing.
      return { file, bytes: gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }), fault };
    } catch {
      return { file, bytes: new Uint8Array(0), fault };
    }
  }
}

/**
 * Reads a file, gzip or plain.
 *
 * @throws {Deno.errors.NotFound} If there is none.
 */
export async function readFile(location: FileLocation): Promise<RawFile> {
  const url = asUrl(location);
  if (url !== undefined && url.protocol !== "file:") return unpack(url.href, await fetchBytes(url));
  const file = url?.href ?? String(location);
  try {
    return unpack(file, await Deno.readFile(url ?? location));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new Deno.errors.NotFound(`Cannot load ${file}: there is no such file`);
    }
    throw error;
  }
}

/**
 * Reads the first of the named files that the folder has.
 *
 * @throws {Deno.errors.NotFound} If it has none of them.
 */
export async function readFirst(folder: FileLocation, names: readonly string[]): Promise<RawFile> {
  for (const name of names) {
    try {
      return await readFile(locate(folder, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Deno.errors.NotFound(
    `Cannot load from ${folder}: it has none of ${names.join(", ")}`,
  );
}

/** The error for a file whose content is not what it should be. */
export function badFile(raw: RawFile, message: string): SyntaxError {
  const fault = raw.fault === undefined ? "" : `; ${raw.fault}`;
  return new SyntaxError(`Cannot load ${raw.file}: ${message}${fault}`);
}

/** Throws unless the file has exactly `expected` bytes and its compression is sound. */
export function checkLength(raw: RawFile, expected: number, makeup: string): void {
  if (raw.bytes.length !== expected) {
    throw badFile(raw, `expected ${expected} bytes (${makeup}), found ${raw.bytes.length}`);
  }
  if (raw.fault !== undefined) throw badFile(raw, `found ${raw.bytes.length} bytes`);
}
