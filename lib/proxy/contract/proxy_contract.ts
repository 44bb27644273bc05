import type { Batch } from "../../data/dataset.ts";
import { heapInUse } from "../../engine/heap.ts";
import { createRng } from "../../engine/rng.ts";
import { tf } from "../../engine/tf.ts";
import type { Graph } from "../../graph/mod.ts";
import { buildModel, type Model } from "../../model/mod.ts";
import type { Proxy, ProxyNeeds } from "../proxy.ts";
import { batchOf, graphOf, type ProxyScenario, proxyScenarios } from "./scenario.ts";

/** How thoroughly to try a proxy. */
export interface ProxyContractOptions {
  /** Random networks to try each rule on; 15 when absent. */
  readonly runs?: number;
  /** Determines the networks; `"contract"` when absent. */
  readonly seed?: string;
  /**
   * By how much a score may change, in proportion, when the images come in another order; when absent,
   * the order may matter and is not tried.
   */
  readonly anyOrder?: number;
}

/** A promise that a proxy broke. */
class Violation extends Error {}

/**
 * Checks that a proxy keeps every promise of {@linkcode Proxy}, on random small networks (fast-check):
 * cells and chains, with and without batch norms, activations and weights, some of whose output does not
 * depend on the images, with one image and more. Run it in the tests of a new proxy.
 *
 * The rules: it gives a number, for a graph and for a model, be it `NaN`, and does not throw; equal
 * arguments give equal scores; it looks at no more than `needs` says; it changes neither the model nor
 * the batch; it leaves no tensor and no compiled plan behind.
 *
 * @throws {Error} Naming the rule that does not hold and the smallest scenario found that breaks it.
 *
 * @example
 * ```ts
 * import { proxyContract, snip } from "naskit";
 *
 * await proxyContract(snip(), { runs: 3, anyOrder: 1e-3 });
 * ```
 */
export async function proxyContract(
  proxy: Proxy,
  { runs = 15, seed = "contract", anyOrder }: ProxyContractOptions = {},
): Promise<void> {
  checkMembers(proxy);
  const { default: fc } = await import("fast-check");
  const inForce = anyOrder === undefined ? rules : [...rules, orderRule(anyOrder)];
  for (const rule of inForce) {
    const result = await fc.check(
      fc.asyncProperty(proxyScenarios(fc), (scenario) => rule(proxy, scenario)),
      { numRuns: runs, seed: createRng(seed).int(2 ** 31) },
    );
    if (!result.failed) continue;
    const { errorInstance, counterexample } = result;
    if (!(errorInstance instanceof Violation)) throw errorInstance;
    throw new Error(
      `Proxy "${proxy.name}" breaks its contract: ${errorInstance.message}\n` +
        `Scenario: ${JSON.stringify(counterexample?.[0])}`,
      { cause: errorInstance },
    );
  }
}

function checkMembers({ name, direction, needs, cost, paper, bias, options }: Proxy): void {
  const members = [
    ["name", name, /^[a-z][a-z0-9_]*$/.test(name), "a snake_case word"],
    ["direction", direction, /^(max|min)imize$/.test(direction), "maximize or minimize"],
    ["needs", needs, levels.includes(needs), `one of ${levels.join(", ")}`],
    ["cost", cost, typeof cost === "string", "a text"],
    ["paper", paper, typeof paper === "string", "a text"],
    ["bias", bias, typeof bias === "string", "a text"],
    ["options", options, isPlain(options), "plain JSON"],
  ] as const;
  for (const [member, value, isGood, wanted] of members) {
    if (isGood) continue;
    throw new Error(
      `Proxy "${name}" breaks its contract: ${member} must be ${wanted}, got ${
        JSON.stringify(value)
      }`,
    );
  }
}

const levels: readonly ProxyNeeds[] = ["graph", "weights", "images", "labels"];

type Rule = (proxy: Proxy, scenario: ProxyScenario) => Promise<void>;

const rules: readonly Rule[] = [
  async (proxy, scenario) => {
    await onBoth(scenario, async (network) => {
      expectEqual(
        "equal arguments give equal scores",
        await score(proxy, network, batchOf(scenario)),
        await score(proxy, network, batchOf(scenario)),
      );
    });
  },
  async (proxy, scenario) => {
    if (proxy.needs === "labels") return;
    const batch = batchOf(scenario);
    const other = { ...batch, labels: batch.labels.map((label) => (label + 1) % 3) };
    await onBoth(scenario, async (network) => {
      expectEqual(
        `a proxy that needs the ${proxy.needs} takes no notice of labels`,
        await score(proxy, network, batch),
        await score(proxy, network, other),
      );
    });
  },
  async (proxy, scenario) => {
    if (levels.indexOf(proxy.needs) > 1) return;
    await onBoth(scenario, async (network) => {
      expectEqual(
        `a proxy that needs the ${proxy.needs} takes no notice of images`,
        await score(proxy, network, batchOf(scenario)),
        await score(proxy, network, batchOf(scenario, "other images")),
      );
    });
  },
  async (proxy, scenario) => {
    if (proxy.needs !== "graph") return;
    const batch = batchOf(scenario);
    const scores: number[] = [];
    for (const seed of ["a", "b"]) {
      scores.push(await score(proxy, graphOf(scenario), batch, seed));
      await withModel(scenario, seed, async (model) => {
        scores.push(await score(proxy, model, batch));
      });
    }
    for (const other of scores) {
      expectEqual("a proxy that needs the graph takes no notice of weights", scores[0]!, other);
    }
  },
  async (proxy, scenario) => {
    await onBoth(scenario, async (network) => {
      const batch = batchOf(scenario);
      const before = snapshot(network, batch);
      await score(proxy, network, batch);
      snapshot(network, batch).forEach(([what, values], i) => {
        const was = before[i]![1];
        if (values.every((value, k) => Object.is(value, was[k]))) return;
        throw new Violation(`it changes nothing: ${what} is no longer as it was`);
      });
    });
  },
  async (proxy, scenario) => {
    await onBoth(scenario, async (network) => {
      const [tensors, bytes] = [tf.memory().numTensors, heapInUse()];
      await score(proxy, network, batchOf(scenario));
      const left = [tf.memory().numTensors - tensors, heapInUse() - bytes] as const;
      if (left[0] === 0 && left[1] === 0) return;
      throw new Violation(
        `it leaves nothing behind: there are ${left[0]} more tensors and ${
          left[1]
        } more bytes of plans`,
      );
    });
  },
];

function orderRule(tolerance: number): Rule {
  return async (proxy, scenario) => {
    await onBoth(scenario, async (network) => {
      const batch = batchOf(scenario);
      const [a, b] = [
        await score(proxy, network, batch),
        await score(proxy, network, backwards(batch)),
      ];
      if (Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))) {
        return;
      }
      throw new Violation(`the order of images does not matter: ${a} became ${b}`);
    });
  };
}

async function onBoth(
  scenario: ProxyScenario,
  body: (network: Graph | Model) => Promise<void>,
): Promise<void> {
  await body(graphOf(scenario));
  await withModel(scenario, "model", body);
}

async function withModel(
  scenario: ProxyScenario,
  seed: string,
  body: (model: Model) => Promise<void>,
): Promise<void> {
  const model = buildModel(graphOf(scenario), { rng: createRng(scenario.seed).split(seed) });
  try {
    await body(model);
  } finally {
    model.dispose();
  }
}

async function score(
  proxy: Proxy,
  network: Graph | Model,
  batch: Batch,
  seed = "score",
): Promise<number> {
  const kind = "graph" in network ? "model" : "graph";
  let value: unknown;
  try {
    value = await proxy.score(network, batch, createRng(seed));
  } catch (error) {
    const { message } = error as Error;
    throw new Violation(`it scores any ${kind}: it threw "${message}"`, { cause: error });
  }
  if (typeof value === "number") return value;
  throw new Violation(`it gives a number: for a ${kind} it gave ${typeof value}`);
}

function expectEqual(rule: string, a: number, b: number): void {
  if (!Object.is(a, b)) throw new Violation(`${rule}: ${a} became ${b}`);
}

/** All numbers that a proxy could change. */
function snapshot(network: Graph | Model, { images, labels }: Batch): [string, Float32Array][] {
  const variables = "graph" in network ? [...network.params, ...network.statistics] : [];
  return [
    ...variables.map(([name, value]): [string, Float32Array] => [
      name,
      Float32Array.from(value.dataSync()),
    ]),
    ["an image", images.slice()],
    ["a label", Float32Array.from(labels)],
  ];
}

/** The same images with their labels, last first. */
function backwards(batch: Batch): Batch {
  const size = batch.images.length / batch.labels.length;
  const images = new Float32Array(batch.images.length);
  const labels = batch.labels.toReversed();
  for (let i = 0; i < labels.length; i++) {
    images.set(batch.images.subarray(i * size, (i + 1) * size), (labels.length - 1 - i) * size);
  }
  return { ...batch, images, labels };
}

function isPlain(value: unknown): boolean {
  try {
    const copy = structuredClone(value);
    return JSON.stringify(JSON.parse(JSON.stringify(copy))) === JSON.stringify(copy) &&
      Object.values(copy as object).every((item) =>
        item !== undefined && (typeof item !== "number" || Number.isFinite(item))
      );
  } catch {
    return false;
  }
}
