import { assert, assertEquals, assertThrows } from "@std/assert";
import { bars } from "naskit/plot/bars.ts";

const labels = { title: "Strategies", yLabel: "accuracy (%)" };

Deno.test("bars() keeps the order and writes the labels under the bars", () => {
  const { data, layout } = bars([{ label: "b", value: 2 }, { label: "a", value: 1 }], labels);
  assertEquals(data[0]!.y, [2, 1]);
  assertEquals(data[0]!.x, [0, 1]);
  assertEquals((layout.xaxis as { ticktext: string[] }).ticktext, ["b", "a"]);
});

Deno.test("bars() sets groups side by side within the room of their label", () => {
  const { data, layout } = bars([
    { label: "Zen", group: "Macro", value: 1 },
    { label: "Zen", group: "Cell", value: 2 },
    { label: "SNIP", group: "Cell", value: 3 },
  ], labels);
  assertEquals(data.map((trace) => trace.name), ["Macro", "Cell"]);
  const [macro, cell] = data as unknown as { x: number[]; width: number }[];
  assertEquals(cell!.x.map(Math.round), [0, 1]);
  assert(cell!.x[0]! - macro!.x[0]! >= macro!.width, "bars overlap");
  assert(macro!.x[0]! - macro!.width / 2 > -0.5, "the bar leaves its label's room");
  assertEquals(layout.showlegend, true);
});

Deno.test("bars() draws errors, equal on both sides or not", () => {
  const { data } = bars([
    { label: "a", value: 5, error: 1 },
    { label: "b", value: 6, error: [2, 3] },
    { label: "c", value: 7 },
  ], labels);
  const error = data[0]!.error_y as { array: number[]; arrayminus: number[] };
  assertEquals(error.array, [1, 3, 0]);
  assertEquals(error.arrayminus, [1, 2, 0]);
});

Deno.test("bars() turns everything when horizontal", () => {
  const { data } = bars([{ label: "a", value: 5, error: 1 }], { ...labels, horizontal: true });
  assertEquals([data[0]!.x, data[0]!.y, data[0]!.orientation], [[5], [0], "h"]);
  assert("error_x" in data[0]! && !("error_y" in data[0]!));
});

Deno.test("bars() writes values beyond bar and error, and leaves room for them", () => {
  const { data, layout } = bars([
    { label: "a", value: 1_500_000, error: 200_000 },
    { label: "b", value: -1_000_000 },
  ], { ...labels, annotate: true });
  assertEquals(data[1]!.text, ["1.5M", "-1M"]);
  const ends = data[1]!.y as number[];
  assert(ends[0]! > 1_700_000 && ends[1]! < -1_000_000);
  const [low, high] = (layout.yaxis as { range: number[] }).range;
  assert(high! > ends[0]! && low! < ends[1]!);
  const exact = bars([{ label: "a", value: 93.456 }], { ...labels, annotate: true, digits: 2 });
  assertEquals(exact.data[1]!.text, ["93.46"]);
});

Deno.test("bars() reaches as far as its baseline", () => {
  const baseline = { value: 9, label: "optimum" };
  for (const horizontal of [false, true]) {
    const options = { ...labels, annotate: true, horizontal, baseline };
    const { layout } = bars([{ label: "a", value: 5 }], options);
    const axis = (horizontal ? layout.xaxis : layout.yaxis) as { range: number[] };
    assert(axis.range[1]! > 9);
  }
});

Deno.test("bars() on a log axis reach from the power of ten below the least past the greatest", () => {
  for (const horizontal of [false, true]) {
    const { data, layout } = bars([
      { label: "small", value: 0.02 },
      { label: "power", value: 0.01, error: 0 },
      { label: "large", value: 3e17, error: [1e17, 2e17], text: "many <years>" },
    ], { ...labels, log: true, annotate: true, horizontal });
    const axis = (horizontal ? layout.xaxis : layout.yaxis) as { type: string; range: number[] };
    assertEquals([axis.type, axis.range[0]], ["log", -3]);
    const ends = (horizontal ? data[1]!.x : data[1]!.y) as number[];
    assert(ends[0]! > 0.02 && ends[0]! < 0.05 && ends[2]! > 5e17, "values stand beyond the bars");
    assert(axis.range[1]! > Math.log10(ends[2]!), "and within the axis");
    assertEquals((data[1]!.text as string[]).map((text) => text.replaceAll("\u00a0", "")), [
      "0.02",
      "0.01",
      "many &lt;years&gt;",
    ]);
  }
});

Deno.test("bars() on a log axis refuse what it cannot show", () => {
  const log = { ...labels, log: true };
  assertThrows(
    () => bars([{ label: "a", value: 0 }], log),
    RangeError,
    "items[0].value must be positive on a log axis, got 0",
  );
  assertThrows(
    () => bars([{ label: "a", value: 2, error: 3 }], log),
    RangeError,
    "items[0].value less its error must be positive on a log axis, got -1",
  );
  assertThrows(
    () => bars([{ label: "a", value: 2 }], { ...log, range: [0, 1] }),
    RangeError,
    "range[0] must be positive on a log axis, got 0",
  );
  assertThrows(
    () => bars([{ label: "a", value: 2 }], { ...log, stacked: true }),
    RangeError,
    "bars on a log axis must not be stacked",
  );
});

Deno.test("bars() names what is wrong", () => {
  assertThrows(() => bars([], labels), RangeError, "items is empty");
  assertThrows(
    () => bars([{ label: "a", value: NaN }], labels),
    RangeError,
    "items[0].value must be a finite number, got NaN",
  );
  assertThrows(
    () => bars([{ label: "a", value: 1, error: -1 }], labels),
    RangeError,
    "items[0].error must not be negative, got -1",
  );
  assertThrows(
    () => bars([{ label: "a", value: 1 }, { label: "a", value: 2 }], labels),
    RangeError,
    'items[1] has the label "a" again',
  );
});

Deno.test("bars() stacks the parts of a label and writes what they come to", () => {
  const parts = [
    { label: "C=4", group: "forward", value: 2 },
    { label: "C=4", group: "backward", value: 3 },
    { label: "C=8", group: "backward", value: 7 },
  ];
  const { data, layout } = bars(parts, { ...labels, stacked: true, annotate: true });
  assertEquals(layout.barmode, "stack");
  assertEquals(data.slice(0, 2).map(({ x, y }) => [x, y]), [[[0], [2]], [[0, 1], [3, 7]]]);
  assertEquals(data[2]!.text, ["5", "7"]);
  assertEquals(data[2]!.x, [0, 1]);
  assert((data[2]!.y as number[])[0]! > 5);
  const [low, high] = (layout.yaxis as { range: number[] }).range;
  assert(low === 0 && high! > 7);
  for (const part of [{ value: -1 }, { value: 1, error: 1 }]) {
    assertThrows(
      () => bars([{ label: "a", ...part }], { ...labels, stacked: true }),
      RangeError,
      "items[0] must have no error and not be negative where bars are stacked",
    );
  }
});
