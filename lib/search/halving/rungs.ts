/** How many proposals train for how many epochs. */
export interface Rung {
  /** Proposals. */
  readonly count: number;
  /** Epochs of each. */
  readonly epochs: number;
}

/** Epochs to train for, and how sharply the proposals that go on are chosen. */
export interface HalvingOptions {
  /** Epochs of the longest trainings; those that the evaluation does by itself, usually. */
  readonly maxEpochs: number;
  /** Epochs of the shortest trainings; 1 when absent. */
  readonly minEpochs?: number;
  /** Of so many proposals one goes on, for so many times the epochs; 3 when absent. */
  readonly eta?: number;
}

/** Options with the defaults filled in. */
export interface Halving {
  readonly maxEpochs: number;
  readonly minEpochs: number;
  readonly eta: number;
}

/** Checks the options. Throws a `RangeError` for what makes no sense. */
export function checkHalving(
  task: string,
  { maxEpochs, minEpochs = 1, eta = 3 }: HalvingOptions,
): Halving {
  for (const [name, value] of Object.entries({ maxEpochs, minEpochs })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(`${task}: ${name} must be a whole number from 1 up, got ${value}`);
  }
  if (minEpochs > maxEpochs) {
    throw new RangeError(
      `${task}: minEpochs (${minEpochs}) must be at most maxEpochs (${maxEpochs})`,
    );
  }
  if (!(eta >= 2 && eta < Infinity)) {
    throw new RangeError(`${task}: eta must be a number from 2 up, got ${eta}`);
  }
  return { maxEpochs, minEpochs, eta };
}

/** How often `minEpochs` can be multiplied by `eta` before it exceeds `maxEpochs`. */
export function promotions({ maxEpochs, minEpochs, eta }: Halving): number {
  let times = 0;
  for (let epochs = minEpochs * eta; epochs <= maxEpochs; epochs *= eta) times++;
  return times;
}

/** Epochs on each rung from `skipped` promotions up; the last is `maxEpochs`. */
export function rungEpochs(halving: Halving, skipped = 0): number[] {
  const { maxEpochs, eta } = halving;
  const last = promotions(halving);
  return Array.from(
    { length: last - skipped + 1 },
    (_, i) => Math.max(1, Math.round(maxEpochs / eta ** (last - skipped - i))),
  );
}

/** The rungs of a successive halving that begins with `count` proposals. */
export function rungsOf(count: number, epochs: readonly number[], eta: number): Rung[] {
  return epochs.map((each, i) => ({ count: Math.floor(count / eta ** i), epochs: each }))
    .filter((rung) => rung.count > 0);
}

/**
 * The brackets of Hyperband, from the one with the most and shortest trainings to the one where all
 * are long: bracket s of s_max begins with ⌈(s_max + 1) / (s + 1) · eta^s⌉ proposals.
 */
export function hyperbandBrackets(halving: Halving): Rung[][] {
  const last = promotions(halving);
  return Array.from({ length: last + 1 }, (_, i) => {
    const s = last - i;
    const count = Math.ceil((last + 1) / (s + 1) * halving.eta ** s);
    return rungsOf(count, rungEpochs(halving, i), halving.eta);
  });
}
