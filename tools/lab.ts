/** `./naskit lab`: opens the notebooks in JupyterLab. */
import { join } from "node:path";
import { describeJupyter, ensureJupyter, jupyterEnv, runtimeFolder } from "./support/jupyter.ts";
import { ensurePackages } from "./support/packages.ts";
import { exists, installed, notebooksFolder, root } from "./support/paths.ts";
import { say, tail, UserError } from "./support/process.ts";

/**
 * Python that runs a module in a session of its own: the terminal's Ctrl-C then reaches us alone, and
 * the server gets one signal, after which it ends its kernels and itself without asking back.
 */
const apart = "import os, runpy, sys; os.setsid(); sys.argv = sys.argv[1:]; " +
  "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)";

/** Where the server and its kernels write what they have to say. */
const log = join(installed, "lab.log");

/** What a running server says of itself, in the folder for that. */
interface ServerInfo {
  readonly url: string;
  readonly token: string;
}

/** Whether there is a desktop to open a browser on. */
function hasDisplay(): boolean {
  if (Deno.build.os === "darwin") return true;
  return Boolean(Deno.env.get("DISPLAY") || Deno.env.get("WAYLAND_DISPLAY"));
}

/** Whether the user set one of these flags, with or without a value. */
function sets(args: readonly string[], ...flags: string[]): boolean {
  return args.some((arg) => flags.includes(arg.split("=")[0]!));
}

/** The module that is the server, and its command line. */
export function serverArguments(
  kind: "lab" | "classic",
  args: readonly string[],
  { asRoot = Deno.uid() === 0, display = hasDisplay() } = {},
): string[] {
  const lab = kind === "lab";
  const app = lab ? "ServerApp" : "NotebookApp";
  const all = [lab ? "jupyterlab" : "notebook", ...args];
  if (!sets(args, "--notebook-dir", `--${app}.root_dir`, "--NotebookApp.notebook_dir")) {
    all.push(lab ? `--ServerApp.root_dir=${notebooksFolder}` : `--notebook-dir=${notebooksFolder}`);
  }
  if (asRoot && !sets(args, "--allow-root")) all.push("--allow-root");
  if (!display && !sets(args, "--no-browser")) all.push("--no-browser");
  if (lab) {
    // No question about news and no look for a newer release: nothing leaves the machine.
    all.push(
      "--LabApp.news_url=None",
      "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    );
  }
  // The notebooks have one kernel; the Python one that comes along would only be in the way.
  all.push(
    "--KernelSpecManager.allowed_kernelspecs=deno",
    "--KernelSpecManager.ensure_native_kernel=False",
    "--MultiKernelManager.default_kernel_name=deno",
  );
  return all;
}

/** The address of the server of a process, once it listens. */
async function serverInfo(pid: number, ended: () => boolean): Promise<ServerInfo | undefined> {
  while (!ended()) {
    for (const prefix of ["jpserver", "nbserver"]) {
      const path = join(runtimeFolder, `${prefix}-${pid}.json`);
      if (!exists(path)) continue;
      try {
        return JSON.parse(await Deno.readTextFile(path));
      } catch {
        // Half written: look again.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return undefined;
}

/** The command. Returns the exit code. */
export async function labCommand(args: readonly string[]): Promise<number> {
  await ensurePackages();
  const jupyter = await ensureJupyter();
  if (jupyter.kind === "classic") {
    say(`naskit: ${describeJupyter(jupyter)}: plots are shown as pictures`);
  }
  const server = new Deno.Command("sh", {
    args: [
      ...["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log],
      ...[jupyter.python, "-W", "ignore", "-c", apart, ...serverArguments(jupyter.kind, args)],
    ],
    // Python looks for modules in the working folder first.
    cwd: root,
    env: jupyterEnv(),
    clearEnv: true,
    stdin: "null",
  }).spawn();

  let stopping = false;
  const stop = () => {
    stopping = true;
    try {
      server.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, stop);
  }
  let ended = false;
  const status = server.status.finally(() => ended = true);

  const info = await serverInfo(server.pid, () => ended);
  if (info !== undefined && !stopping) {
    const page = new URL(jupyter.kind === "lab" ? "lab" : "tree", info.url);
    if (info.token) page.searchParams.set("token", info.token);
    say(`naskit: ${page}  (Ctrl-C ends it)`);
  }
  const { code } = await status;
  if (stopping) return 0;
  if (code !== 0) {
    const said = tail(await Deno.readTextFile(log), 12);
    throw new UserError(`Jupyter ended with exit code ${code}:\n${said}`);
  }
  return 0;
}
