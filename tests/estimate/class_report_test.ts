import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Dataset } from "naskit/data/mod.ts";
import { classReport } from "naskit/estimate/mod.ts";

function datasetOf(labels: readonly number[], classes = ["a", "b", "c"]): Dataset {
  const images = new Float32Array(labels.length);
  return { name: "d", images, labels: Int32Array.from(labels), shape: [1, 1, 1], classes };
}

Deno.test("scores by class are those worked out by hand", () => {
  const report = classReport(datasetOf([0, 0, 0, 1, 1, 2], ["a", "b", "c", "d"]), {
    predictions: Int32Array.of(0, 0, 1, 1, 0, 0),
  });
  assertEquals(report.confusion, [[2, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]);
  const [a, b, c, d] = report.classes;
  assertEquals(a, {
    class: "a",
    images: 3,
    predicted: 4,
    precision: 0.5,
    recall: 2 / 3,
    f1: 4 / 7,
  });
  assertEquals(b, { class: "b", images: 2, predicted: 2, precision: 0.5, recall: 0.5, f1: 0.5 });
  assertEquals(c, { class: "c", images: 1, predicted: 0, precision: NaN, recall: 0, f1: 0 });
  assertEquals(d, { class: "d", images: 0, predicted: 0, precision: NaN, recall: NaN, f1: NaN });
  assertEquals(report.accuracy, 0.5);
  assertAlmostEquals(report.balancedAccuracy, (2 / 3 + 0.5 + 0) / 3, 1e-12);
  assertAlmostEquals(report.macroF1, (4 / 7 + 0.5 + 0) / 3, 1e-12);
});

Deno.test("rows of the matrix are the images, columns the predictions, the diagonal the hits", () => {
  const pairs = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1 });
  fc.assert(fc.property(pairs, (pairs) => {
    const labels = pairs.map(([label]) => label);
    const predictions = Int32Array.from(pairs, ([, prediction]) => prediction);
    const { confusion, classes, accuracy } = classReport(datasetOf(labels), { predictions });
    classes.forEach(({ images, predicted }, k) => {
      assertEquals(images, labels.filter((label) => label === k).length);
      assertEquals(predicted, predictions.filter((prediction) => prediction === k).length);
      assertEquals(confusion[k]!.reduce((sum, count) => sum + count), images);
    });
    const hits = pairs.filter(([label, prediction]) => label === prediction).length;
    assertAlmostEquals(accuracy, hits / pairs.length, 1e-12);
  }));
});

Deno.test("predictions that do not fit the images are refused", () => {
  const dataset = datasetOf([0, 2]);
  assertThrows(
    () => classReport(dataset, { predictions: Int32Array.of(0) }),
    RangeError,
    '"d" has 2 images, got 1 predictions',
  );
  assertThrows(
    () => classReport(dataset, { predictions: Int32Array.of(0, 3) }),
    RangeError,
    "predictions must be from 0 to 2, got 3 at 1",
  );
  assertThrows(
    () => classReport(datasetOf([3]), { predictions: Int32Array.of(0) }),
    RangeError,
    "labels must be from 0 to 2, got 3 at 0",
  );
});
