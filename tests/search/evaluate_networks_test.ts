import { assertEquals, assertRejects } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { trainFromScratch } from "naskit/estimate/mod.ts";
import {
  evaluateNetworks,
  type EvaluateNetworksOptions,
  inline,
  workers,
} from "naskit/search/mod.ts";
import { type Evaluate, nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
const networks = Object.fromEntries(
  [1, 2, 3].map((op) => [`op ${op}`, space.lower(space.fromChoices([op, op, op, op, op, op]))]),
);
const seeds = ["a", "b"];

/** Counts nodes, and writes down what it was asked for. */
function counting(): { calls: string[]; evaluate: Evaluate<string> } {
  const calls: string[] = [];
  return {
    calls,
    evaluate: (name, { graph, seed }) => {
      calls.push(`${name}, ${seed}`);
      return { nodes: graph.nodes.length };
    },
  };
}

Deno.test("every network is evaluated once from each seed, seed by seed", async () => {
  const { calls, evaluate } = counting();
  const outcomes = await evaluateNetworks(networks, { evaluate, seeds });
  assertEquals(calls, seeds.flatMap((seed) => [1, 2, 3].map((op) => `op ${op}, ${seed}`)));
  assertEquals(
    outcomes,
    Object.fromEntries(
      Object.entries(networks).map(([name, { nodes: { length: nodes } }]) => [
        name,
        { a: { nodes }, b: { nodes } },
      ]),
    ),
  );
});

Deno.test("training of networks in workers gives what training in line gives", async () => {
  const evaluate = trainFromScratch(await digits({ train: 100, validation: 50 }), { epochs: 1 });
  const expected = await evaluateNetworks(networks, { evaluate, seeds, executor: inline() });
  const actual = await evaluateNetworks(networks, { evaluate, seeds, executor: workers(2) });
  assertEquals(JSON.stringify(actual), JSON.stringify(expected));
});

Deno.test("what was stopped gives what it had, and goes on from there", async () => {
  const whole = await evaluateNetworks(networks, { ...counting(), seeds });
  const { calls, evaluate } = counting();
  const controller = new AbortController();
  const part = await evaluateNetworks(networks, {
    evaluate,
    seeds,
    signal: controller.signal,
    onProgress: ({ done }) => done === 4 ? controller.abort() : undefined,
  });
  assertEquals(Object.values(part).map((each) => Object.keys(each)), [["a", "b"], ["a"], ["a"]]);
  assertEquals(calls.length, 4);
  const seen: string[] = [];
  const rest = await evaluateNetworks(networks, {
    evaluate,
    seeds,
    known: part,
    onProgress: ({ done, total }) => void seen.push(`${done} of ${total}`),
  });
  assertEquals(JSON.stringify(rest), JSON.stringify(whole));
  assertEquals(calls.length, 6);
  assertEquals(seen, ["0 of 2", "1 of 2", "2 of 2"]);
});

Deno.test("an evaluation cut short by the stop does not count", async () => {
  const controller = new AbortController();
  const outcomes = await evaluateNetworks(networks, {
    evaluate: (name, { signal }) => {
      if (name === "op 2") controller.abort();
      return { score: signal.aborted ? 0 : 1 };
    },
    seeds: ["a"],
    signal: controller.signal,
  });
  assertEquals(outcomes, { "op 1": { a: { score: 1 } }, "op 2": {}, "op 3": {} });
});

Deno.test("an evaluation that throws ends all, by name", async () => {
  const { calls, evaluate } = counting();
  const error = await assertRejects(
    () =>
      evaluateNetworks(networks, {
        evaluate: (name, context) => {
          if (name === "op 2") throw new RangeError("on purpose");
          return evaluate(name, context);
        },
        seeds,
      }),
    Error,
    'Cannot evaluate network "op 2" from seed "a": on purpose',
  );
  assertEquals((error.cause as Error).name, "RangeError");
  assertEquals(calls, ["op 1, a"]);
});

Deno.test("a listener that throws ends all", async () => {
  const onProgress = ({ done }: { done: number }) => {
    if (done === 1) throw new Error("no bar");
  };
  const { calls, evaluate } = counting();
  await assertRejects(
    () => evaluateNetworks(networks, { evaluate, seeds, onProgress }),
    Error,
    "no bar",
  );
  assertEquals(calls.length, 1);
});

Deno.test("nothing to evaluate, and seeds that come twice, are refused", async () => {
  const fails = (given: typeof networks, options: Partial<EvaluateNetworksOptions>, text: string) =>
    assertRejects(
      () => evaluateNetworks(given, { ...counting(), seeds, ...options }),
      RangeError,
      text,
    );
  await fails({}, {}, "networks is empty");
  await fails(networks, { seeds: [] }, "seeds is empty");
  await fails(networks, { seeds: ["a", "b", "a"] }, 'seeds must differ, got "a" twice');
});
