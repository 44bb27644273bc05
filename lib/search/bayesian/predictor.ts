import type { Json } from "../../engine/json.ts";
import type { Described } from "./features.ts";
import type { Scale } from "./scale.ts";

/** What is expected of a value, on the predictor's own scale. */
export interface Prediction {
  /** The value expected. */
  readonly mean: number;
  /** How far off that may be: the standard deviation. */
  readonly deviation: number;
}

/** Predicts the values of architectures from those of others. */
export interface Predictor {
  /**
   * Takes over all that is known, before predictions are made.
   *
   * @param tried The architectures with known values, in an order that stays.
   * @param values Their values; more is better.
   * @param inFlight Architectures whose values are not known yet.
   */
  learn(
    tried: readonly Described<unknown>[],
    values: Float64Array,
    inFlight: readonly Described<unknown>[],
  ): void;
  /** What is expected of each of some architectures. */
  predict(candidates: readonly Described<unknown>[]): Prediction[];
  /** The best value so far, as the predictor sees it behind the noise. */
  best(): number;
  /** What its predictions mean in the values' own units. */
  readonly scale: Scale;
  /** What cannot be learned from the same outcomes again. */
  snapshot(): Json;
  /** Goes back to what `snapshot` gave; the outcomes are learned by the next `learn`. */
  restore(state: Json): void;
}
