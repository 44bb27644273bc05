import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { batch, type Dataset } from "naskit/data/mod.ts";
import { createRng, type Progress } from "naskit/engine/mod.ts";
import { compile } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import {
  addCost,
  type CostForm,
  type CostPoint,
  countSkips,
  darts,
  gdas,
  gradientEpochs,
  type GradientMethod,
  type GradientOptions,
  type GradientResult,
  gradientSearch,
  oneShot,
  proxyless,
  type SearchData,
  supernetOf,
} from "naskit/supernet/mod.ts";
import { settingsOf } from "naskit/supernet/gradient_options.ts";

const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 4, inputChannels: 1, classes: 3 });
const supernet = supernetOf(space);

/** Images whose brighter columns tell their class. */
function stripes(count: number, seed: string): Dataset {
  const rng = createRng(seed), labels = Int32Array.from({ length: count }, () => rng.int(3));
  const images = Float32Array.from(
    { length: 16 * count },
    (_, i) => 0.3 * rng.normal() + Number(i % 4 === labels[Math.floor(i / 16)]),
  );
  return { name: seed, images, labels, shape: [4, 4, 1], classes: ["a", "b", "c"] };
}

const data = { train: stripes(60, "train"), validation: stripes(25, "validation") };
const quick: GradientOptions = {
  seed: "nas",
  epochs: 3,
  batchSize: 10,
  weights: { learningRate: 0.1 },
};
type Result = GradientResult<typeof space extends { sample(rng: never): infer A } ? A : never>;

/** All of a result but its times. */
function timeless({ seconds: _, epochs, ...rest }: Result): unknown {
  return { ...rest, epochs: epochs.map(({ seconds: _, ...record }) => record) };
}

const methods: Record<string, GradientMethod> = {
  DARTS: darts(),
  "DARTS of second order": darts({ order: 2, perturb: { from: 0, to: 0.1 } }),
  FairDARTS: darts({ gating: "sigmoid" }),
  GDAS: gdas(),
  ProxylessNAS: proxyless({ every: 2 }),
  "one-shot training": oneShot(),
  "fair one-shot training": oneShot({ sampling: "fair" }),
};

for (const [name, method] of Object.entries(methods)) {
  Deno.test(`${name} that was stopped and goes on ends where it ends without a stop`, async () => {
    const options = { ...quick, skips: { limit: 2 }, drops: [{ after: 2, keep: 3 }] };
    const whole = await gradientSearch(supernet, method, data, options);
    assertEquals(whole.stopped, "done");
    // Weights that learn alone have all images.
    const stepsPerEpoch = method.learns === false ? 6 : 3;
    assertEquals(whole.steps, 3 * stepsPerEpoch);
    const folder = await Deno.makeTempDir();
    try {
      const checkpoint = `${folder}/search`;
      // Stopped in the middle of the second epoch.
      const controller = new AbortController();
      let batches = 0;
      const counting: GradientMethod = {
        ...method,
        step: (step) => {
          if (++batches === stepsPerEpoch + 2) controller.abort();
          return method.step(step);
        },
      };
      const part = await gradientSearch(supernet, counting, data, {
        ...options,
        checkpoint,
        signal: controller.signal,
      });
      assertEquals([part.stopped, part.epochs.length], ["aborted", 1]);
      assertEquals(part.steps, stepsPerEpoch + 2);
      const rest = await gradientSearch(supernet, method, data, { ...options, checkpoint });
      assertEquals(timeless(rest), timeless(whole));
      // And is not begun again when it is done.
      assertEquals(
        timeless(await gradientSearch(supernet, method, data, { ...options, checkpoint })),
        timeless(whole),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the same seed searches the same, another one another way", async () => {
  const [a, b, c] = await Promise.all(
    ["one", "one", "two"].map((seed) =>
      gradientSearch(supernet, darts(), data, { ...quick, seed })
    ),
  ) as [Result, Result, Result];
  assertEquals(timeless(a), timeless(b));
  assertNotEquals(a.logits, c.logits);
});

Deno.test("records say what there is to plot, and what they say holds", async () => {
  const costs = new Map([["edge 0→1", [0, 0, 10, 90, 0]]]);
  const cost = { costs, constant: 5, form: addCost(1e-3) };
  const told: Progress[] = [];
  const seen = [];
  const options = { ...quick, cost, onProgress: (progress: Progress) => void told.push(progress) };
  const epochs = gradientEpochs(supernet, darts(), data, options);
  let result: Result | undefined;
  while (result === undefined) {
    const { done, value } = await epochs.next();
    if (done) result = value;
    else seen.push(value);
  }
  assertEquals(seen, [...result.epochs]);
  assertEquals(told.map(({ done, total }) => [done, total]), [[0, 3], [1, 3], [2, 3], [3, 3]]);
  const last = seen.at(-1)!;
  assertEquals([last.arch, last.logits, last.probabilities], [
    result.arch,
    result.logits,
    result.probabilities,
  ]);
  assertEquals(seen.map(({ epoch, epochs }) => [epoch, epochs]), [[0, 3], [1, 3], [2, 3]]);
  for (const record of seen) {
    assertEquals(record.arch, supernet.archOf(record.probabilities));
    assertEquals(record.skips, countSkips(supernet, record.arch));
    assertEquals([...record.candidates.values()].flat().length, 30);
    const [, , small, large] = record.probabilities.get("edge 0→1")!;
    assert(Math.abs(record.expectedCost! - (5 + 10 * small! + 90 * large!)) < 1e-9);
    assert(record.logitLoss! > 0 && record.validationAccuracy >= 0 && record.trainLoss > 0);
    for (const entropy of record.entropy.values()) assert(entropy > 0 && entropy <= Math.log(5));
  }
  // The weights are those of the supernet at the end: with them a plan does what the record says.
  const plan = compile(supernet.graph, { batch: 9 });
  for (const [name, values] of result.weights) plan.setWeights(name, values);
  plan.setGates(result.probabilities);
  let correct = 0;
  // 25 images in batches of at most 10.
  for (const [start, end] of [[0, 8], [8, 16], [16, 25]] as const) {
    const images = batch(data.validation, { start, count: end - start });
    correct += plan.evaluate(images, { statistics: "batch" }).correct;
  }
  assertEquals(correct / 25, last.validationAccuracy);
  plan.dispose();
});

Deno.test("whoever stops asking for epochs ends the search", async () => {
  let epochs = 0;
  for await (const { epoch } of gradientEpochs(supernet, darts(), data, quick)) {
    epochs++;
    if (epoch === 1) break;
  }
  assertEquals(epochs, 2);
});

Deno.test("weights and logits learn from halves that share no image", async () => {
  const method = darts(), seen = { weights: new Set<string>(), logits: new Set<string>() };
  const note = (kind: keyof typeof seen, { images }: { images: Float32Array }) => {
    for (let i = 0; i < images.length; i += 16) seen[kind].add(images.slice(i, i + 16).join());
  };
  await gradientSearch(
    supernet,
    {
      ...method,
      step: (step) => {
        note("weights", step.train);
        return method.step({
          ...step,
          nextBatch: () => {
            const images = step.nextBatch();
            note("logits", images);
            return images;
          },
        });
      },
    },
    data,
    { ...quick, share: 0.4 },
  );
  assertEquals(seen.weights.size, 24);
  assert(seen.logits.size >= 30 && seen.logits.size <= 36); // of 36, in epochs of 3 steps of 10
  assertEquals([...seen.weights].filter((image) => seen.logits.has(image)), []);
});

Deno.test("logits move against the slopes of method, cost and penalty together", async () => {
  const own = [0.3, -1, 0.5, 0, 0.2], push = [0, 0.1, 0.4, -0.2, 0], costs = [0, 0, 10, 90, 0];
  const at = (values: readonly number[]) => new Map([["edge 0→1", values]]);
  const points: CostPoint[] = [];
  const method: GradientMethod = {
    ...darts(),
    penalty: () => at(push),
    step: ({ logits, moveLogits, trainWeights }) => {
      moveLogits({ loss: 2, gradient: at(own) });
      return trainWeights(logits.probabilities());
    },
  };
  const form: CostForm = {
    name: "odd",
    settings: {},
    at: (point) => {
      points.push(point);
      return { loss: 1, byCrossEntropy: -3, byExpected: 0.5 };
    },
  };
  const { logits } = await gradientSearch(supernet, method, data, {
    ...quick,
    epochs: 1,
    batchSize: 30,
    cost: { costs: at(costs), constant: 7, form },
    // Adam's first step is then as long as the slope.
    logits: { deviation: 0, weightDecay: 0, learningRate: 1e9, epsilon: 1e9 },
  });
  assertEquals(points.map(({ crossEntropy }) => crossEntropy), [2]);
  assertAlmostEquals(points[0]!.expected, 27, 1e-9);
  logits.get("edge 0→1")!.forEach((found, i) => {
    // The five are as likely, so a slope of the cost is (F - 20) / 5.
    const wanted = -3 * own[i]! + 0.5 * (costs[i]! - 20) / 5 + push[i]!;
    assertAlmostEquals(found, -wanted, 1e-6);
  });
});

Deno.test("a dear cost makes the cheapest architecture", async () => {
  const rng = createRng("costs");
  const costs = new Map(
    supernet.choices.map(({ name, options }) => [name, options.map(() => 1 + rng())]),
  );
  const cost = { costs, form: addCost(1e4) };
  const { arch, epochs } = await gradientSearch(supernet, darts(), data, {
    ...quick,
    cost,
    logits: { learningRate: 0.2, weightDecay: 0 },
  });
  supernet.choices.forEach(({ name }) => {
    const each = costs.get(name)!;
    assertEquals(supernet.pathOf(arch).get(name), each.indexOf(Math.min(...each)));
  });
  const expected = epochs.map(({ expectedCost }) => expectedCost!);
  assertEquals(expected.toSorted((a, b) => b - a), expected);
});

Deno.test("dropped options get neither gates nor weights that move", async () => {
  const drops = [{ after: 1, keep: 2 }, { after: 2, keep: 1 }];
  const { epochs } = await gradientSearch(supernet, darts(), data, { ...quick, drops });
  assertEquals(epochs.map(({ candidates }) => candidates.get("edge 0→1")!.length), [5, 2, 1]);
  for (const { candidates, probabilities } of epochs) {
    for (const [choice, gates] of probabilities) {
      gates.forEach((gate, place) =>
        assertEquals(gate > 0, candidates.get(choice)!.includes(place))
      );
    }
  }
  const [, second, third] = epochs;
  // The best of the second epoch are what is left in the third.
  for (const [choice, [place]] of third!.candidates) {
    const values = second!.logits.get(choice)!, left = second!.candidates.get(choice)!;
    assertEquals(values[place!], Math.max(...left.map((i) => values[i]!)));
  }
});

/** A method that wants skip connections, more of them in each epoch. */
const skipping: GradientMethod = {
  ...darts(),
  step: ({ logits, number, trainWeights }) => {
    logits.choices.forEach((choice, i) =>
      logits.of(choice).set(i <= number / 3 ? [0, 9, 1, 2, 0] : [0, 0, 1, 2, 0])
    );
    return trainWeights(logits.probabilities());
  },
};

Deno.test("a search ends with the epoch that has too many skip connections", async () => {
  const options = { ...quick, epochs: 6 };
  const told: Progress[] = [];
  const { stopped, epochs, arch } = await gradientSearch(supernet, skipping, data, {
    ...options,
    skips: { stopAt: 3 },
    onProgress: (progress) => void told.push(progress),
  });
  assertEquals([stopped, epochs.map(({ skips }) => skips)], ["skips", [1, 2, 3]]);
  assertEquals(countSkips(supernet, arch), 3);
  assertEquals(told.at(-1)?.ended, true);
  const limited = await gradientSearch(supernet, skipping, data, {
    ...options,
    skips: { limit: 2 },
  });
  assertEquals(limited.epochs.map(({ skips }) => skips), [1, 2, 3, 4, 5, 6]);
  assertEquals(
    limited.epochs.map(({ arch }) => countSkips(supernet, arch)),
    [1, 2, 2, 2, 2, 2],
  );
  assertEquals(countSkips(supernet, limited.arch), 2);
});

Deno.test("a warm-up leaves the logits alone", async () => {
  const { epochs } = await gradientSearch(supernet, darts(), data, { ...quick, warmUp: 2 });
  const [first, second, third] = epochs;
  assertEquals(first!.logits, second!.logits);
  assertEquals([first!.logitLoss, second!.logitLoss], [undefined, undefined]);
  assertNotEquals(third!.logits, second!.logits);
  assert(third!.logitLoss! > 0);
});

Deno.test("a method that learns no logits has all images for the weights", async () => {
  const method: GradientMethod = {
    ...darts(),
    learns: false,
    step: ({ isFrozen, trainWeights }) => {
      assertEquals(isFrozen, true);
      return trainWeights();
    },
  };
  const { steps } = await gradientSearch(supernet, method, data, quick);
  assertEquals(steps, 18);
});

Deno.test("a shorter search moves logits in longer steps, but no longer than 0.05", () => {
  const rate = (options: Partial<GradientOptions>, images = 50_000) =>
    settingsOf({ seed: "", ...options }, { method: darts(), images }).logits.learningRate;
  assertEquals(rate({ epochs: 50 }), 3e-4);
  assertEquals(rate({ epochs: 100 }), 3e-4);
  assertAlmostEquals(rate({ epochs: 5 }), 3e-3);
  assertAlmostEquals(rate({ epochs: 10, warmUp: 5 }), 3e-3);
  assertEquals(rate({ epochs: 1 }, 1000), 0.05);
  assertEquals(rate({ epochs: 1, logits: { learningRate: 1e-5 } }, 1000), 1e-5);
});

Deno.test("a checkpoint of another search, or none, is refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const checkpoint = `${folder}/search`;
    const options = { ...quick, epochs: 1, checkpoint };
    await gradientSearch(supernet, darts(), data, options);
    const costs = new Map([["edge 0→1", [1, 2, 3, 4, 5]]]);
    const others: readonly Parameters<typeof gradientSearch<unknown>>[] = [
      [supernet, gdas(), data, options],
      [supernet, darts({ order: 2 }), data, options],
      [supernet, darts(), data, { ...options, seed: "other" }],
      [supernet, darts(), data, { ...options, logits: { beta1: 0.9 } }],
      [supernet, darts(), data, { ...options, cost: { costs, form: addCost(1) } }],
      [supernet, darts(), { ...data, train: stripes(60, "other") }, options],
      [supernetOf(space, { affine: true }), darts(), data, options],
    ] as never;
    for (const other of others) {
      await assertRejects(() => gradientSearch(...other), RangeError, "it is of another search");
    }
    const bytes = await Deno.readFile(checkpoint);
    await Deno.writeFile(checkpoint, bytes.subarray(0, bytes.length - 1));
    const again = () => gradientSearch(supernet, darts(), data, options);
    await assertRejects(again, SyntaxError, "cut short?");
    await Deno.writeTextFile(checkpoint, "no such thing\n");
    await assertRejects(again, SyntaxError, "no header");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("images that do not fit are refused before anything runs", async () => {
  const { validation } = data, none = { images: new Float32Array(), labels: new Int32Array() };
  const refused: readonly (readonly [Partial<SearchData>, string])[] = [
    [
      { validation: { ...validation, ...none } },
      "Cannot search: validation must hold images of [4, 4, 1], which the supernet reads, got 0 of [4, 4, 1]",
    ],
    [
      { validation: { ...validation, shape: [2, 8, 1] } },
      "validation must hold images of [4, 4, 1], which the supernet reads, got 25 of [2, 8, 1]",
    ],
    [{ train: { ...data.train, shape: [16, 1, 1] } }, "train must hold images of [4, 4, 1]"],
    [
      { validation: { ...validation, labels: validation.labels.map((label) => label + 1) } },
      "labels of validation must be below 3, which the supernet tells apart, got 3",
    ],
  ];
  let steps = 0;
  const method: GradientMethod = {
    ...oneShot(),
    step: ({ trainWeights }) => {
      steps++;
      return trainWeights();
    },
  };
  for (const [change, message] of refused) {
    await assertRejects(
      () => gradientSearch(supernet, method, { ...data, ...change }, quick),
      RangeError,
      message,
    );
  }
  assertEquals(steps, 0);
});

Deno.test("options that make no sense are refused with what was given", async () => {
  const few = nasBench201({ channels: 2, cellsPerStage: 1, size: 4, operations: ["skip_connect"] });
  await assertRejects(
    () => gradientSearch(supernetOf(few), darts(), data, quick),
    RangeError,
    "the supernet must have choices, got none",
  );
  const refused: readonly (readonly [Partial<GradientOptions>, string])[] = [
    [{ epochs: 0 }, "Cannot search: epochs must be a positive whole number, got 0"],
    [{ batchSize: 1.5 }, "batchSize must be a positive whole number, got 1.5"],
    [{ share: 1 }, "share must be in (0, 1), got 1"],
    [{ warmUp: 4 }, "warmUp must be a whole number up to 3, got 4"],
    [{ weights: { end: 1 } }, "weights.end must be from 0 to 0.025, got 1"],
    [{ weights: { clipNorm: 0 } }, "weights.clipNorm must be above 0, got 0"],
    [{ weights: { momentum: 1 } }, "momentum must be in [0, 1), got 1"],
    [{ logits: { learningRate: NaN } }, "logits.learningRate must be above 0, got NaN"],
    [{ logits: { beta1: 1 } }, "logits.beta1 must be in [0, 1), got 1"],
    [{ skips: { limit: -1 } }, "skips.limit must be a whole number, got -1"],
    [{ drops: [{ after: 0, keep: 1 }] }, 'drops must be whole numbers from 1, got {"after":0'],
    [{ cost: { costs: new Map([["x", [1]]]), form: addCost(1) } }, 'costs name "x"'],
    [
      { cost: { costs: new Map([["edge 0→1", [1]]]), form: addCost(1) } },
      'costs of "edge 0→1" must be 5 finite numbers, got [1]',
    ],
  ];
  for (const [options, message] of refused) {
    await assertRejects(
      () => gradientSearch(supernet, darts(), data, { ...quick, ...options }),
      RangeError,
      message,
    );
  }
  await assertRejects(
    () =>
      gradientSearch(supernet, darts(), data, {
        ...quick,
        weights: { learningRate: 1e30, clipNorm: 1e30 },
      }),
    Error,
    "a weights.learningRate below 1e+30 may help",
  );
});
