import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fashion201 } from "naskit/estimate/mod.ts";
import { fashion201Searches, type SearchTrace } from "naskit/judge/mod.ts";
import { formatTrace, parseTraces, traceHeader } from "naskit/judge/search_traces.ts";

const rounded = (digits: number) =>
  fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Number(value.toPrecision(digits)));
const someSteps = fc.array(
  fc.record({
    seconds: fc.nat(5000).map((value) => value / 100),
    digits: fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }),
    figures: fc.record({
      skips: fc.nat(6),
      entropy: rounded(5),
      trainAccuracy: rounded(5),
      validationAccuracy: rounded(5),
    }, { requiredKeys: [] }),
  }),
  { minLength: 1, maxLength: 5 },
).map((steps) => {
  const seconds = steps.map((step) => step.seconds).sort((a, b) => a - b);
  return steps.map(({ digits, figures }, step) => ({
    step,
    cpuSeconds: seconds[step]!,
    operations: digits.join(""),
    ...figures,
  }));
});

Deno.test("searches are read as they were written", () => {
  const someTraces = fc.uniqueArray(
    fc.record({ method: fc.constantFrom("darts", "gdas"), repeat: fc.nat(3), steps: someSteps }),
    { selector: ({ method, repeat }) => `${method} ${repeat}` },
  );
  fc.assert(fc.property(someTraces, (traces) => {
    const text = [`${traceHeader}\n`, ...traces.map(formatTrace)].join("");
    // The property's records have no prototype, which plain data has.
    assertEquals(parseTraces(text), JSON.parse(JSON.stringify(traces)) as SearchTrace[]);
  }));
});

Deno.test("a damaged file of searches is told of with its line", () => {
  const first = "darts,0,0,1.5,012301,1,1.2,0.5,0.4";
  for (
    const [lines, message] of [
      [["method"], 'line 1 is no header of searches: "method"'],
      [[traceHeader, first.replace("012301", "01230")], "line 2 is no step"],
      [[traceHeader, first, first.replace("0.4", "high")], "line 3 is no step"],
      [[traceHeader, `${first},1`], "line 2 is no step"],
      [[traceHeader, first.replace("1.5", "")], "line 2 is no step"],
      [[traceHeader, first, first], "line 3 comes before the one that it follows"],
      [[traceHeader, first, "darts,0,1,1,012301,,,,"], "line 3 comes before"],
    ] as const
  ) {
    assertThrows(() => parseTraces(lines.join("\n") + "\n"), SyntaxError, message);
  }
  assertThrows(() => parseTraces(`${traceHeader}\n${first}`), SyntaxError, "was cut off");
});

Deno.test("the searches that come with the kit return networks that its table knows", async () => {
  const table = await fashion201();
  const traces = await fashion201Searches();
  assert(traces.length > 0);
  for (const { method, repeat, steps } of traces) {
    const unknown = steps.filter(({ operations }) => !table.has(operations));
    assertEquals(unknown, [], `${method} ${repeat}`);
  }
});
