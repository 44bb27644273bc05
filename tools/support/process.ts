/** Child processes and the terminal. */

const encoder = new TextEncoder();

/** Writes to standard output. */
export function print(text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
  } catch (error) {
    // The reader, such as `head`, has seen enough: the exit code is a shell's for that.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    throw error;
  }
}

/** Writes one line to standard output. */
export function say(line = ""): void {
  print(line + "\n");
}

/** A failure that the user can do something about: its message is all there is to show. */
export class UserError extends Error {
  /** The exit code it ends in: 2 for a wrong command line, 1 for the rest. */
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

/** How a process ended, and all that it said. */
export interface Finished {
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** What a child process is given. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The command line that joins a program's standard error to its standard output. */
function joined(command: string, args: readonly string[], options: RunOptions): Deno.Command {
  return new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>&1', "sh", command, ...args],
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    clearEnv: options.env !== undefined,
    stdin: "null",
    stdout: "piped",
  });
}

/** Runs a program to its end and collects what it says. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { code, stdout } = await joined(command, args, options).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

/** The last lines of a text that say something. */
export function tail(text: string, lines: number): string {
  return text.split("\n").filter((line) => line.trim() !== "").slice(-lines).join("\n");
}

/** A duration as people say it: `0.8 s`, `42 s`, `3 min 05 s`. */
export function seconds(value: number): string {
  if (value < 9.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  if (whole < 100) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** A line that is written over while work goes on; nothing where output is not a terminal. */
export class StatusLine {
  readonly #live = Deno.stdout.isTerminal();

  /** Replaces the line. */
  show(text: string): void {
    if (!this.#live) return;
    const { columns } = Deno.consoleSize();
    print(`\r\x1b[K${text.slice(0, columns - 1)}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#live) print("\r\x1b[K");
  }
}
