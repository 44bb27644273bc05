import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import { Controller, type ControllerOptions } from "../../lib/search/mod.ts";
import type { SearchSpace } from "../../lib/space/mod.ts";
import { independentSpace, nestedSpace } from "./support/choice_space.ts";

const small: Record<string, ControllerOptions> = {
  "an LSTM": { units: 4, tanhConstant: Infinity },
  "an LSTM of two layers": { units: 3, layers: 2, temperature: 0.7, tanhConstant: 1.5 },
  "logits": { policy: "logits", temperature: 2, tanhConstant: 2.5 },
};
const spaces: Record<string, SearchSpace<readonly number[]>> = {
  "independent decisions": independentSpace([2, 3, 1, 4]),
  "nested decisions": nestedSpace,
};

/** A softmax of a table, with nothing in between. */
const plain = { policy: "logits", tanhConstant: Infinity } as const;

/** A controller whose parameters are far enough from zero for every non-linearity to bend. */
function started<A>(space: SearchSpace<A>, options: ControllerOptions, seed = "start") {
  const controller = new Controller(space, createRng(seed), options);
  const rng = createRng(`${seed}/more`);
  controller.parameters = controller.parameters.map((each) => each + 0.6 * rng.normal());
  return controller;
}

/** The central difference of a function of the parameters. */
function differences<A>(controller: Controller<A>, value: () => number): number[] {
  const at = controller.parameters;
  const slopes = [...at].map((each, i) => {
    const beside = (step: number) => {
      controller.parameters = at.with(i, each + step);
      return value();
    };
    return (beside(1e-5) - beside(-1e-5)) / 2e-5;
  });
  controller.parameters = at;
  return slopes;
}

function assertNear(found: Iterable<number>, expected: readonly number[], tolerance = 1e-6) {
  const all = [...found];
  assertEquals(all.length, expected.length);
  all.forEach((each, i) =>
    assert(
      Math.abs(each - expected[i]!) <= tolerance * (1 + Math.abs(expected[i]!)),
      `${i}: ${each} is not ${expected[i]}`,
    )
  );
}

const choicesOf = <A>(space: SearchSpace<A>) =>
  [...space.enumerate()].map((arch) => space.toChoices(arch));

for (const [policy, options] of Object.entries(small)) {
  for (const [kind, space] of Object.entries(spaces)) {
    Deno.test(`${policy} over ${kind}: gradients are those of finite differences`, () => {
      const entropyWeight = 0.3;
      const controller = started(space, { ...options, entropyWeight });
      const all = choicesOf(space);
      for (
        const outcome of [
          { choices: all[1]!, advantage: 0.7 },
          { choices: all.at(-2)!, advantage: -1.3 },
        ]
      ) {
        const { choices, advantage } = outcome;
        const expected = differences(controller, () => {
          const { logProbability, entropy } = controller.follow(choices);
          return advantage * logProbability + entropyWeight * entropy;
        });
        assertNear(controller.gradient([outcome]), expected);
        assert(expected.some((slope) => Math.abs(slope) > 1e-3));
      }
    });

    Deno.test(`${policy} over ${kind}: a walk is the same whichever were made before`, () => {
      const controller = started(space, options);
      for (const choices of choicesOf(space)) {
        const { parameters } = controller;
        const { steps } = controller.follow(choices);
        // The same parameters again: what was computed is dropped.
        controller.parameters = parameters;
        assertEquals(controller.follow(choices).steps, steps);
      }
    });

    Deno.test(`${policy} over ${kind}: the probabilities of all architectures come to 1`, () => {
      const controller = started(space, options);
      const sum = choicesOf(space).reduce(
        (sum, choices) => sum + Math.exp(controller.follow(choices).logProbability),
        0,
      );
      assertAlmostEquals(sum, 1, 1e-12);
    });

    Deno.test(`${policy} over ${kind}: architectures come as often as they are probable`, () => {
      const controller = started(space, options);
      const rng = createRng("draws");
      const counts = new Map<string, number>();
      const draws = 3000;
      for (let i = 0; i < draws; i++) {
        const key = controller.sample(rng).choices.join();
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      for (const choices of choicesOf(space)) {
        const p = Math.exp(controller.follow(choices).logProbability);
        const count = counts.get(choices.join()) ?? 0;
        const error = Math.sqrt(draws * p * (1 - p));
        assert(
          Math.abs(count - draws * p) <= 4.5 * error + 1,
          `${choices}: ${count}, ${draws * p}`,
        );
      }
    });

    Deno.test(`${policy} over ${kind}: marginals are what enumeration gives`, () => {
      const controller = started(space, options);
      const exact = space.decisions.map(({ options }) => options.map(() => 0));
      for (const choices of choicesOf(space)) {
        const p = Math.exp(controller.follow(choices).logProbability);
        choices.forEach((choice, decision) => exact[decision]![choice]! += p);
      }
      const found = controller.marginals(createRng("walks"), { walks: 2000 });
      assertEquals(found.map((row) => row.length), exact.map((row) => row.length));
      found.flat().forEach((each, i) => assertAlmostEquals(each, exact.flat()[i]!, 0.03));
    });
  }
}

Deno.test("the mean of single gradients is the exact gradient of the expected reward", () => {
  // Two decisions whose rewards do not add up, by enumeration and by sampling.
  const space = independentSpace([2, 3]);
  const reward = ([a, b]: readonly number[]) => [[1, 0.2, 0.4], [0.1, 0.9, 0.3]][a!]![b!]!;
  for (const options of Object.values(small)) {
    const controller = started(space, options);
    const all = choicesOf(space);
    const exact = differences(
      controller,
      () =>
        all.reduce(
          (sum, choices) =>
            sum + Math.exp(controller.follow(choices).logProbability) * reward(choices),
          0,
        ),
    );
    const spread: number[] = [];
    for (const baseline of [0, 0.5]) {
      const rng = createRng(`draws/${baseline}`);
      const draws = 2000;
      const sums = exact.map(() => 0);
      const squares = exact.map(() => 0);
      for (let i = 0; i < draws; i++) {
        const { choices } = controller.sample(rng);
        controller.gradient([{ choices, advantage: reward(choices) - baseline }]).forEach(
          (slope, k) => {
            sums[k]! += slope;
            squares[k]! += slope ** 2;
          },
        );
      }
      const variances = squares.map((square, k) => square / draws - (sums[k]! / draws) ** 2);
      spread.push(variances.reduce((a, b) => a + b));
      const errors = exact.map((slope, k) =>
        Math.abs(sums[k]! / draws - slope) / Math.sqrt(variances[k]! / draws + 1e-18)
      );
      // Of some hundred slopes a few lie beyond two standard errors; the seed is fixed.
      assert(Math.max(...errors) < 4, `${Math.max(...errors)} standard errors`);
      assert(errors.filter((each) => each > 2).length < 0.15 * errors.length);
    }
    // The same mean, with less variance where the baseline is near the rewards.
    assert(spread[1]! < 0.7 * spread[0]!, `${spread}`);
  }
});

Deno.test("what was exactly as expected teaches nothing", () => {
  for (const options of Object.values(small)) {
    const controller = started(nestedSpace, options);
    const before = controller.parameters;
    const outcomes = choicesOf(nestedSpace).slice(0, 5).map((choices) => ({
      choices,
      advantage: 0,
    }));
    assert(controller.gradient(outcomes).every((slope) => slope === 0));
    controller.learn(outcomes);
    assertEquals(controller.parameters, before);
  }
});

Deno.test("the slopes of a softmax's logits sum to zero", () => {
  const counts = [3, 4];
  const controller = started(independentSpace(counts), {
    policy: "logits",
    tanhConstant: Infinity,
    entropyWeight: 0.5,
  });
  const slopes = controller.gradient([{ choices: [2, 1], advantage: 1.7 }]);
  assertAlmostEquals(slopes.slice(0, 3).reduce((a, b) => a + b), 0, 1e-14);
  assertAlmostEquals(slopes.slice(3).reduce((a, b) => a + b), 0, 1e-14);
});

Deno.test("options that choices before rule out get no probability and no slope", () => {
  const { decisions } = nestedSpace;
  const controller = started(nestedSpace, { policy: "logits" });
  const two = choicesOf(nestedSpace).find((choices) =>
    nestedSpace.fromChoices(choices).length === 2
  )!;
  const { steps } = controller.follow(two);
  assertEquals(steps.length, 3);
  const reached = new Set(steps.map(({ decision }) => decision));
  const slopes = [...controller.gradient([{ choices: two, advantage: 1 }])];
  decisions.forEach(({ options }, decision) => {
    const row = slopes.splice(0, options.length);
    assertEquals(row.some((slope) => slope !== 0), reached.has(decision));
  });
});

Deno.test("the probability of the best arm of a bandit grows to one", () => {
  const space = independentSpace([5]);
  const rng = createRng("bandit");
  for (const options of Object.values(small).map((each) => ({ ...each, tanhConstant: 10 }))) {
    const controller = new Controller(space, rng, { ...options, learningRate: 0.05 });
    const rewards = [0.2, 0.5, 0.9, 0.4, 0.1];
    for (let i = 0; i < 100; i++) {
      const outcomes = Array.from({ length: 10 }, () => {
        const { choices } = controller.sample(rng);
        return { choices, advantage: rewards[choices[0]!]! + 0.1 * rng.normal() - 0.42 };
      });
      controller.learn(outcomes);
    }
    const p = Math.exp(controller.follow([2]).logProbability);
    assert(p > 0.95, `${JSON.stringify(options)}: ${p}`);
  }
});

Deno.test("the entropy bonus alone makes choices even", () => {
  for (const [kind, options] of Object.entries(small)) {
    const space = independentSpace([3, 3]);
    const controller = started(space, { ...options, entropyWeight: 1, learningRate: 0.02 });
    const rng = createRng("entropy");
    const entropy = () => {
      let sum = 0;
      for (const choices of choicesOf(space)) {
        const { logProbability } = controller.follow(choices);
        sum -= Math.exp(logProbability) * logProbability;
      }
      return sum;
    };
    const before = entropy();
    for (let i = 0; i < 300; i++) {
      const { choices } = controller.sample(rng);
      controller.learn([{ choices, advantage: 0 }]);
    }
    assert(before < 0.98 * Math.log(9), `${kind} began at ${before}`);
    assert(entropy() > 0.995 * Math.log(9), `${kind}: ${entropy()}`);
  }
});

Deno.test("a walk's entropy is in the mean that of the policy", () => {
  for (const options of Object.values(small)) {
    const controller = started(nestedSpace, options);
    let [exact, mean] = [0, 0];
    for (const choices of choicesOf(nestedSpace)) {
      const { logProbability, entropy } = controller.follow(choices);
      exact -= Math.exp(logProbability) * logProbability;
      mean += Math.exp(logProbability) * entropy;
    }
    assertAlmostEquals(mean, exact, 1e-12);
  }
});

Deno.test("the first choices are nearly even, and an LSTM's later ones depend on earlier ones", () => {
  const space = independentSpace([3, 5]);
  const controller = new Controller(space, createRng("fresh"), { units: 64 });
  const { steps } = controller.sample(createRng("walk"));
  steps.forEach(({ probabilities }) =>
    probabilities.forEach((p) => assertAlmostEquals(p, 1 / probabilities.length, 0.02))
  );
  const second = (choices: number[], of: Controller<readonly number[]>) =>
    of.follow(choices).steps[1]!.probabilities;
  const lstm = started(space, { units: 4 });
  assert(Math.abs(second([0, 0], lstm)[0]! - second([1, 0], lstm)[0]!) > 0.01);
  const logits = started(space, { policy: "logits" });
  assertEquals(second([0, 0], logits), second([1, 0], logits));
});

Deno.test("the constant of tanh bounds how sure a policy becomes, temperature evens it out", () => {
  const space = independentSpace([4]);
  const highest = (options: ControllerOptions) => {
    const controller = new Controller(space, createRng(1), { policy: "logits", ...options });
    controller.parameters = Float64Array.of(50, -50, -50, -50);
    return Math.exp(controller.follow([0]).logProbability);
  };
  assertAlmostEquals(highest({ tanhConstant: Infinity }), 1, 1e-12);
  assertAlmostEquals(highest({ tanhConstant: 1.5 }), 1 / (1 + 3 * Math.exp(-3)), 1e-12);
  assertAlmostEquals(
    highest({ tanhConstant: Infinity, temperature: 50 }),
    1 / (1 + 3 * Math.exp(-2)),
    1e-12,
  );
});

Deno.test("the first step of Adam is as long as the learning rate, however long the gradient", () => {
  const space = independentSpace([2]);
  for (const advantage of [1, 1e6]) {
    const controller = new Controller(space, createRng(1), {
      policy: "logits",
      learningRate: 0.25,
    });
    const before = controller.parameters;
    controller.learn([{ choices: [0], advantage }]);
    const [up, down] = controller.parameters;
    assertAlmostEquals(up! - before[0]!, 0.25, 1e-6);
    assertAlmostEquals(down! - before[1]!, -0.25, 1e-6);
  }
});

Deno.test("Adam's second step is what its formula gives, after a gradient that was shortened", () => {
  const space = independentSpace([2]);
  const options = { ...plain, learningRate: 0.1, maxNorm: 0.2 };
  const controller = new Controller(space, createRng(1), options);
  controller.learn([{ choices: [0], advantage: 4 }]);
  const before = controller.parameters;
  const outcome = [{ choices: [1], advantage: 0.1 }];
  const second = controller.gradient(outcome)[0]!;
  const first = 0.2 / Math.SQRT2;
  assert(Math.abs(second) < first);
  controller.learn(outcome);
  const m = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.9 ** 2);
  const v = (0.999 * 0.001 * first ** 2 + 0.001 * second ** 2) / (1 - 0.999 ** 2);
  assertAlmostEquals(controller.parameters[0]! - before[0]!, 0.1 * m / Math.sqrt(v), 1e-7);
});

Deno.test("bad input is named", () => {
  const space = independentSpace([2, 2]);
  const make = (options: object) => new Controller(space, createRng(1), options);
  const fails = (message: string, make: () => void, type: typeof RangeError = RangeError) =>
    assertThrows(make, type, message);
  fails('policy must be "lstm" or "logits", got gru', () => make({ policy: "gru" }), TypeError);
  fails("units must be a positive whole number, got 0", () => make({ units: 0 }));
  fails("layers must be a positive whole number, got 1.5", () => make({ layers: 1.5 }));
  fails("temperature must be a positive number, got 0", () => make({ temperature: 0 }));
  fails("learningRate must be a positive number, got NaN", () => make({ learningRate: NaN }));
  fails("tanhConstant must be positive, got -1", () => make({ tanhConstant: -1 }));
  fails("maxNorm must be positive, got 0", () => make({ maxNorm: 0 }));
  fails("entropyWeight must be a number from 0 up, got -1", () => make({ entropyWeight: -1 }));
  const controller = make({});
  fails("outcomes is empty", () => controller.learn([]));
  fails(
    "advantage must be a finite number",
    () => controller.learn([{ choices: [0, 0], advantage: NaN }]),
  );
  fails("choice 1 (decision 1)", () => controller.learn([{ choices: [0, 2], advantage: 1 }]));
  fails("needs 2 choices, got 1", () => controller.follow([0]));
  fails(
    "walks must be a positive whole number",
    () => controller.marginals(createRng(1), { walks: 0 }),
  );
  fails("got 1", () => controller.parameters = Float64Array.of(1));
});
