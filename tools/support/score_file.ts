/** The file that a scorer writes to. */
import { formatScores, parseScores, scoreHeader, type ScoreRow } from "naskit/judge/score_rows.ts";
import { UserError } from "./process.ts";

/** The CSV file, which one process holds at a time. */
export class ScoreFile {
  readonly #path: string;
  readonly proxies: readonly string[];
  readonly rows = new Map<number, ScoreRow>();
  #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile, proxies: readonly string[]) {
    this.#path = path;
    this.#file = file;
    this.proxies = proxies;
  }

  /** Opens or makes the file with columns for these proxies and those that are there. */
  static async open(path: string, wanted: readonly string[]): Promise<ScoreFile> {
    const file = await ScoreFile.#lock(path);
    try {
      const text = await Deno.readTextFile(path);
      // A last line that was cut off while it was written is left out.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      const found = whole === "" ? { proxies: [], rows: [] } : parseScores(whole);
      const scores = new ScoreFile(path, file, [...new Set([...found.proxies, ...wanted])]);
      for (const row of found.rows) scores.rows.set(row.index, row);
      await scores.tidy();
      return scores;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Puts what is new of a network on the disk. */
  append(row: ScoreRow): void {
    writeOut(this.#file, `${formatScores(row, this.proxies)}\n`);
    const known = this.rows.get(row.index);
    this.rows.set(row.index, {
      ...row,
      scores: { ...known?.scores, ...row.scores },
      seconds: { ...known?.seconds, ...row.seconds },
    });
  }

  /** Writes the file anew, a line for each network by index: whole or not at all. */
  async tidy(): Promise<void> {
    const rows = [...this.rows.values()].sort((a, b) => a.index - b.index);
    const lines = [
      scoreHeader(this.proxies),
      ...rows.map((row) => formatScores(row, this.proxies)),
    ];
    const draft = `${this.#path}.new`;
    {
      using file = await Deno.create(draft);
      writeOut(file, lines.map((line) => `${line}\n`).join(""));
    }
    await Deno.rename(draft, this.#path);
    // Whoever came in between has locked it, and this process ends.
    const file = await ScoreFile.#lock(this.#path);
    await file.seek(0, Deno.SeekMode.End);
    this.#file.close();
    this.#file = file;
  }

  close(): void {
    this.#file.close();
  }

  static async #lock(path: string): Promise<Deno.FsFile> {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    if (await file.tryLock(true)) return file;
    file.close();
    throw new UserError(`another process is writing ${path}`);
  }
}

/** Puts text on the disk where a file stands. */
function writeOut(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  file.syncDataSync();
}
