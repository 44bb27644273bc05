/** Options of {@linkcode sumOfLosses}. */
export interface SumOfLossesOptions {
  /** How many epochs count, the last ones; all when absent. */
  readonly epochs?: number;
  /**
   * What the loss of each epoch is multiplied with for every epoch behind it, in (0, 1]; 1 when absent,
   * where all count as much.
   */
  readonly decay?: number;
}

/**
 * The sum of a network's training losses over the last epochs (SoTL-E), which ranks networks: less is
 * better. A network that learns fast has a small area under its curve of training losses, and such
 * networks generalise well (Ru, Lyle, Schut, van der Wilk & Gal 2021, "Speedy Performance Estimation
 * for Neural Architecture Search", there also TSE-E). The losses are those of the training steps, so
 * that no validation is needed. With a `decay` it is the paper's moving average (TSE-EMA) times a
 * constant.
 *
 * @param losses Mean training loss of each epoch, in nats, e.g. the curve `trainLoss` of a trial.
 * @throws {RangeError} When there is no loss or one is not finite, there are fewer than `epochs`, or
 * `decay` is not in (0, 1].
 *
 * @example The last two of three epochs
 * ```ts
 * import { sumOfLosses } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sumOfLosses([2, 1, 0.5], { epochs: 2 }), 1.5);
 * assertEquals(sumOfLosses([2, 1, 0.5], { decay: 0.5 }), 1.5);
 * ```
 */
export function sumOfLosses(
  losses: readonly number[],
  { epochs = losses.length, decay = 1 }: SumOfLossesOptions = {},
): number {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot sum losses: ${rule}`);
  };
  if (losses.length === 0) fail("losses must have at least one");
  const bad = losses.findIndex((loss) => !Number.isFinite(loss));
  if (bad >= 0) fail(`losses[${bad}] must be a finite number, got ${losses[bad]}`);
  if (!Number.isSafeInteger(epochs) || epochs < 1 || epochs > losses.length) {
    fail(`epochs must be a whole number from 1 to ${losses.length}, got ${epochs}`);
  }
  if (!(decay > 0 && decay <= 1)) fail(`decay must be in (0, 1], got ${decay}`);
  return losses.slice(losses.length - epochs).reduce((sum, loss) => decay * sum + loss, 0);
}
