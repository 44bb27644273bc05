/** The command line of the benchmarks. */
import { UserError } from "../../tools/support/process.ts";

/** The figures of the goals. */
export const goalNames = [
  "conv-direct-peak-share",
  "train-step-c8",
  "train-step-c16",
  "gradsign-vs-loop",
  "gradsign-vs-vmap",
  "forward-b16",
  "supernet-step",
  "workers-2",
  "threads-2",
  "space-sample-cost",
  "nb201-enumerate-cost",
] as const;

/** What `--only` takes: a figure of the goals, or one of the wider tables. */
export const parts = [...goalNames, "kernels", "networks", "proxies"] as const;

/** One part of the benchmarks. */
export type Part = typeof parts[number];

/** What was asked for. */
export interface BenchArguments {
  /** Where to write the figures as JSON. */
  readonly json?: string;
  readonly only: readonly Part[];
  /** Fewer repeats and a small part of the tables. */
  readonly quick: boolean;
  readonly installTorch: boolean;
}

/** Reads the command line. Throws a {@linkcode UserError} that says what there is. */
export function parseArguments(args: readonly string[]): BenchArguments {
  const only: Part[] = [];
  let json: string | undefined;
  let quick = false;
  let installTorch = false;
  const rest = args.flatMap((arg) => {
    const [, name, value] = /^(--(?:json|only))=(.*)$/.exec(arg) ?? [];
    return name === undefined ? [arg] : [name, value as string];
  });
  while (rest.length > 0) {
    const arg = rest.shift() as string;
    const value = () => {
      const next = rest.shift();
      if (!next) throw new UserError(`${arg} needs a value`, 2);
      return next;
    };
    if (arg === "--json") json = value();
    else if (arg === "--only") {
      const name = value();
      const part = parts.find((each) => each === name);
      if (part === undefined) {
        throw new UserError(`bench has no part '${name}'; it has ${parts.join(", ")}`, 2);
      }
      only.push(part);
    } else if (arg === "--quick") quick = true;
    else if (arg === "--install-torch") installTorch = true;
    else {
      throw new UserError(
        `bench takes no '${arg}'; it has --json FILE, --only NAME, --quick and --install-torch`,
        2,
      );
    }
  }
  return {
    ...(json === undefined ? {} : { json }),
    only: only.length > 0 ? only : parts,
    quick,
    installTorch,
  };
}
