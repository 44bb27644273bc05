import { type LatencyTable, parseLatencyTable } from "../cost/mod.ts";

/**
 * Writes a latency table to a file, as JSON with one entry a line.
 *
 * @param path The file; one that exists is replaced.
 * @param table The table.
 *
 * @example
 * ```ts
 * import { type LatencyTable, loadLatencyTable, saveLatencyTable } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const table: LatencyTable = { device: "an example", batch: 1, overhead: 0.1, entries: {} };
 * const path = `${await Deno.makeTempDir()}/latency.json`;
 * await saveLatencyTable(path, table);
 * assertEquals(await loadLatencyTable(path), table);
 * ```
 */
export async function saveLatencyTable(path: string, table: LatencyTable): Promise<void> {
  const { entries, ...rest } = table;
  const lines = Object.entries(entries).map(([key, entry]) =>
    `    ${JSON.stringify(key)}: ${JSON.stringify(entry)}`
  );
  const body = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n  }`;
  const fields = Object.entries(rest).map(([name, value]) =>
    `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`
  );
  await Deno.writeTextFile(path, `{\n${fields.join("")}  "entries": ${body}\n}\n`);
}

/**
 * Reads a latency table from a file.
 *
 * @param path The file.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError} When it is not a latency table, saying where.
 *
 * @example
 * ```ts
 * import { loadLatencyTable } from "naskit";
 * import { assertRejects } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/latency.json`;
 * await Deno.writeTextFile(path, "[]");
 * await assertRejects(() => loadLatencyTable(path), SyntaxError, "device must be a text");
 * ```
 */
export async function loadLatencyTable(path: string): Promise<LatencyTable> {
  return parseLatencyTable(await Deno.readTextFile(path));
}
