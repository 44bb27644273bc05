/** What a predictor expects of one architecture. */
export interface ExpectedValue {
  /** The value expected. */
  readonly mean: number;
  /**
   * How far off the mean may be, as a standard deviation; the noise of a single training is not in it.
   * Absent where the predictor cannot tell.
   */
  readonly spread?: number;
}

/** A predictor that has learnt. */
export interface FittedPredictor {
  /**
   * What is expected of some architectures.
   *
   * @param rows The features of each, as many as it has learnt from.
   * @throws {RangeError} When a row has another length or a number in it is not finite.
   */
  predict(rows: readonly (readonly number[])[]): ExpectedValue[];
}

/**
 * Learns what architectures are worth, e.g. their accuracy, from their features, e.g. those of
 * {@linkcode archFeatures}.
 */
export interface ArchPredictor {
  /** Names it. */
  readonly name: string;
  /**
   * Learns from architectures whose value is known. Equal data gives equal predictions.
   *
   * @param rows The features of each.
   * @param values The value of each.
   * @throws {RangeError} When there is no row, lengths differ, or a number is not finite.
   */
  fit(rows: readonly (readonly number[])[], values: readonly number[]): FittedPredictor;
}
