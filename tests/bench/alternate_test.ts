import { assertEquals } from "@std/assert";
import { alternate, type Runner, runsPerTurn } from "./alternate.ts";

/** Something that takes as long as it says, and notes when it is run. */
function pretend(name: string, milliseconds: readonly number[], log: string[]): Runner {
  let run = 0;
  return {
    time: (times) => {
      log.push(`${name} x${times}`);
      return Promise.resolve(
        Array.from({ length: times }, () => milliseconds[run++ % milliseconds.length] as number),
      );
    },
  };
}

Deno.test("ours and the peers take turns, and the minimum of a turn counts", async () => {
  const log: string[] = [];
  const ours = pretend("ours", [100, 110, 120], log);
  const peers = { a: pretend("a", [90, 95], log), b: pretend("b", [300, 290, 280], log) };
  const measured = await alternate(ours, peers, { repeats: 2, runs: 5, warmUp: 0 });
  const turns = ["ours x2", "a x2", "b x2"];
  const warmUp = ["ours x1", "a x1", "a x2", "b x1", "b x2"];
  assertEquals(log, [...warmUp, ...turns, ...turns]);
  assertEquals(measured, { ours: [110, 100], peers: { a: [90, 90], b: [290, 280] } });
});

Deno.test("work without peers is timed alone", async () => {
  const measured = await alternate(pretend("ours", [250], []), {}, {
    repeats: 3,
    runs: 2,
    warmUp: 0,
  });
  assertEquals(measured, { ours: [250, 250, 250], peers: {} });
});

Deno.test("a turn has more runs of quick work, and one of slow work", () => {
  assertEquals([0.1, 50, 150, 399, 401].map((ms) => runsPerTurn(ms, 8)), [8, 4, 2, 2, 1]);
  assertEquals(runsPerTurn(100, 1), 1);
});
