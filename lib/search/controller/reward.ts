import type { Goal } from "../strategy.ts";
import type { Trial } from "../trial.ts";

/**
 * How a controller is rewarded: with the objective's `"value"`, its negative where little of it is
 * wanted; with the value `"cubed"`, which sets good ones further apart (Zoph & Le 2017); or with the
 * value scaled by a cost.
 */
export type RewardShape = "value" | "cubed" | CostScaledReward;

/**
 * MnasNet's reward (Tan et al. 2019): the value times `(cost / target) ^ exponent`. With their exponent
 * of -0.07 twice the cost takes 5 % of an accuracy. A value of which little is wanted is
 * divided by the same, so that it grows with the cost.
 */
export interface CostScaledReward {
  /** The cost, one of the trial's metrics; it must be positive. */
  readonly metric: string;
  /** The cost that leaves the value as it is, in the metric's unit. */
  readonly target: number;
  /** Negative; -0.07 when absent. */
  readonly exponent?: number;
}

const softExponent = -0.07;

/** Throws a `TypeError` or `RangeError` unless it is a shape. */
export function checkReward(task: string, shape: RewardShape): void {
  if (shape === "value" || shape === "cubed") return;
  if (typeof shape !== "object" || typeof shape?.metric !== "string" || shape.metric === "") {
    throw new TypeError(
      `Cannot ${task}: reward must be "value", "cubed" or name a metric, got ${
        JSON.stringify(shape)
      }`,
    );
  }
  const { target, exponent = softExponent } = shape;
  if (!(target > 0 && target < Infinity)) {
    throw new RangeError(
      `Cannot ${task}: reward.target must be a positive number, got ${target}`,
    );
  }
  if (!(exponent < 0 && exponent > -Infinity)) {
    throw new RangeError(
      `Cannot ${task}: reward.exponent must be a negative number, got ${exponent}`,
    );
  }
}

/** The shape in a strategy's name. */
export function describeReward(shape: RewardShape): string {
  if (typeof shape === "string") return shape;
  return `value × (${shape.metric} / ${shape.target})^${shape.exponent ?? softExponent}`;
}

/**
 * What a complete trial is rewarded with.
 *
 * @throws {RangeError} When the trial lacks the cost, or it is not positive.
 */
export function rewardOf(trial: Trial<unknown>, goal: Goal, shape: RewardShape): number {
  const sign = goal.direction === "maximize" ? 1 : -1;
  const value = sign * (trial.metrics[goal.metric] as number);
  if (shape === "value") return value;
  if (shape === "cubed") return value ** 3;
  const cost = trial.metrics[shape.metric];
  if (cost === undefined || cost <= 0) {
    throw new RangeError(
      `Cannot reward trial ${trial.index}: its ${shape.metric} must be a positive number, got ${cost}`,
    );
  }
  return value * (cost / shape.target) ** (sign * (shape.exponent ?? softExponent));
}
