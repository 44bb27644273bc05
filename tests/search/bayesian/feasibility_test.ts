import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { describer } from "naskit/search/bayesian/features.ts";
import { Feasibility, logistic } from "naskit/search/bayesian/feasibility.ts";
import { toyMacs, toySpace } from "../support/toy.ts";

Deno.test("logistic regression finds the log-odds of a table", () => {
  // Of 40 examples with input 0, 30 are positive; of 40 with input 1, 10 are.
  const example = (index: number) => ({ indices: [index], values: [1] });
  const positive = [...Array(30).fill(example(0)), ...Array(10).fill(example(1))];
  const negative = [...Array(10).fill(example(0)), ...Array(30).fill(example(1))];
  const [zero, one, bias] = logistic([...positive, ...negative], 2, 40);
  assertAlmostEquals(zero! + bias!, Math.log(3), 0.03);
  assertAlmostEquals(one! + bias!, -Math.log(3), 0.03);
});

Deno.test("the probability to keep a limit tells those that do from those that do not", () => {
  const space = toySpace(6);
  const describe = describer(space, ["decisions"]);
  const all = [...space.enumerate()];
  const keeps = (arch: (typeof all)[number]) => toyMacs(arch) <= 60;
  const learned = createRng(1).shuffle(all).slice(0, 120);
  const feasibility = new Feasibility(space.decisions.map(({ options }) => options.length));
  assertEquals(feasibility.of(describe(all[0]!)), 1);
  feasibility.learn(
    learned.filter(keeps).map(describe),
    learned.filter((arch) => !keeps(arch)).map(describe),
  );
  const right = all.filter((arch) => feasibility.of(describe(arch)) > 0.5 === keeps(arch));
  assert(right.length > 0.9 * all.length, `${right.length} of ${all.length}`);
});
