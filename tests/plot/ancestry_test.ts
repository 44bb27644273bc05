import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ancestry, type AncestryTrial } from "naskit/plot/ancestry.ts";

const options = { title: "Ancestors", yLabel: "accuracy (%)" };

/** Trials of which each has up to two earlier ones as parents. */
const families = fc.array(
  fc.record({ value: fc.integer(), a: fc.nat(), b: fc.nat(), count: fc.nat(2) }),
  { minLength: 1, maxLength: 30 },
).map((all) =>
  all.map(({ value, a, b, count }, index): AncestryTrial => ({
    index,
    value,
    parents: index === 0 ? [] : [...new Set([a % index, b % index])].slice(0, count),
  }))
);

Deno.test("ancestry() draws exactly those from whom the trial descends", () => {
  const isFrom = (trials: readonly AncestryTrial[], child: number, ancestor: number): boolean =>
    child === ancestor ||
    trials[child]!.parents!.some((parent) => isFrom(trials, parent, ancestor));
  fc.assert(
    fc.property(families, fc.nat(), (trials, at) => {
      const of = at % trials.length;
      const { data: [others, lines, ancestors] } = ancestry(trials, { ...options, of });
      const expected = trials.map(({ index }) => index).filter((one) => isFrom(trials, of, one));
      assertEquals(ancestors!.x, expected);
      assertEquals(ancestors!.y, expected.map((index) => trials[index]!.value));
      const rest = trials.map(({ index }) => index).filter((one) => !expected.includes(one));
      assertEquals(others!.x, rest);
      const pairs = expected.flatMap((child) =>
        trials[child]!.parents!.flatMap((parent) => [parent, child, null])
      );
      assertEquals(lines!.x, pairs);
    }),
    { seed: 1 },
  );
});

Deno.test("ancestry() writes the labels of ancestors only", () => {
  const figure = ancestry([
    { index: 3, value: 1, label: "first" },
    { index: 4, value: 2, label: "stranger" },
    { index: 8, value: 3, label: "last", parents: [3] },
  ], { ...options, of: 8, baseline: { value: 4, label: "best" } });
  const texts = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);
  assertEquals(texts.sort(), ["best", "first", "last"]);
  assert(JSON.stringify(figure.data[0]).includes("stranger"));
});

Deno.test("ancestry() says what is wrong", () => {
  const trials = [{ index: 0, value: 1 }, { index: 1, value: 2, parents: [5] }];
  assertThrows(() => ancestry([], { ...options, of: 0 }), RangeError, "trials is empty");
  assertThrows(
    () => ancestry(trials, { ...options, of: 7 }),
    RangeError,
    "of must be the index of a trial, got 7",
  );
  assertThrows(
    () => ancestry(trials, { ...options, of: 1 }),
    RangeError,
    "the parents of trial 1 must be trials before it, got 5",
  );
  assertThrows(
    () => ancestry([{ index: 0, value: 1, parents: [0] }], { ...options, of: 0 }),
    RangeError,
    "the parents of trial 0 must be trials before it, got 0",
  );
  assertThrows(
    () => ancestry([trials[0]!, trials[0]!], { ...options, of: 0 }),
    RangeError,
    "trials must have different indices",
  );
  assertThrows(
    () => ancestry([{ index: 0, value: NaN }], { ...options, of: 0 }),
    RangeError,
    "trials[0].value must be a finite number",
  );
});
