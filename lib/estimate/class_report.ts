import type { Dataset } from "../data/mod.ts";
import type { Evaluation } from "./evaluate_model.ts";

/** How a classifier does on one class. Shares in [0, 1]; `NaN` where there is nothing to take a share of. */
export interface ClassScore {
  /** Its name. */
  readonly class: string;
  /** How many images are of the class. */
  readonly images: number;
  /** How many were taken for it. */
  readonly predicted: number;
  /** Share of the images taken for it that are. */
  readonly precision: number;
  /** Share of its images that were taken for it: the accuracy on the class. */
  readonly recall: number;
  /** Harmonic mean of the two; 0 where none of its images was found, `NaN` where it never came up. */
  readonly f1: number;
}

/** How a classifier does, class by class. */
export interface ClassReport {
  /** The classes in the order of the dataset. */
  readonly classes: readonly ClassScore[];
  /** How many images of each class (rows) were taken for each class (columns). */
  readonly confusion: readonly (readonly number[])[];
  /** Share of all images that were taken for what they are. */
  readonly accuracy: number;
  /** Mean recall over the classes that have images. */
  readonly balancedAccuracy: number;
  /** Mean F1 over the classes that came up, in images or predictions. */
  readonly macroF1: number;
}

/**
 * Takes an evaluation apart by class.
 *
 * @param dataset What was evaluated.
 * @param evaluation What {@linkcode evaluateModel} found; its predictions are looked at.
 * @returns The confusion matrix, and what it says of each class.
 * @throws {RangeError} When there is not a prediction for each image, or one is no class of the dataset.
 *
 * @example
 * ```ts
 * import { classReport, type Dataset } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0.1, 0.2, 0.9, 0.4),
 *   labels: Int32Array.of(0, 0, 1, 1),
 *   shape: [1, 1, 1],
 *   classes: ["dark", "bright"],
 * };
 * const { confusion, classes } = classReport(dataset, { predictions: Int32Array.of(0, 0, 1, 0) });
 * assertEquals(confusion, [[2, 0], [1, 1]]);
 * assertEquals(classes.map(({ recall }) => recall), [1, 0.5]);
 * ```
 */
export function classReport(
  { labels, classes, name }: Dataset,
  { predictions }: Pick<Evaluation, "predictions">,
): ClassReport {
  if (predictions.length !== labels.length) {
    throw new RangeError(
      `Cannot report classes: "${name}" has ${labels.length} images, got ${predictions.length} ` +
        "predictions",
    );
  }
  const confusion = classes.map(() => classes.map(() => 0));
  labels.forEach((label, i) => {
    const prediction = predictions[i] as number, row = confusion[label];
    if (row?.[prediction] === undefined) {
      const [what, value] = row ? ["predictions", prediction] : ["labels", label];
      throw new RangeError(
        `Cannot report classes: ${what} must be from 0 to ${
          classes.length - 1
        }, got ${value} at ${i}`,
      );
    }
    row[prediction] = (row[prediction] as number) + 1;
  });
  const hits = confusion.map((row, k) => row[k] as number);
  const scores = classes.map((name, k): ClassScore => {
    const images = sumOf(confusion[k] as number[]);
    const predicted = sumOf(confusion.map((row) => row[k] as number));
    const hit = hits[k] as number;
    return {
      class: name,
      images,
      predicted,
      precision: hit / predicted,
      recall: hit / images,
      f1: 2 * hit / (images + predicted),
    };
  });
  return {
    classes: scores,
    confusion,
    accuracy: sumOf(hits) / labels.length,
    balancedAccuracy: meanOf(scores.map(({ recall }) => recall)),
    macroF1: meanOf(scores.map(({ f1 }) => f1)),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Of the numbers among them. */
function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return sumOf(known) / known.length;
}
