import { cpuSeconds } from "../engine/cpu_seconds.ts";
import { extrapolateCurve, type ExtrapolateCurveOptions } from "../estimate/mod.ts";
import type { SignalColumn } from "./signal_value.ts";

/** A whole training that is on record, such as one of {@linkcode fashion201}. */
export interface RecordedTraining {
  /** The accuracy after each epoch. */
  readonly validationAccuracy: readonly number[];
  /** What the whole training took, in seconds on one core. */
  readonly seconds: number;
}

/** Which signals {@linkcode curveSignals} reads off curves. */
export interface CurveSignalsOptions {
  /** After how many epochs the accuracy is a signal; none when absent. */
  readonly accuracyAfter?: readonly number[];
  /** After how many epochs curves are carried on to their end, three or more; none when absent. */
  readonly extrapolateAfter?: readonly number[];
  /** How they are carried on. */
  readonly extrapolation?: ExtrapolateCurveOptions;
}

/**
 * Signals that the first epochs of whole trainings give, read off trainings that are on record: the accuracy
 * after some epochs, and what {@linkcode extrapolateCurve} makes of the curve until there. They take the
 * epochs' part of the training's time, and an extrapolation its own time as well.
 *
 * The training's schedule is that of all epochs; a training that is shorter as a whole is another signal,
 * see {@linkcode trainAtFidelity}.
 *
 * @param trainings A training of each network.
 * @returns A column for each signal, for {@linkcode signalValue}.
 * @throws {RangeError} When there is no training, or one has not so many epochs.
 *
 * @example
 * ```ts
 * import { curveSignals } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const [column] = curveSignals([
 *   { validationAccuracy: [0.4, 0.5, 0.6, 0.7], seconds: 8 },
 *   { validationAccuracy: [0.3, 0.6, 0.7, 0.8], seconds: 4 },
 * ], { accuracyAfter: [2] });
 * assertEquals(column!.name, "accuracy after 2 epochs");
 * assertEquals([column!.values, column!.seconds], [[0.5, 0.6], [4, 2]]);
 * ```
 */
export function curveSignals(
  trainings: readonly RecordedTraining[],
  { accuracyAfter = [], extrapolateAfter = [], extrapolation = {} }: CurveSignalsOptions = {},
): SignalColumn[] {
  check(trainings, [...accuracyAfter, ...extrapolateAfter]);
  const secondsOf = ({ validationAccuracy, seconds }: RecordedTraining, epochs: number) =>
    seconds * epochs / validationAccuracy.length;
  const accuracies = accuracyAfter.map((epochs): SignalColumn => ({
    name: `accuracy after ${counted(epochs)}`,
    group: "accuracy",
    values: trainings.map(({ validationAccuracy }) => validationAccuracy[epochs - 1] as number),
    seconds: trainings.map((training) => secondsOf(training, epochs)),
  }));
  const extrapolated = extrapolateAfter.map((epochs): SignalColumn => {
    const found = trainings.map((training) => {
      const { validationAccuracy: curve } = training;
      const start = cpuSeconds();
      const { mean } = extrapolateCurve(curve.slice(0, epochs), extrapolation).at(curve.length);
      return { mean, seconds: secondsOf(training, epochs) + cpuSeconds() - start };
    });
    return {
      name: `extrapolated after ${counted(epochs)}`,
      group: "extrapolation",
      values: found.map(({ mean }) => mean),
      seconds: found.map(({ seconds }) => seconds),
    };
  });
  return [...accuracies, ...extrapolated];
}

function counted(epochs: number): string {
  return epochs === 1 ? "1 epoch" : `${epochs} epochs`;
}

function check(trainings: readonly RecordedTraining[], epochs: readonly number[]): void {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot read signals off curves: ${rule}`);
  };
  if (trainings.length === 0) fail("trainings must have at least one");
  const shortest = trainings.reduce(
    (least, { validationAccuracy }) => Math.min(least, validationAccuracy.length),
    Infinity,
  );
  for (const count of epochs) {
    if (Number.isSafeInteger(count) && count >= 1 && count <= shortest) continue;
    fail(`epochs must be whole numbers from 1 to ${shortest}, got ${count}`);
  }
}
