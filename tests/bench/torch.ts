/** PyTorch in an environment of its own under .tools/torch, and a process that runs it on demand. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exists, installed, which } from "../../tools/support/paths.ts";
import { run, say, tail, UserError } from "../../tools/support/process.ts";
import type { Runner } from "./alternate.ts";

const home = join(installed, "torch");
const python = join(home, "bin", "python");
const peers = join(dirname(fileURLToPath(import.meta.url)), "peers");

/** What to do for figures beside PyTorch. */
export const howToInstall = "--install-torch puts PyTorch into .tools/torch: 660 MB from PyPI, " +
  "1.7 GB on disk; it needs Python 3.11 or newer with venv";

/** The user's environment, less what changes how Python or PyTorch runs; one thread for all. */
function environment(): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    const redirects =
      /^(PYTHON(HOME|PATH|STARTUP)|PIP_(USER|PREFIX|TARGET|ROOT|REQUIRE_VIRTUALENV)|LD_PRELOAD)$/;
    const tunes = /^(OMP|GOMP|KMP|MKL|ONEDNN|DNNL|ATEN|TORCH)/;
    if (redirects.test(name) || tunes.test(name)) delete env[name];
  }
  return {
    ...env,
    OMP_NUM_THREADS: "1",
    MKL_NUM_THREADS: "1",
    TORCHINDUCTOR_CACHE_DIR: join(home, "inductor"),
    TORCHINDUCTOR_COMPILE_THREADS: "1",
  };
}

/** Whether PyTorch is there. */
export function torchInstalled(): boolean {
  return exists(join(home, "ready"));
}

/** Installs PyTorch unless it is there. */
export async function installTorch(): Promise<void> {
  if (torchInstalled()) return;
  const base = await findPython();
  const env = environment();
  const must = async (command: string, ...args: readonly string[]) => {
    const { code, output } = await run(command, args, { env });
    if (code !== 0) throw new UserError(`could not install PyTorch:\n${tail(output, 6)}`);
    return output;
  };
  say(`installing PyTorch into ${home}`);
  try {
    await must(base, "-m", "venv", "--clear", home);
    await must(
      python,
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"],
      // On Linux it asks for 2.3 GB of CUDA libraries, of which a processor alone needs almost none.
      ...["--no-deps", "--requirement", join(peers, "requirements.txt")],
    );
    if (Deno.build.os === "linux") await standInForCuda(env);
    say(
      `PyTorch ${
        (await must(python, "-W", "ignore", "-c", "import torch; print(torch.__version__)")).trim()
      }`,
    );
    await Deno.writeTextFile(join(home, "ready"), "");
  } catch (error) {
    await Deno.remove(home, { recursive: true }).catch(() => {});
    throw error;
  }
}

/**
 * Lets PyTorch load without the CUDA libraries that it names but calls for a GPU alone: links in
 * their places lead to a small library of its own that is loaded anyway, and functions are looked up
 * when they are first called. The code that computes on the processor is PyTorch's as it came.
 */
async function standInForCuda(env: Record<string, string>): Promise<void> {
  const purelib = "import sysconfig; print(sysconfig.get_path('purelib'))";
  const { output: packages } = await run(python, ["-c", purelib], { env });
  const folder = join(packages.trim(), "torch", "lib");
  const lazily = "import sys, os; sys.setdlopenflags(os.RTLD_LAZY)\n";
  await Deno.writeTextFile(join(packages.trim(), "load_lazily.pth"), lazily);
  for (let links = 0; links < 30; links++) {
    const { code, output } = await run(python, ["-c", "import torch"], { env });
    if (code === 0) return;
    const missing = /(lib(?:cu|nv|nccl)\w*\.so[.\d]*): cannot open shared object/.exec(output)?.[1];
    if (missing === undefined) throw new UserError(`PyTorch does not load:\n${tail(output, 3)}`);
    await Deno.symlink("libtorch_global_deps.so", join(folder, missing));
  }
  throw new UserError("PyTorch does not load: too many libraries are missing");
}

async function findPython(): Promise<string> {
  for (const name of ["python3", "python3.14", "python3.13", "python3.12", "python3.11"]) {
    const found = which(name);
    if (found === undefined) continue;
    const { code } = await run(found, [
      "-c",
      "import sys, venv; sys.exit(sys.version_info < (3, 11))",
    ]);
    if (code === 0) return found;
  }
  throw new UserError("could not install PyTorch: no Python of version 3.11 or newer on the PATH");
}

/** What the process says of itself. */
export interface TorchInfo {
  readonly version: string;
  readonly threads: number;
  /** The widest vectors that it uses. */
  readonly capability: string;
  readonly oneDNN: boolean;
  readonly config: string;
  readonly parallel: string;
}

/** A process that runs PyTorch. It lives until it is closed. */
export class Torch {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #listening: Promise<void>;
  #complaints = "";

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = lines(process.stdout);
    this.#listening = this.#listen();
  }

  /** Starts it; `undefined` where PyTorch is not installed. */
  static start(): Torch | undefined {
    if (!torchInstalled()) return undefined;
    const command = new Deno.Command(python, {
      args: ["-W", "ignore", join(peers, "server.py")],
      env: environment(),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    return new Torch(command.spawn());
  }

  describe(): Promise<TorchInfo> {
    return this.request({ command: "describe" });
  }

  /** Makes a job ready; `work` names one of peers/workloads.py. */
  async prepare(id: string, work: string, job: object): Promise<TorchJob> {
    await this.request({ command: "prepare", id, work, job });
    return new TorchJob(this, id);
  }

  /** Forgets all jobs; a process that has ended has none. */
  async drop(): Promise<void> {
    await this.request({ command: "drop" }).catch(() => {});
  }

  /** Sends one command. Throws a `UserError` with what PyTorch says when it fails. */
  async request<T>(command: object): Promise<T> {
    const text = JSON.stringify(command) + "\n";
    await this.#writer.write(new TextEncoder().encode(text)).catch(() => {});
    const { value, done } = await this.#lines.next();
    if (done) {
      const { code } = await this.#process.status;
      await this.#listening;
      throw new UserError(
        `PyTorch's process ended with code ${code}\n${tail(this.#complaints, 6)}`.trimEnd(),
      );
    }
    const { answer, error } = JSON.parse(value) as { answer: T; error?: string };
    if (error !== undefined) throw new UserError(`PyTorch: ${error}`);
    return answer;
  }

  /** Ends it, in the middle of its work if need be. */
  async end(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#writer.abort().catch(() => {});
    await this.#process.status;
    await this.#listening;
  }

  async #listen(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaints = (this.#complaints + text).slice(-8000);
    }
  }
}

/** Work that is ready in the process. */
export class TorchJob implements Runner {
  constructor(readonly torch: Torch, readonly id: string) {}

  /** Does it `times` times; the numbers it returned. */
  async values(times: number): Promise<readonly number[]> {
    return (await this.#run(times)).values;
  }

  async time(times: number): Promise<readonly number[]> {
    return (await this.#run(times)).milliseconds;
  }

  #run(times: number): Promise<{ values: readonly number[]; milliseconds: readonly number[] }> {
    return this.torch.request({ command: "run", id: this.id, times });
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (
    const text of stream.pipeThrough(new TextDecoderStream() as never) as ReadableStream<string>
  ) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() as string;
    yield* parts;
  }
}
