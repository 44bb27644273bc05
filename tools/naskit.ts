/** The commands behind `./naskit`, which starts this file with the pinned Deno. */
import { doctorCommand } from "./doctor.ts";
import { labCommand } from "./lab.ts";
import { runCommand } from "./run.ts";
import { ensurePackages } from "./support/packages.ts";
import { UserError } from "./support/process.ts";
import { testCommand } from "./test.ts";

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  bench: async (args) => {
    await ensurePackages();
    return await (await import("../tests/bench/main.ts")).benchCommand(args);
  },
  doctor: doctorCommand,
  fetch: async (args) => {
    await ensurePackages();
    return await (await import("./fetch.ts")).fetchCommand(args);
  },
  lab: labCommand,
  run: runCommand,
  test: testCommand,
};

const [name = "", ...args] = Deno.args;
const command = commands[name];
try {
  if (command === undefined) throw new UserError(`no command '${name}'`, 2);
  Deno.exitCode = await command(args);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  await Deno.stderr.write(new TextEncoder().encode(`naskit: ${error.message}\n`));
  Deno.exitCode = error.code;
}
