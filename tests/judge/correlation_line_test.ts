import { assert, assertEquals, assertThrows } from "@std/assert";
import { correlate, correlationLine, createRng, lines } from "naskit";

const rng = createRng("correlation line");
const accuracies = Array.from({ length: 40 }, () => rng());
const noisy = (noise: number) => accuracies.map((accuracy) => accuracy + noise * rng.normal());
const columns = [[1, noisy(1)], [2, noisy(0.3)], [4, noisy(0.05)]] as const;

Deno.test("each point is the correlation of its column, with its interval", () => {
  const line = correlationLine("noise", columns, accuracies, { resamples: 200 });
  const wanted = columns.map(([, scores]) => correlate(scores, accuracies, { resamples: 200 }));
  assertEquals(line.x, [1, 2, 4]);
  assertEquals(line.y, wanted.map(({ spearman }) => spearman));
  assertEquals(line.lower, wanted.map(({ spearmanInterval }) => spearmanInterval[0]));
  assertEquals(line.upper, wanted.map(({ spearmanInterval }) => spearmanInterval[1]));
  assert(line.y[0]! < line.y[2]!);
});

Deno.test("scores of which less is better have the opposite sign", () => {
  const options = { resamples: 50 };
  const more = correlationLine("more", columns, accuracies, options);
  const less = correlationLine("less", columns, accuracies, { ...options, direction: "minimize" });
  assertEquals(less.y, more.y.map((rho) => -rho));
});

Deno.test("it can be drawn as it is", () => {
  const line = correlationLine("noise", columns, accuracies, { resamples: 50 });
  const { data } = lines([line], { title: "Noise", xLabel: "x", yLabel: "ρ" });
  assertEquals(data.at(-1)!.y, line.y);
});

Deno.test("what cannot be correlated is named", () => {
  const task = "Cannot draw a line of correlations: ";
  const scores = [1, 2, 3];
  assertThrows(
    () => correlationLine("a", [], scores),
    RangeError,
    task + "columns must have at least",
  );
  assertThrows(
    () => correlationLine("a", [[2, scores], [1, scores]], scores),
    RangeError,
    task + "x must rise, got 1 after 2",
  );
  assertThrows(
    () => correlationLine("a", [[5, [1, 1, 1]]], scores),
    RangeError,
    task + "the scores at 5 or the accuracies are all the same",
  );
  assertThrows(() => correlationLine("a", [[1, [1, 2]]], scores), RangeError);
});
