import type { Init, PlanStatistics } from "../model/mod.ts";

/** How a proxy's network starts. */
export interface InitOptions {
  /** How the weights of a graph start; `"torchDefault"` when absent. */
  readonly init?: Init;
}

/** How a proxy's network starts and runs. */
export interface RunOptions extends InitOptions {
  /** Which statistics batch norms use; the batch's when absent. */
  readonly statistics?: PlanStatistics;
}

/** Throws a `RangeError` unless an option of a proxy is one of those known. */
export function requireOneOf(
  proxy: string,
  { option, known, got }: {
    readonly option: string;
    readonly known: readonly string[];
    readonly got: string;
  },
): void {
  if (known.includes(got)) return;
  throw new RangeError(
    `Cannot make the proxy ${proxy}: ${option} must be one of ${known.join(", ")}, got ${got}`,
  );
}

/** Throws a `RangeError` unless an option of a proxy is a positive whole number. */
export function requireCount(
  proxy: string,
  { option, got }: { readonly option: string; readonly got: number },
): void {
  if (Number.isSafeInteger(got) && got >= 1) return;
  throw new RangeError(
    `Cannot make the proxy ${proxy}: ${option} must be a positive whole number, got ${got}`,
  );
}
