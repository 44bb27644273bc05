import {
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { batch, batches, digits } from "naskit/data/mod.ts";
import { createRng, quickRng } from "naskit/engine/mod.ts";
import { compile, type Plan } from "naskit/model/mod.ts";
import { evolution, type Executor, maximize, search, workers } from "naskit/search/mod.ts";
import { fingerprint } from "naskit/search/fingerprint.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import {
  discretise,
  gradientSearch,
  Logits,
  oneShot,
  oneShotAgreement,
  oneShotEvaluate,
  type OneShotEvaluateOptions,
  supernetOf,
} from "naskit/supernet/mod.ts";
import { readArrays } from "naskit/supernet/plan_arrays.ts";
import { takeStep } from "./support/take_step.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const supernet = supernetOf(space);
const choices = [
  { name: "a", options: ["0", "1", "2"] },
  { name: "b", options: ["0", "1"] },
];
const plan = {} as Plan;

function evenLogits(): Logits {
  return new Logits(choices, { gating: "softmax", rng: createRng("logits"), deviation: 0 });
}

const placesIn = (paths: readonly ReadonlyMap<string, ArrayLike<number>>[], choice: string) =>
  paths.map((path) => Array.from(path.get(choice)!).indexOf(1));

Deno.test("each step trains one path, and all paths are as likely", () => {
  const counts = new Map<string, number>(), draws = 3000;
  for (let i = 0; i < draws; i++) {
    const { trained } = takeStep(oneShot(), { plan, logits: evenLogits(), rng: quickRng(i) });
    assertEquals(trained.length, 1);
    const key = `${placesIn(trained, "a")} ${placesIn(trained, "b")}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 6);
  for (const count of counts.values()) assertAlmostEquals(count / draws, 1 / 6, 0.03);
});

Deno.test("a fair step trains each option once, and again where a choice has fewer", () => {
  const orders = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const { trained, outcome } = takeStep(oneShot({ sampling: "fair" }), {
      plan,
      logits: evenLogits(),
      rng: createRng(i),
    });
    assertEquals(placesIn(trained, "a").toSorted(), [0, 1, 2]);
    const fewer = placesIn(trained, "b");
    assertEquals(fewer.slice(0, 2).toSorted(), [0, 1]);
    orders.add(`${placesIn(trained, "a")} ${fewer}`);
    // The steps of the stand-in have losses 1, 2 and 3.
    assertEquals(outcome, { loss: 2, correct: 2 });
  }
  assertEquals(orders.size > 12, true);
  const logits = evenLogits();
  logits.drop(1);
  assertEquals(takeStep(oneShot({ sampling: "fair" }), { plan, logits }).trained.length, 1);
});

Deno.test("training moves weights with all images, and no logit", async () => {
  const data = await digits({ train: 100, validation: 50 });
  const { epochs, logits, steps } = await gradientSearch(supernet, oneShot(), data, {
    epochs: 2,
    batchSize: 25,
    seed: "nas",
  });
  assertEquals(steps, 8);
  assertEquals(epochs[0]!.logits, logits);
  assertEquals(epochs[1]!.logitLoss, undefined);
});

Deno.test("a network that takes trained weights over is as accurate as they are, and without its statistics is not", async () => {
  const data = await digits({ train: 600, validation: 300 });
  const arch = space.fromChoices([3, 1, 3, 1, 2, 3]), path = supernet.pathOf(arch);
  const network = compile(discretise(supernet.graph, path), {
    batch: 300,
    training: true,
    optimiser: { kind: "sgd", momentum: 0.9 },
  });
  network.initialise({ rng: createRng("weights") });
  const rng = createRng("order");
  for (let epoch = 0; epoch < 8; epoch++) {
    for (const images of batches(data.train, { batchSize: 30, rng: rng.split(epoch) })) {
      network.trainStep(images, { learningRate: 0.05 });
    }
  }
  // By the statistics of the validation images themselves: running ones lag behind the weights.
  const { correct, loss } = network.evaluate(batch(data.validation), { statistics: "batch" });
  // The supernet's running statistics are none of any network's.
  const weights = new Map(
    [...readArrays(network)].map(([name, values]) =>
      [name, /\.(mean|variance)$/.test(name) ? values.map(() => 1) : values] as const
    ),
  );
  const evaluate = oneShotEvaluate(supernet, { ...data, weights });
  const context = { graph: space.lower(arch), seed: "a", signal: new AbortController().signal };
  const found = await evaluate(arch, context);
  assertAlmostEquals(found.accuracy as number, correct / 300, 0.04);
  assertAlmostEquals(found.loss as number, loss, 0.1);
  for (const [name, values] of weights) network.setWeights(name, values);
  const stale = network.evaluate(batch(data.validation));
  assertLess(stale.correct / 300, (found.accuracy as number) - 0.2);
  assertEquals(await evaluate(arch, { ...context, seed: "b" }), found);
  const few = oneShotEvaluate(supernet, { ...data, weights, calibration: 64, batchSize: 40 });
  assertAlmostEquals((await few(arch, context)).accuracy as number, correct / 300, 0.1);
  await assertRejects(
    async () => await evaluate(space.fromChoices([3, 3, 3, 3, 3, 3]), context),
    RangeError,
    "Cannot evaluate: the supernet's weights lack",
  );
  await assertRejects(async () =>
    await evaluate(arch, { ...context, signal: AbortSignal.abort() })
  );
  network.dispose();
});

Deno.test("a search over inherited weights gives the same study again, and in workers", async () => {
  const data = await digits({ train: 100, validation: 100 });
  // With scale and shift, unlike the supernet that workers would make by themselves.
  const affine = supernetOf(space, { affine: true });
  const { weights } = await gradientSearch(affine, oneShot(), data, { epochs: 1, seed: "nas" });
  const study = (executor?: Executor) =>
    search({
      space,
      strategy: evolution({ population: 4 }),
      evaluate: oneShotEvaluate(affine, { ...data, weights, calibration: 60, batchSize: 40 }),
      objective: maximize("accuracy"),
      budget: { trials: 8 },
      inFlight: 2,
      seed: "nas",
      ...(executor ? { executor } : {}),
    });
  const [whole, ...others] = [
    await study(),
    await study(),
    await study(workers(2, { keepFor: 0 })),
  ].map(({ trials }) => trials.map(({ arch, metrics }) => ({ arch, metrics })));
  for (const other of others) assertEquals(other, whole);
  assertEquals(new Set(whole!.map(({ metrics }) => metrics.loss)).size > 2, true);
});

Deno.test("inherited weights are told apart by what they are, as is all else that decides accuracies", async () => {
  const data = await digits({ train: 40, validation: 20 });
  const weights = new Map([["stem.conv.weight", new Float32Array(36)]]);
  const options = { ...data, weights, calibration: 20 };
  const told = async (changes: Partial<OneShotEvaluateOptions>, from = supernet) =>
    await fingerprint(oneShotEvaluate(from, { ...options, ...changes }));
  const own = await told({});
  assertEquals(
    await told({ weights: new Map([["stem.conv.weight", new Array(36).fill(0)]]) }),
    own,
  );
  const others = [
    await told({ weights: new Map([["stem.conv.weight", new Float32Array(36).fill(1)]]) }),
    await told({ seed: "other" }),
    await told({ validation: data.train }),
    await told({ batchSize: 10 }),
    await told({}, supernetOf(space, { affine: true })),
  ];
  assertEquals(new Set([undefined, own, ...others]).size, 7);
  // A space that does not say how it is made is searched where it is.
  const { recipe: _, ...plain } = space;
  assertEquals(oneShotEvaluate(supernetOf(plain), options).recipe, undefined);
});

Deno.test("agreement is told in the order of the networks, and needs two of them", async () => {
  const rng = createRng("networks");
  const networks = Array.from({ length: 12 }, () => ({ arch: space.sample(rng), accuracy: rng() }));
  const accuracies = new Map(networks.map(({ arch, accuracy }) => [space.encode(arch), accuracy]));
  for (const sign of [1, -1]) {
    const { spearman, kendall, rows } = await oneShotAgreement(supernet, {
      evaluate: (arch) => ({ accuracy: 0.5 + sign * accuracies.get(space.encode(arch))! / 10 }),
      networks,
      resamples: 0,
    });
    assertAlmostEquals(spearman, sign, 1e-12);
    assertAlmostEquals(kendall, sign, 1e-12);
    assertEquals(rows.map(({ arch, accuracy }) => ({ arch, accuracy })), networks);
  }
  const evaluate = () => ({ loss: 1 });
  await assertRejects(
    () => oneShotAgreement(supernet, { evaluate, networks: networks.slice(1, 2) }),
    RangeError,
    "Cannot compare rankings: networks must be two at least, got 1",
  );
  await assertRejects(
    () => oneShotAgreement(supernet, { evaluate, networks }),
    TypeError,
    "evaluate must give a number accuracy, got undefined",
  );
});

Deno.test("options that are out of range are refused", async () => {
  const data = await digits({ train: 20, validation: 20 });
  assertThrows(() => oneShot({ sampling: "all" as "fair" }), TypeError, "sampling must be");
  for (const [name, value] of Object.entries({ calibration: 0, batchSize: 1.5 })) {
    assertThrows(
      () => oneShotEvaluate(supernet, { ...data, weights: new Map(), [name]: value }),
      RangeError,
      `Cannot evaluate: ${name} must be a whole number from 1, got ${value}`,
    );
  }
  const empty = { ...data.train, images: new Float32Array(), labels: new Int32Array() };
  assertThrows(
    () => oneShotEvaluate(supernet, { ...data, validation: empty, weights: new Map() }),
    RangeError,
    "Cannot evaluate: validation must hold images, got none",
  );
});
