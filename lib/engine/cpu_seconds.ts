import process from "node:process";

/**
 * Seconds of computing that this thread has done so far; what it waited, and what others on the machine did
 * meanwhile, does not count. Two readings tell what lies between them cost.
 *
 * @example
 * ```ts
 * import { cpuSeconds } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const before = cpuSeconds();
 * for (let i = 0, x = 1; i < 3e7; i++) x = (x * 7) % 1000003;
 * assert(cpuSeconds() > before);
 * ```
 */
export function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}
