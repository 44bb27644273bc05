import { join } from "node:path";
import { root } from "../../../tools/support/paths.ts";

/** The recipe of a table whose trainings take no time. */
export const tinyRecipe = {
  channels: 2,
  cellsPerStage: 1,
  size: 8,
  train: 60,
  validation: 20,
  test: 20,
  training: { epochs: 2 },
};

/** A folder with a recipe. */
export async function makeFolder(recipe: object): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "fashion_201.json"), JSON.stringify(recipe));
  return folder;
}

/** A tool at work. */
export function startTool(tool: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(root, "tools", tool), ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** How a tool ended, and what it said. */
export async function ended(tool: Deno.ChildProcess): Promise<[code: number, output: string]> {
  const { code, stdout, stderr } = await tool.output();
  return [code, [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("")];
}
