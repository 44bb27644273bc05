import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Rng } from "../engine/rng.ts";
import { quantile } from "../stats/quantile.ts";
import { spearman } from "../stats/rank_correlation.ts";
import { checkExamples } from "./check.ts";
import type { ArchPredictor, ExpectedValue } from "./predictor.ts";

/** Options of {@linkcode predictorCurves}. */
export interface PredictorCurvesOptions {
  /** From how many architectures predictors learn, rising. */
  readonly sizes: readonly number[];
  /** Draws, for each repeat, which architectures are learnt from and which are held out. */
  readonly rng: Rng;
  /** How often that is done; 5 when absent. */
  readonly repeats?: number;
  /** How many architectures are held out to rank; those beyond the largest size when absent. */
  readonly heldOut?: number;
  /** Scores that learn nothing, by name, one for each architecture, such as parameters or MACs. */
  readonly baselines?: { readonly [name: string]: readonly number[] };
  /** Stops it; then `signal.reason` is thrown. */
  readonly signal?: AbortSignal;
  /** Told at the start and after every fit. */
  readonly onProgress?: ProgressListener;
}

/** How predictions agree with values. */
export interface PredictionAgreement {
  /** Spearman's correlation; `NaN` where all predictions are equal. */
  readonly spearman: number;
  /** The mean distance of predictions and values, in the values' unit; `NaN` for a baseline. */
  readonly meanAbsoluteError: number;
}

/** What came of one fit, on the architectures held out. */
export interface PredictorFit extends PredictionAgreement {
  /** From how many architectures it has learnt. */
  readonly size: number;
  /** Which repeat it is, from 0. */
  readonly repeat: number;
  /** The same on the architectures that it has learnt from. */
  readonly onKnown: PredictionAgreement;
  /** Seconds of fitting and of predicting those held out; 0 for a baseline. */
  readonly seconds: number;
}

/**
 * How well a predictor ranks architectures that it has not seen, by the number it has learnt from. Its x, y,
 * lower and upper are those of a line that `lines` draws.
 */
export interface PredictorCurve {
  /** The predictor's name. */
  readonly name: string;
  /** The sizes. */
  readonly x: readonly number[];
  /** The median over the repeats of Spearman's correlation; repeats that have none do not count. */
  readonly y: readonly number[];
  /** The lower quartile over the repeats. */
  readonly lower: readonly number[];
  /** The upper quartile. */
  readonly upper: readonly number[];
  /**
   * The median on the architectures that it has learnt from. Where that is far above y, it knows by heart what
   * it cannot tell of others.
   */
  readonly known: readonly number[];
  /** Every fit, by size and repeat. */
  readonly fits: readonly PredictorFit[];
}

/**
 * How well predictors rank architectures that they have not seen, against the number they learn from; and
 * those that they have learnt from.
 * In each repeat all of them learn from the same architectures and rank the same others; those of a
 * smaller size are among those of a larger one.
 *
 * @param predictors The predictors.
 * @param rows The features of each architecture, e.g. of {@linkcode archFeatures}.
 * @param values The value of each, e.g. its accuracy.
 * @returns A curve for each predictor, then one for each baseline.
 * @throws {RangeError} When there is no predictor or two of a name, sizes do not rise or leave fewer
 * than two architectures to hold out, a column has another length, or a number is not finite.
 *
 * @example
 * ```ts
 * import { createRng, predictorCurves, ridge } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const rng = createRng("nas");
 * const rows = Array.from({ length: 120 }, () => [rng(), rng(), rng()]);
 * const values = rows.map(([a, b]) => a! + 2 * b! + 0.1 * rng.normal());
 * const baselines = { first: rows.map(([a]) => a!) };
 * const [line, first] = await predictorCurves([ridge()], rows, values, {
 *   sizes: [5, 50],
 *   rng: rng.split("curves"),
 *   baselines,
 * });
 * assert(line!.y[1]! > 0.9 && line!.y[1]! > first!.y[1]!);
 * assertEquals(line!.fits.length, 10);
 * ```
 */
export async function predictorCurves(
  predictors: readonly ArchPredictor[],
  rows: readonly (readonly number[])[],
  values: readonly number[],
  options: PredictorCurvesOptions,
): Promise<PredictorCurve[]> {
  const { sizes, rng, repeats = 5, baselines = {}, signal, onProgress } = options;
  const largest = Math.max(0, ...sizes);
  const { heldOut = rows.length - largest } = options;
  checkExamples(rows, values);
  checkCurves(predictors, rows.length, { sizes, repeats, heldOut, baselines });
  const names = [...predictors.map(({ name }) => name), ...Object.keys(baselines)];
  const fits = new Map<string, PredictorFit[]>(names.map((name) => [name, []]));
  const total = repeats * sizes.length * predictors.length;
  let done = 0;
  const report = () => onProgress?.({ label: "fitting predictors", done, total, unit: "fits" });
  await report();
  for (let repeat = 0; repeat < repeats; repeat++) {
    const order = rng.split(repeat).shuffle([...rows.keys()]);
    const held = order.slice(order.length - heldOut);
    const [heldRows, wanted] = [held.map((i) => rows[i]!), held.map((i) => values[i]!)];
    for (const size of sizes) {
      const known = order.slice(0, size);
      const [knownRows, knownValues] = [known.map((i) => rows[i]!), known.map((i) => values[i]!)];
      for (const predictor of predictors) {
        await nextTask();
        signal?.throwIfAborted();
        const start = performance.now();
        const fitted = predictor.fit(knownRows, knownValues);
        const found = fitted.predict(heldRows);
        const seconds = (performance.now() - start) / 1000;
        fits.get(predictor.name)!.push({
          size,
          repeat,
          ...agreementOf(found, wanted),
          onKnown: agreementOf(fitted.predict(knownRows), knownValues),
          seconds,
        });
        done++;
        await report();
      }
      for (const [name, scores] of Object.entries(baselines)) {
        const ranked = (of: readonly number[], values: readonly number[]) => ({
          spearman: spearman(of.map((i) => scores[i]!), values),
          meanAbsoluteError: NaN,
        });
        const onKnown = ranked(known, knownValues);
        fits.get(name)!.push({ size, repeat, ...ranked(held, wanted), onKnown, seconds: 0 });
      }
    }
  }
  return [...fits].map(([name, each]) => curveOf(name, each, sizes));
}

function agreementOf(
  predictions: readonly ExpectedValue[],
  values: readonly number[],
): PredictionAgreement {
  const means = predictions.map(({ mean }) => mean);
  const distance = means.reduce((sum, mean, i) => sum + Math.abs(mean - values[i]!), 0);
  return { spearman: spearman(means, values), meanAbsoluteError: distance / values.length };
}

function curveOf(
  name: string,
  fits: readonly PredictorFit[],
  sizes: readonly number[],
): PredictorCurve {
  const at = (share: number, of = (fit: PredictorFit): PredictionAgreement => fit) =>
    sizes.map((size) =>
      quantile(
        fits.filter((fit) => fit.size === size).map((fit) => of(fit).spearman)
          .filter((value) => !Number.isNaN(value)),
        share,
      )
    );
  return {
    name,
    x: sizes,
    y: at(0.5),
    lower: at(0.25),
    upper: at(0.75),
    known: at(0.5, ({ onKnown }) => onKnown),
    fits: fits.toSorted((a, b) => a.size - b.size || a.repeat - b.repeat),
  };
}

function checkCurves(
  predictors: readonly ArchPredictor[],
  count: number,
  { sizes, repeats, heldOut, baselines }: Required<
    Pick<PredictorCurvesOptions, "sizes" | "repeats" | "heldOut" | "baselines">
  >,
): void {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot draw predictor curves: ${rule}`);
  };
  const names = [...predictors.map(({ name }) => name), ...Object.keys(baselines)];
  if (predictors.length === 0) fail("predictors must have at least one");
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail(`names must differ, got "${twice}" twice`);
  const rises = sizes.every((size, i) =>
    Number.isSafeInteger(size) && size >= 1 && size > (sizes[i - 1] ?? 0)
  );
  if (sizes.length === 0 || !rises) fail(`sizes must be whole numbers that rise, got [${sizes}]`);
  if (!Number.isSafeInteger(repeats) || repeats < 1) {
    fail(`repeats must be a whole number from 1 up, got ${repeats}`);
  }
  const most = count - (sizes.at(-1) as number);
  if (!Number.isSafeInteger(heldOut) || heldOut < 2 || heldOut > most) {
    fail(`heldOut must be a whole number from 2 to ${most}, got ${heldOut}`);
  }
  for (const [name, scores] of Object.entries(baselines)) {
    if (scores.length !== count) {
      fail(`baseline ${name} must have ${count} numbers as rows, got ${scores.length}`);
    }
    const bad = scores.findIndex((score) => Number.isNaN(score));
    if (bad >= 0) fail(`baseline ${name} is NaN at ${bad}`);
  }
}
