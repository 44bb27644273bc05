import { assert, assertEquals, assertThrows } from "@std/assert";
import { decisionBars, type DecisionRow } from "naskit/plot/mod.ts";

const labels = { title: "Decisions", optionNames: ["skip", "conv", "pool"] };
const row = (shares: readonly (readonly number[])[], more: Partial<DecisionRow> = {}) => ({
  decisions: shares.map((each, i) => ({ name: `edge ${i}`, shares: each })),
  ...more,
});
const even = [0.2, 0.3, 0.5];

Deno.test("decisionBars() stacks the shares of each decision, an option a trace", () => {
  const { data, layout } = decisionBars([row([even, [0.6, 0.4, 0]])], labels);
  assertEquals(data.map(({ name }) => name), ["skip", "conv", "pool"]);
  assertEquals(data.map(({ y }) => y), [[0.2, 0.6], [0.3, 0.4], [0.5, 0]]);
  assertEquals(layout.barmode, "stack");
  assertEquals((layout.xaxis as { ticktext: string[] }).ticktext, ["edge 0", "edge 1"]);
});

Deno.test("decisionBars() sets rows below each other, in the same colours, with one legend", () => {
  const rows = ["start", "middle", "end"].map((name) => row([even], { name }));
  const { data, layout } = decisionBars(rows, labels);
  assertEquals(data.length, 9);
  assertEquals(data.map(({ yaxis }) => yaxis), ["y", "y2", "y3"].flatMap((y) => [y, y, y]));
  assertEquals(data.filter(({ showlegend }) => showlegend).length, 3);
  const domains = ["yaxis", "yaxis2", "yaxis3"].map((axis) =>
    (layout[axis] as { domain: [number, number] }).domain
  );
  assertEquals(domains[0]![1], 1);
  assert(domains[1]![1] < domains[0]![0] && domains[2]![1] < domains[1]![0]);
  assert(domains[2]![0] < 1e-9);
  assert((layout.height as number) > 500);
});

Deno.test("decisionBars() frames what was chosen", () => {
  const decisions = [
    { name: "a", shares: even, chosen: 1 },
    { name: "b", shares: even },
    { name: "c", shares: even, chosen: 2 },
  ];
  const shapes = decisionBars([{ decisions }], labels).layout.shapes as {
    x0: number;
    x1: number;
    y0: number;
    y1: number;
  }[];
  assertEquals(shapes.map(({ x0, x1 }) => Math.round((x0 + x1) / 2)), [0, 2]);
  assertEquals(shapes.map(({ y0, y1 }) => [y0, y1]), [[0.2, 0.5], [0.5, 1]]);
});

Deno.test("decisionBars() writes the shares that have room, in the middle of their part", () => {
  const { layout } = decisionBars([row([[0.05, 0.35, 0.6]])], labels);
  const notes = layout.annotations as { text: string; y: number }[];
  assertEquals(notes.map(({ text }) => text), ["0.35", "0.60"]);
  assertEquals(notes.map(({ y }) => Number(y.toFixed(3))), [0.225, 0.7]);
  const many = decisionBars([row(Array(60).fill(even))], { ...labels, width: 500 });
  assertEquals(many.layout.annotations, []);
});

Deno.test("decisionBars() names what is wrong", () => {
  const fails = (rows: readonly DecisionRow[], message: string) =>
    assertThrows(() => decisionBars(rows, labels), RangeError, message);
  fails([], "rows is empty");
  fails([row([])], "rows[0].decisions is empty");
  fails(
    [row([even]), row([even, even])],
    "rows[1] must have the decisions edge 0, got edge 0, edge 1",
  );
  fails([row([[0.5, 0.5]])], "rows[0].decisions[0] must have 3 shares, got 2");
  fails([row([[0.5, 0.6, 0]])], "must not be negative and come to 1, got 0.5, 0.6, 0");
  fails([row([[1.5, -0.5, 0]])], "must not be negative and come to 1");
  fails([row([[NaN, 0, 1]])], "rows[0].decisions[0].shares[0] must be a finite number, got NaN");
  const chosen = { decisions: [{ name: "a", shares: even, chosen: 3 }] };
  fails([chosen], "rows[0].decisions[0].chosen must be an option from 0 to 2, got 3");
});
