import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { sumOfLosses } from "naskit/estimate/mod.ts";

Deno.test("the last epochs' losses are summed, as by hand", () => {
  const losses = [2.31, 1.4, 0.9, 0.75, 0.7];
  assertAlmostEquals(sumOfLosses(losses), 6.06, 1e-12);
  assertAlmostEquals(sumOfLosses(losses, { epochs: 3 }), 0.9 + 0.75 + 0.7, 1e-12);
  assertEquals(sumOfLosses(losses, { epochs: 1 }), 0.7);
});

Deno.test("with a decay it is the moving average times a constant", () => {
  const losses = [2.31, 1.4, 0.9, 0.75];
  const decay = 0.9;
  // As the paper has it: average_t = decay * average_(t-1) + (1 - decay) * loss_t, from 0.
  const average = losses.reduce((sum, loss) => decay * sum + (1 - decay) * loss, 0);
  assertAlmostEquals(sumOfLosses(losses, { decay }), average / (1 - decay), 1e-12);
  assertAlmostEquals(sumOfLosses(losses, { decay, epochs: 2 }), 0.9 * 0.9 + 0.75, 1e-12);
});

Deno.test("what makes no sense is refused", () => {
  assertThrows(() => sumOfLosses([]), RangeError, "losses must have at least one");
  assertThrows(() => sumOfLosses([1, NaN]), RangeError, "losses[1] must be a finite number");
  assertThrows(() => sumOfLosses([1], { epochs: 2 }), RangeError, "from 1 to 1, got 2");
  assertThrows(() => sumOfLosses([1], { decay: 0 }), RangeError, "decay must be in (0, 1], got 0");
});
