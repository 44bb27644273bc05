/** Where things are. Everything that is installed or generated lies under two ignored folders. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the launcher installs. */
export const installed = join(root, ".tools");

/** What runs leave behind: executed notebooks, pages, screenshots. */
export const out = join(root, "out");

/** The notebooks of the project. */
export const notebooksFolder = join(root, "notebooks");

/** True where a file or folder is. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** The path of a program on the PATH. */
export function which(program: string): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = join(folder || ".", program);
    try {
      const { isFile, mode } = Deno.statSync(path);
      if (isFile && (mode ?? 0) & 0o111) return path;
    } catch {
      // Not in this folder, or a folder that may not be read: the next one.
    }
  }
  return undefined;
}
