import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  allOf,
  anyOf,
  atLeast,
  atMost,
  brokenLimits,
  type Constraint,
  describeConstraint,
  formatQuantity,
  type Limit,
  parseQuantity,
  violated,
} from "naskit/cost/mod.ts";

Deno.test("quantities are read in the kit's units", () => {
  const cases: [string, string, number][] = [
    ["macs", "5 M", 5e6],
    ["macs", "5e6", 5e6],
    ["macs", "5,000,000", 5e6],
    ["params", "1.5k", 1500],
    ["accuracy", "92.5 %", 0.925],
    ["peakMemory", "320 kB", 327_680],
    ["peakMemory", "320 KiB", 327_680],
    ["flash", "1 MB", 1_048_576],
    ["flash", "1_000 B", 1000],
    ["latency", "10 ms", 10],
    ["latency", "250 us", 0.25],
    ["latency", "250 µs", 0.25],
    ["energy", "2 mJ", 2000],
    ["mine", "2 s", 2000],
    ["mine", "-3", -3],
  ];
  for (const [metric, text, value] of cases) assertEquals(parseQuantity(metric, text), value, text);
});

Deno.test("quantities refuse what is no number, no unit, or another metric's unit", () => {
  assertThrows(() => parseQuantity("macs", "many"), SyntaxError, "expected a number and a unit");
  assertThrows(() => parseQuantity("macs", "5 Mio"), SyntaxError, 'got "Mio"');
  assertThrows(() => parseQuantity("macs", "5 toString"), SyntaxError, 'got "toString"');
  assertThrows(
    () => atMost("macs", "5 ms"),
    RangeError,
    'Cannot read "5 ms" as a quantity of "macs": unit must be one of %, k, K, M, G, got "ms"',
  );
  assertThrows(() => atMost("peakMemory", "320 k"), RangeError, 'got "k"');
  assertThrows(() => atMost("peakMemory", "320"), RangeError, "got none");
});

Deno.test("what is formatted reads back as the same number", () => {
  fc.assert(fc.property(
    fc.constantFrom("macs", "peakMemory", "flash"),
    fc.integer({ min: 0, max: 2 ** 40 }),
    (metric, value) => {
      const read = parseQuantity(metric, formatQuantity(metric, value));
      assertEquals(Math.round(read), value);
    },
  ));
  assertEquals(formatQuantity("latency", 12.5), "12.5 ms");
  assertEquals(formatQuantity("energy", 67.6), "67.6 µJ");
  assertEquals(formatQuantity("flash", 1536), "1.5 kB");
});

const limits = fc.record({
  metric: fc.constantFrom("a", "b", "c"),
  bound: fc.constantFrom("atMost" as const, "atLeast" as const),
  limit: fc.integer({ min: 0, max: 4 }),
}, { noNullPrototype: true });
const constraints = fc.letrec<{ node: Constraint }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    limits,
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((all) => allOf(...all)),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((any) => anyOf(...any)),
  ),
})).node;

/** Whether a constraint is kept, by its text. */
function keeps(constraint: Constraint, metrics: { [name: string]: number }): boolean {
  const code = describeConstraint(constraint)
    .replaceAll("≤", "<=").replaceAll("≥", ">=").replaceAll(" and ", " && ")
    .replaceAll(" or ", " || ");
  return new Function("a", "b", "c", `return ${code}`)(metrics.a, metrics.b, metrics.c);
}

Deno.test("combined constraints mean what their text says", () => {
  const values = fc.integer({ min: 0, max: 4 });
  const metrics = fc.record({ a: values, b: values, c: values });
  fc.assert(fc.property(constraints, metrics, (constraint, metrics) => {
    const kept = keeps(constraint, metrics);
    assertEquals(violated([constraint], metrics), kept ? undefined : constraint);
    const broken = brokenLimits(constraint, metrics);
    assertEquals(broken.length > 0, !kept);
    for (const limit of broken) assertEquals(violated([limit], metrics), limit);
    assertEquals(JSON.parse(JSON.stringify(constraint)), constraint);
  }));
});

Deno.test("a plain limit stays the JSON that journals hold", () => {
  const limit: Limit = atMost("macs", 70);
  assertEquals(JSON.stringify(limit), '{"metric":"macs","bound":"atMost","limit":70}');
  assertEquals(atMost("peakMemory", "320 kB"), atMost("peakMemory", 327_680));
});

Deno.test("constraints are described with units", () => {
  const board = allOf(atMost("peakMemory", "320 kB"), atMost("flash", "1 MB"));
  const text = describeConstraint(anyOf(board, atLeast("params", 10)));
  assertEquals(text, "(peakMemory ≤ 320 kB and flash ≤ 1 MB) or params ≥ 10");
  assertThrows(() => allOf(), RangeError, "allOf needs at least one, got none");
  assertMatch(describeConstraint(anyOf(atMost("macs", 1))), /^macs ≤ 1$/);
});
