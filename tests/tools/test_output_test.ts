import { assertEquals } from "@std/assert";
import { readTestOutput } from "../../tools/test.ts";

Deno.test("the totals of a test run are read, steps and all", () => {
  const output = "b ... ignored (0ms)\n\nok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)\n";
  assertEquals(readTestOutput({ code: 0, output }), {
    passed: 12,
    failed: 0,
    skipped: 1,
    report: "b ... ignored (0ms)",
  });
});

Deno.test("a failing run is reported in full", () => {
  const output = "a ... FAILED\n\nFAILED | 1 passed | 2 failed (1 step) (7ms)\n";
  assertEquals(readTestOutput({ code: 1, output }), {
    passed: 1,
    failed: 2,
    skipped: 0,
    report: output,
  });
});

Deno.test("a run that never came to its totals counts as a failure", () => {
  const output = "error: Type checking failed.";
  assertEquals(readTestOutput({ code: 1, output }), {
    passed: 0,
    failed: 1,
    skipped: 0,
    report: output,
  });
});

Deno.test("an exit code that says failure outweighs totals that say success", () => {
  const output = "ok | 3 passed | 0 failed (7ms)\n";
  assertEquals(readTestOutput({ code: 1, output }).failed, 1);
});
