import type { OpName } from "../../graph/mod.ts";
import type { Call, Phase, Step } from "./schedule.ts";
import type { Work } from "./work.ts";

/** A step, or the optimiser, which is no node's. */
export interface Timed extends Pick<Step, "phase" | "kernel" | "run">, Work {
  /** The node that it computes for. */
  readonly node: string;
  /** The node's op. */
  readonly op: OpName | "";
}

/** How long one step of a plan takes, and what it has to do in that time. */
export interface ProfileRow extends Work {
  /** The node that it computes for; empty for the optimiser, which works for all. */
  readonly node: string;
  /** The node's op; empty for the optimiser. */
  readonly op: OpName | "";
  /** The part of a training step that it belongs to. */
  readonly phase: Phase;
  /** The kernel that it calls. */
  readonly kernel: string;
  /** The shortest time that it took. */
  readonly milliseconds: number;
}

/** How to profile. */
export interface ProfileOptions {
  /** How often to run the steps; the shortest time of each counts. 10 when absent. */
  readonly repeats?: number;
}

/**
 * Runs steps in order, `repeats` times over, and gives the shortest time of each. `begin` puts the
 * images in place each time, where the steps may have written over them.
 */
export function timeSteps(
  steps: readonly Timed[],
  { begin, repeats }: { readonly begin: () => Call; readonly repeats: number },
): ProfileRow[] {
  const shortest = steps.map(() => Infinity);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const call = begin();
    steps.forEach((step, i) => {
      const start = performance.now();
      step.run(call);
      shortest[i] = Math.min(shortest[i] as number, performance.now() - start);
    });
  }
  return steps.map(({ node, op, phase, kernel, flops, bytes }, i) => ({
    node,
    op,
    phase,
    kernel,
    flops,
    bytes,
    milliseconds: shortest[i] as number,
  }));
}

/** Throws a `RangeError` unless it is a number of repeats. */
export function requireRepeats(repeats: number): void {
  if (!Number.isSafeInteger(repeats) || repeats < 1) {
    throw new RangeError(
      `Cannot profile: repeats must be a positive whole number, got ${repeats}`,
    );
  }
}
