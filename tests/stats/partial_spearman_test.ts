import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { averageRanks, partialSpearman } from "naskit/stats/mod.ts";

const columns = fc.array(fc.tuple(fc.nat(6), fc.nat(9), fc.nat(6)), { minLength: 4, maxLength: 30 })
  .map((rows) =>
    [0, 1, 2].map((k) => rows.map((row) => row[k]!)) as [number[], number[], number[]]
  );

/** Pearson's correlation, and what a least-squares line leaves of a column. */
function centred(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.map((value) => value - mean);
}
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function rest(values: readonly number[], control: readonly number[]): number[] {
  const slope = dot(values, control) / dot(control, control);
  return values.map((value, i) => value - slope * control[i]!);
}

Deno.test("it is the correlation of what lines through the control's ranks leave of both", () => {
  fc.assert(fc.property(columns, ([x, y, control]) => {
    const [a, b, c] = [x, y, control].map((column) => centred(averageRanks(column)));
    const [p, q] = [rest(a!, c!), rest(b!, c!)];
    const wanted = dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q));
    const isDefined = dot(c!, c!) > 0 && dot(p, p) > 1e-9 && dot(q, q) > 1e-9;
    if (isDefined) assertAlmostEquals(partialSpearman(x, y, control), wanted, 1e-9);
    else assertEquals(partialSpearman(x, y, control), NaN);
  }));
});
