/**
 * The path of a file that a notebook keeps from one run to the next, such as a journal: in `runs/`
 * beside the notebook, or in the folder that the environment variable `NASKIT_RUNS` names, by which a
 * headless run starts afresh.
 *
 * @param name The file's name, e.g. `"tour.jsonl"`.
 *
 * @example
 * ```ts
 * import { runFile } from "naskit";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(runFile("tour.jsonl"), /tour\.jsonl$/);
 * ```
 */
export function runFile(name: string): string {
  return `${Deno.env.get("NASKIT_RUNS") ?? "runs"}/${name}`;
}
