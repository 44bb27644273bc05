/** Finds or installs Jupyter, and gives it an environment of its own under .tools/. */
import { join } from "node:path";
import { exists, installed, root, which } from "./paths.ts";
import { run, say, tail, UserError } from "./process.ts";

/** A Jupyter that can run and show notebooks. */
export interface Jupyter {
  /** JupyterLab, or the classic notebook that older distributions have. */
  readonly kind: "lab" | "classic";
  /** Our own environment, the system's packages, or one that the user has. */
  readonly source: "venv" | "system" | "path";
  /** The interpreter that imports it. */
  readonly python: string;
  /** Version by package. */
  readonly versions: Readonly<Record<string, string>>;
}

const home = join(installed, "jupyter");
const data = join(installed, "share", "jupyter");
const config = join(installed, "jupyter_config");
const record = join(installed, "jupyter.json");
const requirements = join(root, "tools", "requirements.txt");
const systemPackages = ["jupyter-notebook", "jupyter-nbconvert", "python3-nbclient"];

/** Prints, as JSON, the versions of the packages that matter and the interpreter's own. */
const probe = `
import json, platform
from importlib import metadata
import nbclient, nbconvert, nbformat
versions = {"python": platform.python_version()}
for name in ("jupyterlab", "notebook", "nbclient", "nbconvert", "plotly"):
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(versions))
`;

/** The environment for Python and Jupyter: the user's, less what would redirect them elsewhere. */
export function jupyterEnv(): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    if (
      /^(PYTHON(HOME|PATH|STARTUP)|PIP_(USER|PREFIX|TARGET|ROOT|REQUIRE_VIRTUALENV))$/.test(name)
    ) {
      delete env[name];
    }
    if (/^(JUPYTER|IPYTHON|NBCLIENT)/.test(name) && name !== "JUPYTER_PATH") delete env[name];
  }
  return {
    ...env,
    JUPYTER_PATH: env.JUPYTER_PATH ? `${data}:${env.JUPYTER_PATH}` : data,
    JUPYTER_DATA_DIR: data,
    JUPYTER_CONFIG_DIR: config,
    JUPYTER_RUNTIME_DIR: runtimeFolder,
    JUPYTER_PLATFORM_DIRS: "1",
    IPYTHONDIR: join(installed, "ipython"),
  };
}

/** Where a running Jupyter server leaves its address. */
export const runtimeFolder = join(installed, "jupyter_runtime");

/** Where the kernel is described to Jupyter. */
export const kernelFile = join(data, "kernels", "deno", "kernel.json");

/** What a Python has, or undefined where it cannot run notebooks. */
async function inspect(
  python: string,
  source: Jupyter["source"],
): Promise<Jupyter | undefined> {
  const { code, output } = await run(python, ["-W", "ignore", "-c", probe], { env: jupyterEnv() });
  if (code !== 0) return undefined;
  const versions = JSON.parse(output) as Record<string, string>;
  if (versions.jupyterlab !== undefined) return { kind: "lab", source, python, versions };
  // Since 7 the package `notebook` stands on JupyterLab; before, it was a server of its own.
  if (versions.notebook !== undefined) return { kind: "classic", source, python, versions };
  return undefined;
}

/** The Python to build an environment with. */
export async function findPython(): Promise<string> {
  for (const name of ["python3", "python"]) {
    const python = which(name);
    if (python === undefined) continue;
    const { code } = await run(python, ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]);
    if (code === 0) return python;
  }
  throw new Error("no python3 of version 3.9 or newer is on the PATH");
}

/** Our own environment, from PyPI. Throws an Error that says what went wrong. */
async function installVenv(): Promise<Jupyter> {
  const python = await findPython();
  const env = jupyterEnv();
  say(`naskit: installing JupyterLab into ${home}`);
  const must = async (command: string, args: readonly string[]) => {
    const { code, output } = await run(command, args, { env });
    if (code !== 0) throw new Error(tail(output, 3));
  };
  const own = join(home, "bin", "python");
  try {
    const whole = await run(python, ["-m", "venv", "--clear", home], { env });
    if (whole.code !== 0) {
      // Some distributions ship venv without pip's wheel; an environment can borrow it.
      await must(python, ["-m", "venv", "--clear", "--without-pip", home]);
      const { output } = await run(
        own,
        ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        { env },
      );
      await must(python, ["-m", "pip", "install", "--quiet", "--target", output.trim(), "pip"]);
    }
    await must(own, [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"],
      ...["--retries", "2", "--timeout", "30", "--requirement", requirements],
    ]);
  } catch (error) {
    await Deno.remove(home, { recursive: true }).catch(() => {});
    throw error;
  }
  const found = await inspect(own, "venv");
  if (found === undefined) throw new Error(`${own} cannot import what it just installed`);
  return found;
}

/** The distribution's packages, by apt. Throws an Error that says what went wrong. */
async function installSystem(): Promise<Jupyter> {
  const python = "/usr/bin/python3";
  const apt = which("apt-get");
  if (apt === undefined) throw new Error("there is no apt-get on this machine");
  const present = await run("dpkg", ["--status", ...systemPackages]);
  if (present.code !== 0) {
    if (Deno.uid() !== 0) {
      throw new Error(`only root may; try: sudo apt-get install ${systemPackages.join(" ")}`);
    }
    say(`naskit: installing ${systemPackages.join(", ")} with apt-get`);
    const env = { ...Deno.env.toObject(), DEBIAN_FRONTEND: "noninteractive" };
    const update = await run(apt, ["update"], { env });
    const args = ["install", "--yes", "--no-install-recommends", ...systemPackages];
    const { code, output } = await run(apt, args, { env });
    if (code !== 0) throw new Error(tail(update.code === 0 ? output : update.output + output, 3));
  }
  const found = await inspect(python, "system");
  if (found === undefined) throw new Error(`${python} cannot import the packages`);
  return found;
}

/** The Jupyter that the user has. Throws an Error that says what went wrong. */
async function findOnPath(): Promise<Jupyter> {
  const candidates = [which("python3"), which("python")];
  const script = which("jupyter");
  if (script !== undefined) {
    const text = await Deno.readTextFile(script).catch(() => "");
    candidates.unshift(/^(?:#!|'''exec' ")(\/[^\s"]*python[^\s"]*)/m.exec(text)?.[1]);
  }
  for (const python of new Set(candidates)) {
    const found = python === undefined ? undefined : await inspect(python, "path");
    if (found !== undefined) return found;
  }
  throw new Error("no Python on the PATH has jupyterlab, nbclient and nbconvert");
}

/** What was recorded at an earlier start, where it still holds. */
export async function recordedJupyter(): Promise<Jupyter | undefined> {
  if (!exists(record)) return undefined;
  const saved = JSON.parse(await Deno.readTextFile(record)) as {
    jupyter: Jupyter;
    requirements: string;
  };
  const current = await Deno.readTextFile(requirements);
  return saved.requirements === current && exists(saved.jupyter.python) ? saved.jupyter : undefined;
}

/** Describes the kernel and our settings to Jupyter. */
async function configure(): Promise<void> {
  const denoDir = Deno.env.get("DENO_DIR");
  const kernel = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...(denoDir ? { DENO_DIR: denoDir } : {}) },
  };
  const settings = {
    "@jupyterlab/apputils-extension:notification": {
      checkForUpdates: false,
      fetchNews: "false",
    },
    // Cells out of sight keep their place in the page: plots are drawn once and not on each scroll.
    "@jupyterlab/notebook-extension:tracker": { windowingMode: "none" },
  };
  await writeJson(kernelFile, kernel);
  await writeJson(join(config, "labconfig", "default_setting_overrides.json"), settings);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(value, null, 2) + "\n");
}

/** Jupyter with our kernel in it, installed when this is the first time. */
export async function ensureJupyter(): Promise<Jupyter> {
  const known = await recordedJupyter();
  if (known !== undefined) {
    await configure();
    return known;
  }
  const reasons: string[] = [];
  for (
    const [name, find] of [
      ["PyPI", installVenv],
      ["Debian packages", installSystem],
      ["a Jupyter on the PATH", findOnPath],
    ] as const
  ) {
    try {
      const jupyter = await find();
      await writeJson(record, { jupyter, requirements: await Deno.readTextFile(requirements) });
      await configure();
      return jupyter;
    } catch (error) {
      reasons.push(`  ${name}: ${(error as Error).message.replaceAll("\n", "\n    ")}`);
    }
  }
  throw new UserError(
    `no Jupyter here, and no way to install it worked:\n${reasons.join("\n")}\n` +
      "install Python 3.9 or newer with venv and pip and a way to reach PyPI, or put a Jupyter " +
      "with jupyterlab, nbclient and nbconvert on the PATH",
  );
}

/** One line about a Jupyter. */
export function describeJupyter({ kind, source, python, versions }: Jupyter): string {
  const what = kind === "lab"
    ? `JupyterLab ${versions.jupyterlab}`
    : `classic notebook ${versions.notebook}`;
  const where = { venv: "from PyPI", system: "from Debian's packages", path: "found on the PATH" };
  return `${what}, ${where[source]} (${python})`;
}
