import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { rateFactor, type RateSchedule } from "naskit/estimate/mod.ts";
import { trainingFixture } from "./support/training_fixture.ts";

const { schedules: expected } = await trainingFixture();
const cosine: RateSchedule = { kind: "cosine" };

const schedules: { readonly [name: string]: RateSchedule } = {
  "cosine": { kind: "cosine", end: 0.1 },
  "step": { kind: "step", at: [0.5, 0.75], factor: 0.2 },
  "linear": { kind: "linear", end: 0.25 },
  "exponential": { kind: "exponential", end: 0.01 },
  "oneCycle": { kind: "oneCycle" },
  "restarts": { kind: "repeat", times: 4, each: cosine },
  "warmUp": { kind: "warmUp", share: 0.2, then: cosine },
};

const factorsOf = (schedule: RateSchedule, steps: number) =>
  Array.from({ length: steps }, (_, step) => rateFactor(schedule, { step, steps }));

for (const [name, schedule] of Object.entries(schedules)) {
  Deno.test(`a schedule goes as PyTorch's: ${name}`, () => {
    const factors = factorsOf(schedule, 20);
    factors.forEach((factor, i) => assertAlmostEquals(factor, expected[name]![i]!, 1e-12, `${i}`));
  });
}

Deno.test("schedules begin, turn and end where their closed forms do", () => {
  assertEquals(factorsOf({ kind: "constant" }, 3), [1, 1, 1]);
  assertEquals(factorsOf({ kind: "linear" }, 4), [1, 0.75, 0.5, 0.25]);
  assertEquals(factorsOf({ kind: "step", at: [0.5] }, 4), [1, 1, 0.1, 0.1]);
  const cycle = factorsOf({ kind: "oneCycle", peak: 0.5, start: 0.1, end: 0.01 }, 100);
  assertAlmostEquals(cycle[0]!, 0.1, 1e-12);
  assertEquals(cycle[49], 1);
  assertAlmostEquals(cycle[99]!, 0.01, 1e-12);
  const parts = [{ share: 0.25, schedule: { kind: "constant" } }, {
    share: 0.75,
    schedule: cosine,
  }];
  const sequence = factorsOf({ kind: "sequence", parts } as RateSchedule, 8);
  assertEquals(sequence, [1, 1, ...factorsOf(cosine, 6)]);
});

Deno.test("a warm-up ends where the schedule after it begins, which then has the rest", () => {
  const then: RateSchedule = { kind: "oneCycle", start: 0.5 };
  const factors = factorsOf({ kind: "warmUp", share: 0.25, start: 0, then }, 16);
  [0, 0.125, 0.25, 0.375].forEach((factor, i) => assertAlmostEquals(factors[i]!, factor, 1e-12));
  assertEquals(factors.slice(4), factorsOf(then, 12));
  assertEquals(factorsOf({ kind: "warmUp", share: 0, then }, 5), factorsOf(then, 5));
});

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const factor = fc.double({ min: 0, max: 1, noNaN: true });
const { schedule } = fc.letrec<{ schedule: RateSchedule }>((tie) => ({
  schedule: fc.oneof(
    { maxDepth: 3 },
    fc.constant<RateSchedule>({ kind: "constant" }),
    fc.record({ kind: fc.constantFrom("cosine", "linear"), end: factor }),
    fc.record({ kind: fc.constant("exponential"), end: share }),
    fc.record({ kind: fc.constant("step"), at: fc.array(share), factor }),
    fc.record({ kind: fc.constant("oneCycle"), peak: share, start: factor, end: factor }),
    fc.record({ kind: fc.constant("warmUp"), share, start: factor, then: tie("schedule") }),
    fc.record({
      kind: fc.constant("repeat"),
      times: fc.integer({ min: 1, max: 5 }),
      each: tie("schedule"),
    }),
    fc.record({
      kind: fc.constant("sequence"),
      parts: fc.tuple(share, tie("schedule"), tie("schedule")).map(([share, a, b]) => [
        { share, schedule: a },
        { share: 1 - share, schedule: b },
      ]),
    }),
  ) as fc.Arbitrary<RateSchedule>,
}));

Deno.test("any schedule gives every step of any training a factor in [0, 1], if its own are", () => {
  fc.assert(fc.property(schedule, fc.integer({ min: 1, max: 40 }), (schedule, steps) => {
    const read: RateSchedule = JSON.parse(JSON.stringify(schedule));
    for (const factor of factorsOf(read, steps)) {
      assert(factor >= -1e-12 && factor <= 1 + 1e-12, `${factor}`);
    }
  }));
});

Deno.test("numbers that no schedule has, and steps that no training has, are refused", () => {
  const bad: [RateSchedule, string][] = [
    [{ kind: "cosine", end: -1 }, 'end of "cosine" must be at least 0, got -1'],
    [{ kind: "exponential", end: 0 }, 'end of "exponential" must be above 0, got 0'],
    [{ kind: "step", at: [1] }, 'at of "step" must be shares in (0, 1), got [1]'],
    [{ kind: "oneCycle", peak: 1 }, 'peak of "oneCycle" must be in (0, 1), got 1'],
    [{ kind: "warmUp", share: 1, then: cosine }, 'share of "warmUp" must be in [0, 1), got 1'],
    [{ kind: "warmUp", share: 0, then: { kind: "linear", end: NaN } }, 'end of "linear"'],
    [{ kind: "repeat", times: 0, each: cosine }, 'times of "repeat" must be a positive whole'],
    [{ kind: "sequence", parts: [] }, 'parts of "sequence" must be shares above 0 that add up'],
    [{ kind: "sine" } as unknown as RateSchedule, "must be a known one"],
  ];
  for (const [schedule, message] of bad) {
    assertThrows(() => rateFactor(schedule, { step: 0, steps: 1 }), RangeError, message);
  }
  for (const [step, steps] of [[1, 1], [-1, 3], [0.5, 3], [0, 0]] as const) {
    assertThrows(() => rateFactor(cosine, { step, steps }), RangeError, `got ${step} of ${steps}`);
  }
});
