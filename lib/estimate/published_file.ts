import { type FileLocation, locate, type RawFile, readFile } from "../data/files.ts";

/** Where a published table is and what it is called. */
export interface PublishedFile {
  /** The benchmark's name, for messages. */
  readonly benchmark: string;
  /** The names under which the file may lie in the folder that `NASKIT_DATA` names. */
  readonly names: readonly string[];
  /** The file itself, when it is given. */
  readonly path: FileLocation | undefined;
}

/**
 * Reads a published table: from the path that is given, otherwise from the folder that the
 * environment variable `NASKIT_DATA` names.
 *
 * @throws {Deno.errors.NotFound} When there is none, with what to do.
 */
export async function readPublished({ benchmark, names, path }: PublishedFile): Promise<RawFile> {
  if (path !== undefined) return await readFile(path);
  const folder = Deno.env.get("NASKIT_DATA");
  const help = `give its path, or set the environment variable NASKIT_DATA to the folder with ` +
    `${
      names.join(" or ")
    }; "./naskit fetch" tells how to get it, since the kit does not come with it`;
  if (folder === undefined || folder === "") {
    throw new Deno.errors.NotFound(`Cannot load ${benchmark}: no file is given; ${help}`);
  }
  for (const name of names) {
    try {
      return await readFile(locate(folder, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Deno.errors.NotFound(`Cannot load ${benchmark}: ${folder} does not have it; ${help}`);
}

/** The columns of a CSV file that have no quotes in them, read line by line. */
export class CsvColumns {
  /** What each column is called. */
  readonly names: readonly string[];
  /** The fields of each row. */
  readonly rows: readonly (readonly string[])[];
  readonly #file: string;

  /** Splits the file. Throws a `SyntaxError` for a row of another number of fields than the header. */
  constructor({ file, bytes, fault }: RawFile) {
    this.#file = file;
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
    if (fault !== undefined) throw new SyntaxError(`Cannot load ${file}: ${fault}`);
    if (lines.at(-1) === "") lines.pop();
    const [header = "", ...rest] = lines;
    this.names = header.split(",");
    this.rows = rest.map((line, row) => {
      const fields = line.split(",");
      if (fields.length === this.names.length) return fields;
      throw this.error(row, `has ${fields.length} fields, the header ${this.names.length}`);
    });
  }

  /** Where a column is. Throws a `SyntaxError` when it is not there. */
  indexOf(name: string): number {
    const index = this.names.indexOf(name);
    if (index >= 0) return index;
    throw new SyntaxError(
      `Cannot load ${this.#file}: line 1 must name the column ${name}, got ${
        this.names.join(", ")
      }`,
    );
  }

  /** A number of a row. Throws a `SyntaxError` unless it is from `low` to `high`. */
  number(row: number, column: number, [low, high]: readonly [number, number]): number {
    const field = this.rows[row]?.[column] ?? "";
    const value = Number(field);
    if (field.trim() !== "" && value >= low && value <= high) return value;
    throw this.error(row, `must have ${this.names[column]} from ${low} to ${high}, got "${field}"`);
  }

  /** The error for a row, which is counted from 0, after the header. */
  error(row: number, problem: string): SyntaxError {
    return new SyntaxError(`Cannot load ${this.#file}: line ${row + 2} ${problem}`);
  }
}
