/**
 * The speed of the engine, beside PyTorch in the same run where that is installed:
 * `deno run -A tests/bench/main.ts [--json FILE] [--only NAME] [--quick] [--install-torch]`.
 *
 * Ours and PyTorch take turns, on one thread each. What they compute is compared before it is timed.
 *
 * @module
 */
import { dirname } from "node:path";
import { say, seconds, UserError } from "../../tools/support/process.ts";
import { parseArguments } from "./arguments.ts";
import { Context } from "./context.ts";
import { measureGoals } from "./goals.ts";
import { emptyReport, sayGoals, sayHead } from "./report.ts";
import { measureKernels, measureNetworks, measureProxies } from "./tables.ts";
import { howToInstall, installTorch, Torch } from "./torch.ts";

/** The command. Returns the exit code. */
export async function benchCommand(args: readonly string[]): Promise<number> {
  const wanted = parseArguments(args);
  if (wanted.json !== undefined) await Deno.mkdir(dirname(wanted.json), { recursive: true });
  if (wanted.installTorch) await installTorch();
  const start = performance.now();
  const torch = Torch.start();
  try {
    const report = emptyReport(await torch?.describe() ?? null, wanted.quick);
    const context = new Context(wanted, torch, report);
    sayHead(report);
    if (torch === undefined) say(`our figures alone: ${howToInstall}`);
    await measureGoals(context);
    if (context.wants("kernels")) await measureKernels(context);
    if (context.wants("networks")) await measureNetworks(context);
    if (context.wants("proxies")) await measureProxies(context);
    report.load.after = Deno.loadavg();
    sayGoals(report);
    say(`${seconds((performance.now() - start) / 1000)} in all`);
    if (wanted.json !== undefined) {
      await Deno.writeTextFile(wanted.json, JSON.stringify(report, null, 2) + "\n");
    }
    return 0;
  } finally {
    await torch?.end();
  }
}

if (import.meta.main) {
  try {
    Deno.exitCode = await benchCommand(Deno.args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`bench: ${error.message}`);
    Deno.exitCode = error.code;
  }
}
