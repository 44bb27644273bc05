import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MedianStopping } from "naskit/estimate/mod.ts";

/** The rule as it is told: all curves but the last are of others. */
function byBruteForce(
  others: readonly (readonly number[])[],
  curve: readonly number[],
  { minEpochs, minTrainings }: { readonly minEpochs: number; readonly minTrainings: number },
): boolean {
  const epoch = curve.length;
  if (epoch < minEpochs) return false;
  const averages: number[] = [];
  for (const other of others) {
    if (other.length < epoch) continue;
    let sum = 0;
    for (let i = 0; i < epoch; i++) sum += other[i]!;
    averages.push(sum / epoch);
  }
  if (averages.length < minTrainings) return false;
  // Below the median: fewer than half are at or below, seen from either of the two in the middle.
  const sorted = averages.sort((a, b) => a - b);
  const n = sorted.length;
  const middle = n % 2 === 1
    ? sorted[(n - 1) / 2]!
    : sorted[n / 2 - 1]! + (sorted[n / 2]! - sorted[n / 2 - 1]!) / 2;
  let best = -Infinity;
  for (const accuracy of curve) if (accuracy > best) best = accuracy;
  return best < middle;
}

const curve = fc.array(fc.integer({ min: 0, max: 20 }).map((n) => n / 20), {
  minLength: 1,
  maxLength: 6,
});
const options = fc.record({
  minEpochs: fc.integer({ min: 1, max: 3 }),
  minTrainings: fc.integer({ min: 1, max: 4 }),
});

Deno.test("it stops what the rule, told in plain loops, stops", () => {
  fc.assert(fc.property(fc.array(curve, { maxLength: 8 }), curve, options, (others, own, rule) => {
    const stopping = new MedianStopping(rule);
    others.forEach((other, i) => stopping.learn(`${i}`, other));
    assertEquals(stopping.stops(own), byBruteForce(others, own, rule));
  }));
});

Deno.test("a replay stops each training where it would have stopped, and forgets the rest of it", () => {
  fc.assert(fc.property(fc.array(curve, { maxLength: 12 }), options, (curves, rule) => {
    const seen: number[][] = [];
    const wanted = curves.map((curve) => {
      let epochs = 1;
      while (epochs < curve.length && !byBruteForce(seen, curve.slice(0, epochs), rule)) epochs++;
      seen.push(curve.slice(0, epochs));
      return { epochs, isStopped: epochs < curve.length };
    });
    assertEquals(new MedianStopping(rule).replay(curves), wanted);
  }));
});

Deno.test("a training that is told twice counts once", () => {
  const stopping = new MedianStopping({ minTrainings: 2 });
  stopping.learn("a", [0.9]);
  stopping.learn("a", [0.9]);
  assertEquals([stopping.trainings, stopping.stops([0.1])], [1, false]);
});

Deno.test("what makes no sense is refused", () => {
  assertThrows(() => new MedianStopping({ minEpochs: 0 }), RangeError, "minEpochs must be a posit");
  const stopping = new MedianStopping();
  assertThrows(() => stopping.learn("a", [NaN]), RangeError, "accuracies[0] must be a finite");
  assertThrows(() => stopping.stops([1, NaN]), RangeError, "accuracies[1] must be a finite");
});
