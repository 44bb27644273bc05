/** The npm packages that deno.lock names, fetched once. */
import { join } from "node:path";
import { exists, installed, root } from "./paths.ts";
import { run, say, tail, UserError } from "./process.ts";

const stamp = join(installed, "packages.stamp");

/** What the stamp says once the packages of this lock file are in this cache. */
async function wanted(): Promise<string> {
  const lock = await Deno.readFile(join(root, "deno.lock"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", lock));
  return `${digest.toHex()} ${Deno.env.get("DENO_DIR") ?? ""}\n`;
}

/** Whether the packages are here already. */
export async function packagesInstalled(): Promise<boolean> {
  const cache = Deno.env.get("DENO_DIR");
  if (cache !== undefined && !exists(join(cache, "npm"))) return false;
  return exists(stamp) && await Deno.readTextFile(stamp) === await wanted();
}

/** Fetches the packages unless they are here already. */
export async function ensurePackages(): Promise<void> {
  if (await packagesInstalled()) return;
  say(`naskit: fetching npm packages into ${Deno.env.get("DENO_DIR") ?? "Deno's cache"}`);
  const { code, output } = await run(Deno.execPath(), ["install", "--frozen"], { cwd: root });
  if (code !== 0) {
    throw new UserError(`could not fetch the npm packages:\n${tail(output, 8)}`);
  }
  await Deno.mkdir(installed, { recursive: true });
  await Deno.writeTextFile(stamp, await wanted());
}
