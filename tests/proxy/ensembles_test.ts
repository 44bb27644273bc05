import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { averageRank, type ScoreColumn, vote } from "naskit/proxy/mod.ts";

const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(NaN, Infinity, -Infinity));
/** Some columns of one length. */
const tables = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5 })).chain(
  ([length, width]) =>
    fc.array(
      fc.record<ScoreColumn>({
        scores: fc.array(number, { minLength: length, maxLength: length }),
        direction: fc.constantFrom("maximize", "minimize"),
      }),
      { minLength: width, maxLength: width },
    ),
);

/** Whether a column has one network before another: 1, -1, or 0. */
function order({ scores, direction }: ScoreColumn, a: number, b: number): number {
  const [x, y] = [scores[a]!, scores[b]!];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(y)) - Number(Number.isNaN(x));
  return (x > y ? 1 : x < y ? -1 : 0) * (direction === "minimize" ? -1 : 1);
}

Deno.test("a vote counts the pairs that a network wins, and an average rank those behind it", () => {
  fc.assert(fc.property(tables, (columns) => {
    const networks = [...columns[0]!.scores as number[]].map((_, i) => i);
    const others = (i: number) => networks.filter((k) => k !== i);
    const wins = networks.map((i) =>
      others(i).reduce((sum, k) => {
        const margin = columns.reduce((margin, column) => margin + order(column, i, k), 0);
        return sum + (margin > 0 ? 1 : margin < 0 ? 0 : 0.5);
      }, 0)
    );
    assertEquals(vote(columns), wins);
    averageRank(columns).forEach((rank, i) => {
      const behind = others(i).reduce(
        (sum, k) => sum + columns.reduce((all, column) => all + (order(column, i, k) + 1) / 2, 0),
        0,
      );
      assertAlmostEquals(rank, 1 + behind / columns.length, 1e-12);
    });
  }));
});

Deno.test("one column alone ranks as it does, as does any number of copies", () => {
  fc.assert(fc.property(tables, fc.integer({ min: 1, max: 4 }), ([column], copies) => {
    const columns = new Array<ScoreColumn>(copies).fill(column!);
    assertEquals(vote(columns), averageRank(columns).map((rank) => rank - 1));
  }));
});

Deno.test("majorities that go in a circle are a draw of all", () => {
  const columns = [{ scores: [3, 2, 1] }, { scores: [1, 3, 2] }, { scores: [2, 1, 3] }];
  assertEquals(vote(columns), [1, 1, 1]);
});

Deno.test("a network that beats all others has all votes, though its average rank be lower", () => {
  const columns = [{ scores: [3, 2, 1, 0] }, { scores: [3, 2, 1, 0] }, { scores: [0, 3, 2, 1] }];
  assertEquals(vote(columns)[0], 3);
  const [first, second] = averageRank(columns);
  assert(second! > first!);
});

Deno.test("columns that do not belong together are refused", () => {
  for (const ensemble of [averageRank, vote]) {
    assertThrows(() => ensemble([]), RangeError, "columns must be some, got none");
    assertThrows(
      () => ensemble([{ scores: [1, 2] }, { scores: [1] }]),
      RangeError,
      "columns must be equally long, got 2 scores and in column 1 1",
    );
    assertThrows(
      () => ensemble([{ scores: [1], direction: "up" as "maximize" }]),
      TypeError,
      "direction must be maximize or minimize, got up in column 0",
    );
  }
});
