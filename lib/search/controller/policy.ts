/**
 * Gives one decision after another its logits, and knows their slopes. The controller turns logits
 * into probabilities, the same way for all policies.
 */
export interface Policy {
  /** All that is learned. */
  readonly parameters: Float64Array;
  /** Drops what was computed from the parameters; to be called when they have changed. */
  forget(): void;
  /** Begins a walk along the decisions. */
  begin(): void;
  /** A number for each option of the next decision; overwritten by the next walk. */
  logits(decision: number): Float64Array;
  /** What was chosen at the decision whose logits were asked for last. */
  choose(decision: number, option: number): void;
  /**
   * Adds the slopes of a function of the walk's logits with regard to the parameters.
   *
   * @param slopes Those with regard to the logits, for every decision whose logits were asked for
   * since `begin`, in this order.
   * @param gradient Where they are added, in the order of the parameters.
   */
  backward(slopes: readonly Float64Array[], gradient: Float64Array): void;
}
