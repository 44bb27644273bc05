import { median } from "../../stats/quantile.ts";

/** Options of {@linkcode MedianStopping}. */
export interface MedianStoppingOptions {
  /** Epochs before which no training is stopped; 1 when absent. */
  readonly minEpochs?: number;
  /** How many trainings must have come as far before one is stopped; 5 when absent. */
  readonly minTrainings?: number;
}

/** What {@linkcode MedianStopping.replay} gives for a training. */
export interface StoppedTraining {
  /** How many epochs it had. */
  readonly epochs: number;
  /** Whether it was stopped before its end. */
  readonly isStopped: boolean;
}

/**
 * The median stopping rule (Golovin et al. 2017, "Google Vizier"): a training is stopped after an epoch
 * when the best accuracy it had until then is below the median of the others' running averages, each
 * the mean of their accuracies up to the same epoch. Others are all trainings that came as far,
 * also those that were stopped later.
 *
 * What it decides depends on the trainings it knows of, so the order of trainings counts: in a
 * search, tell it each trial by `onTrial` and keep one in flight, and a search that was interrupted
 * goes on as if it had not been.
 *
 * @example
 * ```ts
 * import { MedianStopping } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const rule = new MedianStopping({ minTrainings: 2 });
 * rule.learn("a", [0.5, 0.7, 0.8]);
 * rule.learn("b", [0.6, 0.8, 0.9]);
 * // Running averages after two epochs: 0.6 and 0.7.
 * assertEquals(rule.stops([0.3, 0.64]), true);
 * assertEquals(rule.stops([0.3, 0.66]), false);
 * ```
 */
export class MedianStopping {
  readonly #minEpochs: number;
  readonly #minTrainings: number;
  /** By name, the running averages of a training. */
  readonly #averages = new Map<string, readonly number[]>();

  /**
   * A rule that knows of no training yet.
   *
   * @throws {RangeError} When an option is no positive whole number.
   */
  constructor({ minEpochs = 1, minTrainings = 5 }: MedianStoppingOptions = {}) {
    for (const [name, value] of Object.entries({ minEpochs, minTrainings })) {
      if (Number.isSafeInteger(value) && value >= 1) continue;
      throw new RangeError(
        `Cannot make MedianStopping: ${name} must be a positive whole number, got ${value}`,
      );
    }
    this.#minEpochs = minEpochs;
    this.#minTrainings = minTrainings;
  }

  /** How many trainings it knows of. */
  get trainings(): number {
    return this.#averages.size;
  }

  /**
   * Learns of a training that ended.
   *
   * @param name Its name, such as the trial's seed; what was known by this name is replaced.
   * @param accuracies Its accuracy after each epoch; more is better.
   * @throws {RangeError} When an accuracy is not finite.
   */
  learn(name: string, accuracies: readonly number[]): void {
    checkAccuracies("Cannot learn of a training", accuracies);
    let sum = 0;
    this.#averages.set(name, accuracies.map((accuracy, i) => (sum += accuracy) / (i + 1)));
  }

  /**
   * Whether a training is to stop.
   *
   * @param accuracies Its accuracy after each epoch until now.
   * @throws {RangeError} When an accuracy is not finite.
   */
  stops(accuracies: readonly number[]): boolean {
    checkAccuracies("Cannot judge a training", accuracies);
    const epochs = accuracies.length;
    if (epochs === 0 || epochs < this.#minEpochs) return false;
    const others = [...this.#averages.values()].flatMap((averages) => averages[epochs - 1] ?? []);
    return others.length >= this.#minTrainings && Math.max(...accuracies) < median(others);
  }

  /**
   * What the rule would have made of trainings that are on record, one after the other: how many epochs
   * each would have had. It learns of them as it goes, and of no more than these epochs.
   *
   * @param curves The accuracies of each by epoch, in order.
   * @throws {RangeError} When an accuracy is not finite.
   *
   * @example
   * ```ts
   * import { MedianStopping } from "naskit";
   * import { assertEquals } from "@std/assert";
   *
   * const curves = [[0.5, 0.7], [0.1, 0.2], [0.6, 0.8]];
   * const epochs = new MedianStopping({ minTrainings: 1 }).replay(curves).map(({ epochs }) => epochs);
   * assertEquals(epochs, [2, 1, 2]);
   * ```
   */
  replay(curves: readonly (readonly number[])[]): StoppedTraining[] {
    return curves.map((curve) => {
      let epochs = 1;
      while (epochs < curve.length && !this.stops(curve.slice(0, epochs))) epochs++;
      this.learn(`replay ${this.trainings}`, curve.slice(0, epochs));
      return { epochs: Math.min(epochs, curve.length), isStopped: epochs < curve.length };
    });
  }
}

function checkAccuracies(task: string, accuracies: readonly number[]): void {
  const bad = accuracies.findIndex((accuracy) => !Number.isFinite(accuracy));
  if (bad < 0) return;
  throw new RangeError(
    `${task}: accuracies[${bad}] must be a finite number, got ${accuracies[bad]}`,
  );
}
