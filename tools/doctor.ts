/** `./naskit doctor`: what is here, what is missing and how to get it. Installs nothing. */
import { join } from "node:path";
import { findChromium } from "./support/chromium.ts";
import { describeJupyter, findPython, kernelFile, recordedJupyter } from "./support/jupyter.ts";
import { packagesInstalled } from "./support/packages.ts";
import { exists, installed, root } from "./support/paths.ts";
import { run, say, tail, UserError } from "./support/process.ts";

/** Prints what the engine says of itself; run in a process of its own, as it may fail to load. */
const engineProbe = `
const started = performance.now();
const engine = await import(${JSON.stringify(new URL("../lib/engine/mod.ts", import.meta.url))});
const about = { tfjs: engine.tf?.version?.["tfjs-core"] };
if (engine.engineInfo) Object.assign(about, await engine.engineInfo());
about.loadSeconds = Math.round((performance.now() - started) / 100) / 10;
console.log("engine " + JSON.stringify(about));
`;

/** What the engine says of itself, or why it does not. */
async function describeEngine(): Promise<string> {
  const { output } = await run(Deno.execPath(), [
    ...["eval", "--cached-only", "--config", join(root, "deno.json"), engineProbe],
  ], { env: { ...Deno.env.toObject(), NO_COLOR: "1" } });
  const line = /^engine (.*)$/m.exec(output)?.[1];
  if (line === undefined) return `does not load: ${tail(output, 1)}`;
  const about = Object.entries(JSON.parse(line) as Record<string, unknown>);
  return about.map(([name, value]) =>
    `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`
  ).join(", ");
}

/** The command. Returns the exit code: 1 when something is missing that notebooks need. */
export async function doctorCommand(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UserError(`doctor takes no '${args[0]}'`, 2);
  let missing = 0;
  const row = (name: string, value: string) => say(`${name.padEnd(12)}${value}`);
  const lacks = (name: string, value: string) => {
    missing++;
    row(name, `missing: ${value}`);
  };

  const deno = Deno.execPath();
  const origin = deno.startsWith(installed) ? "installed by naskit" : "found on the PATH";
  row("Deno", `${Deno.version.deno}, ${origin} (${deno})`);

  const { hardwareConcurrency } = navigator;
  const gibibytes = (Deno.systemMemoryInfo().total / 2 ** 30).toFixed(1);
  row("Machine", `${hardwareConcurrency} cores, ${gibibytes} GiB, ${Deno.build.target}`);

  if (await packagesInstalled()) {
    row("Packages", `in ${Deno.env.get("DENO_DIR") ?? "Deno's cache"}`);
    row("Engine", await describeEngine());
  } else {
    lacks("Packages", "'./naskit lab' fetches the npm packages that deno.lock names");
  }

  const jupyter = await recordedJupyter();
  if (jupyter === undefined) {
    const python = await findPython().catch(() => undefined);
    const how = python === undefined
      ? "install Python 3.9 or newer with venv, or a Jupyter, then start './naskit lab'"
      : `'./naskit lab' installs it into .tools/jupyter with ${python}`;
    lacks("Jupyter", how);
  } else {
    const { versions } = jupyter;
    row("Jupyter", describeJupyter(jupyter));
    row(
      "",
      `Python ${versions.python}, nbclient ${versions.nbclient}, nbconvert ${versions.nbconvert}`,
    );
    if (jupyter.kind === "classic") {
      row("Plots", "as pictures: only JupyterLab has a plotly renderer. Once PyPI can be reached,");
      row("", "remove .tools/jupyter.json and start './naskit lab' again");
    } else if (versions.plotly === undefined) {
      lacks("Plots", `as pictures only, until you: ${jupyter.python} -m pip install plotly`);
    } else row("Plots", `interactive, by the renderer of plotly ${versions.plotly}`);
    if (exists(kernelFile)) row("Kernel", `deno (${kernelFile})`);
    else lacks("Kernel", "'./naskit lab' writes its description");
  }

  const chromium = findChromium();
  if (chromium === undefined) {
    row("Chromium", "none; only the browser tests need it (Debian: apt-get install chromium)");
  } else {
    const { output } = await run(chromium, ["--version"]);
    row(
      "Chromium",
      `${/Chrom\w+ ([\d.]+)/.exec(output)?.[1] ?? "of unknown version"} (${chromium})`,
    );
  }
  return missing > 0 ? 1 : 0;
}
