import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Evaluate } from "../space/mod.ts";
import { correlate, type CorrelateOptions, type Correlation } from "../stats/mod.ts";
import type { Supernet } from "./supernet.ts";

/** A network whose accuracy is known, as the entries of a {@linkcode TrainedTable} are. */
export interface KnownNetwork<A> {
  /** Its architecture. */
  readonly arch: A;
  /** What it reaches, trained by itself. */
  readonly accuracy: number;
}

/** A network's accuracy with weights that it shares, beside that which it reaches alone. */
export interface OneShotRow<A> extends KnownNetwork<A> {
  /** Its accuracy with inherited weights. */
  readonly oneShot: number;
}

/** How far inherited weights rank networks as training each does. */
export interface OneShotAgreement<A> extends Correlation {
  /** The networks, in the order given. */
  readonly rows: readonly OneShotRow<A>[];
}

/** What {@linkcode oneShotAgreement} needs. */
export interface OneShotAgreementOptions<A> extends Omit<CorrelateOptions, "direction" | "nan"> {
  /** Gives networks their `accuracy` with inherited weights, as {@linkcode oneShotEvaluate} makes it. */
  readonly evaluate: Evaluate<A>;
  /** The networks, of which there must be two at least. */
  readonly networks: readonly KnownNetwork<A>[];
  /** Stops it, which then throws `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Told before each network and at the end. */
  readonly onProgress?: ProgressListener;
}

/**
 * How far a supernet ranks networks as their own trainings do: Spearman's and Kendall's correlations of the
 * accuracies with inherited weights and those that are known. A one-shot search is worth what these are (Yu
 * et al. 2020).
 *
 * @param supernet The supernet.
 * @param options The evaluator, the networks, and the options of {@linkcode correlate}.
 * @throws {RangeError} When there are fewer than two networks, or an option of `correlate` is out of range.
 * @throws {TypeError} When an evaluation gives no `accuracy`.
 *
 * @example
 * ```ts
 * import { nasBench201, oneShotAgreement, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const networks = [[3, 3, 3], [1, 1, 1], [0, 0, 0]].map((choices, i) => ({
 *   arch: space.fromChoices([...choices, ...choices]),
 *   accuracy: 0.9 - i / 10,
 * }));
 * const { spearman, rows } = await oneShotAgreement(supernetOf(space), {
 *   evaluate: (arch) => ({ accuracy: arch[0] === "none" ? 0.1 : 0.5 }),
 *   networks,
 * });
 * assertEquals(rows.map(({ oneShot }) => oneShot), [0.5, 0.5, 0.1]);
 * assertEquals(spearman > 0.8, true);
 * ```
 */
export async function oneShotAgreement<A>(
  { space }: Supernet<A>,
  options: OneShotAgreementOptions<A>,
): Promise<OneShotAgreement<A>> {
  const { evaluate, networks, signal = new AbortController().signal, onProgress } = options;
  const total = networks.length;
  if (total < 2) {
    throw new RangeError(`Cannot compare rankings: networks must be two at least, got ${total}`);
  }
  const report = (done: number) =>
    onProgress?.({ label: "one-shot accuracies", done, total, unit: "networks" });
  const rows: OneShotRow<A>[] = [];
  for (const { arch, accuracy } of networks) {
    await report(rows.length);
    await nextTask();
    signal.throwIfAborted();
    const graph = space.lower(arch);
    const { accuracy: oneShot } = await evaluate(arch, { graph, seed: space.encode(arch), signal });
    if (typeof oneShot !== "number") {
      throw new TypeError(
        `Cannot compare rankings: evaluate must give a number accuracy, got ${oneShot}`,
      );
    }
    rows.push({ arch, accuracy, oneShot });
  }
  await report(total);
  const correlation = correlate(
    rows.map(({ oneShot }) => oneShot),
    rows.map(({ accuracy }) => accuracy),
    options,
  );
  return { ...correlation, rows };
}
