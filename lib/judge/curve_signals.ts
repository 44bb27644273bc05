import { cpuSeconds } from "../engine/cpu_seconds.ts";
import {
  extrapolateCurve,
  type ExtrapolateCurveOptions,
  MedianStopping,
  type MedianStoppingOptions,
  sumOfLosses,
} from "../estimate/mod.ts";
import type { SignalColumn } from "./signal_value.ts";

/** A whole training that is on record, such as one of {@linkcode fashion201}. */
export interface RecordedTraining {
  /** The accuracy after each epoch. */
  readonly validationAccuracy: readonly number[];
  /** The mean training loss of each epoch, at least of those whose losses are a signal. */
  readonly trainLoss?: readonly number[];
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
  /** After how many epochs the sum of training losses is a signal, see {@linkcode sumOfLosses}; none when absent. */
  readonly lossSumAfter?: readonly number[];
  /** How many epochs at the end such a sum is of; all when absent, and where there are fewer. */
  readonly lossEpochs?: number;
  /**
   * The rule by which the trainings are stopped, one after the other, so that the accuracy that each came to is a
   * signal; none when absent.
   */
  readonly medianStopping?: MedianStoppingOptions;
}

/**
 * Signals that the first epochs of whole trainings give, read off trainings that are on record: the accuracy
 * after some epochs, the sum of training losses until there, what {@linkcode extrapolateCurve} makes of the curve,
 * and the accuracy where {@linkcode MedianStopping} ends it. They take the epochs' part of the training's time,
 * and an extrapolation its own time as well.
 *
 * The training's schedule is that of all epochs; a training that is shorter as a whole is another signal,
 * see {@linkcode trainAtFidelity}.
 *
 * @param trainings A training of each network.
 * @returns A column for each signal, for {@linkcode signalValue}.
 * @throws {RangeError} When there is no training, or one has not so many epochs, or losses.
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
  options: CurveSignalsOptions = {},
): SignalColumn[] {
  const { accuracyAfter = [], extrapolateAfter = [], lossSumAfter = [], lossEpochs } = options;
  check(trainings, { ...options, accuracies: [...accuracyAfter, ...extrapolateAfter] });
  const accuracies = accuracyAfter.map((epochs): SignalColumn => ({
    name: `accuracy after ${counted(epochs)}`,
    group: "accuracy",
    values: trainings.map(({ validationAccuracy }) => validationAccuracy[epochs - 1] as number),
    seconds: trainings.map((training) => secondsOf(training, epochs)),
  }));
  const losses = lossSumAfter.map((epochs): SignalColumn => ({
    name: `sum of losses after ${counted(epochs)}`,
    group: "training loss",
    direction: "minimize",
    values: trainings.map(({ trainLoss = [] }) =>
      sumOfLosses(trainLoss.slice(0, epochs), { epochs: Math.min(lossEpochs ?? epochs, epochs) })
    ),
    seconds: trainings.map((training) => secondsOf(training, epochs)),
  }));
  const extrapolated = extrapolateAfter.map((epochs): SignalColumn => {
    const found = trainings.map((training) => {
      const { validationAccuracy: curve } = training;
      const start = cpuSeconds();
      const { mean } = extrapolateCurve(curve.slice(0, epochs), options.extrapolation).at(
        curve.length,
      );
      return { mean, seconds: secondsOf(training, epochs) + cpuSeconds() - start };
    });
    return {
      name: `extrapolated after ${counted(epochs)}`,
      group: "extrapolation",
      values: found.map(({ mean }) => mean),
      seconds: found.map(({ seconds }) => seconds),
    };
  });
  const { medianStopping } = options;
  return [
    ...accuracies,
    ...losses,
    ...extrapolated,
    ...(medianStopping === undefined ? [] : [stoppedBy(medianStopping, trainings)]),
  ];
}

/** What part of a training's time its first epochs take. */
function secondsOf({ validationAccuracy, seconds }: RecordedTraining, epochs: number): number {
  return seconds * epochs / validationAccuracy.length;
}

/** What trainings come to that a rule stops one after the other. */
function stoppedBy(
  rule: MedianStoppingOptions,
  trainings: readonly RecordedTraining[],
): SignalColumn {
  const curves = trainings.map(({ validationAccuracy }) => validationAccuracy);
  const stopped = new MedianStopping(rule).replay(curves);
  return {
    name: "median stopping",
    group: "median stopping",
    values: stopped.map(({ epochs }, i) => curves[i]![epochs - 1] as number),
    seconds: stopped.map(({ epochs }, i) => secondsOf(trainings[i]!, epochs)),
  };
}

function counted(epochs: number): string {
  return epochs === 1 ? "1 epoch" : `${epochs} epochs`;
}

function check(
  trainings: readonly RecordedTraining[],
  { accuracies, lossSumAfter = [], lossEpochs }: CurveSignalsOptions & {
    readonly accuracies: readonly number[];
  },
): void {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot read signals off curves: ${rule}`);
  };
  if (trainings.length === 0) fail("trainings must have at least one");
  const checkEpochs = (
    name: string,
    epochs: readonly number[],
    curveOf: (training: RecordedTraining) => readonly number[],
  ) => {
    const shortest = trainings.reduce(
      (least, training) => Math.min(least, curveOf(training).length),
      Infinity,
    );
    for (const count of epochs) {
      if (Number.isSafeInteger(count) && count >= 1 && count <= shortest) continue;
      fail(`${name} must be whole numbers from 1 to ${shortest}, got ${count}`);
    }
  };
  checkEpochs("epochs", accuracies, ({ validationAccuracy }) => validationAccuracy);
  checkEpochs("epochs of losses", lossSumAfter, ({ trainLoss = [] }) => trainLoss);
  if (lossEpochs === undefined || (Number.isSafeInteger(lossEpochs) && lossEpochs >= 1)) return;
  fail(`lossEpochs must be a positive whole number, got ${lossEpochs}`);
}
