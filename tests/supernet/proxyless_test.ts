import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { createRng, quickRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, type Gates, type Plan } from "naskit/model/mod.ts";
import type { Decision } from "naskit/space/mod.ts";
import { Logits, pathGates, proxyless } from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";
import { runTape } from "../support/tape.ts";
import { takeStep } from "./support/take_step.ts";

const choices: Decision[] = [
  { name: "first", options: ["none", "conv", "pool"] },
  { name: "second", options: ["skip", "conv", "depthwise"] },
];
const values = new Map([["first", [0.3, -0.8, 0.5]], ["second", [-0.2, 1, 0.1]]]);

/** Two choices of three options one behind the other, and a way around the first. */
function network(): Graph {
  const net = new GraphBuilder([4, 4, 3]);
  const stem = net.add("stem", { op: "conv", kernel: 1, channels: 3 }, net.input);
  const first = net.add(
    "first",
    { op: "mixed", choice: "first" },
    net.add("first.none", { op: "zero" }, stem),
    net.add("first.conv", { op: "conv", kernel: 3, channels: 3 }, stem),
    net.add("first.pool", { op: "avgPool", kernel: 3, stride: 1, padding: 1 }, stem),
  );
  const sum = net.add("sum", { op: "add" }, stem, first);
  const second = net.add(
    "second",
    { op: "mixed", choice: "second" },
    sum,
    net.add("second.conv", { op: "conv", kernel: 1, channels: 3 }, sum),
    net.add("second.depthwise", { op: "depthwise", kernel: 3 }, sum),
  );
  const flat = net.add("flat", { op: "flatten" }, net.add("relu", { op: "relu" }, second));
  return net.build(net.add("head", { op: "linear", features: 4 }, flat));
}

function logitsOf(): Logits {
  const logits = new Logits(choices, { gating: "softmax", rng: createRng("logits"), deviation: 0 });
  for (const [choice, own] of values) logits.of(choice).set(own);
  return logits;
}

/** The probabilities of some options among themselves. */
function softmax(logits: readonly number[], places: readonly number[]): number[] {
  const weights = logits.map((value, place) => places.includes(place) ? Math.exp(value) : 0);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/** By hand: the slope by the logits of a softmax over some options, of something with these slopes by its gates. */
function pulledBack(
  choice: string,
  places: readonly number[],
  slopes: ArrayLike<number>,
): number[] {
  const p = softmax(values.get(choice)!, places);
  return p.map((_, i) =>
    places.includes(i)
      ? places.reduce((sum, j) => sum + slopes[j]! * p[j]! * ((i === j ? 1 : 0) - p[i]!), 0)
      : 0
  );
}

const all = [0, 1, 2];
const pairs = all.flatMap((i) => all.filter((j) => j !== i).map((j) => [i, j] as const));

/** How likely a step draws a pair, in this order. */
function chanceOf(choice: string, [i, j]: readonly [number, number]): number {
  const p = softmax(values.get(choice)!, all);
  return p[i]! * p[j]! / (1 - p[i]!);
}

const placeOf = (gates: ArrayLike<number>) => Array.from(gates).indexOf(1);

/** A plan that notes its gates, and whose slopes are made of which options are active. */
function notingPlan(slopesAt: (choice: string, path: readonly number[]) => number[]) {
  const notes: { gates: Gates; open: ReadonlyMap<string, readonly number[]> }[] = [];
  const plan = {
    setGates: (gates: Gates, { open = new Map() } = {}) => notes.push({ gates, open }),
    backward: () => {
      const { gates, open } = notes.at(-1)!;
      const path = choices.map(({ name }) => placeOf(gates.get(name)!));
      // As a plan gives them: 0 where nothing was computed.
      const given = choices.map(({ name }) =>
        [
          name,
          slopesAt(name, path).map((slope, i) => open.get(name)!.includes(i) ? slope : 0),
        ] as const
      );
      return { loss: 1, gates: new Map(given) };
    },
  };
  return { plan: plan as unknown as Plan, notes };
}

Deno.test("a step's slopes are those of the gates on the tape, through a softmax over the two drawn", () => {
  const graph = network(), batch = batchFor(graph, 5, "noise");
  const model = buildModel(graph, { rng: createRng("weights") });
  const plan = compile(graph, { batch: 5, training: true });
  plan.load(model);
  for (const paths of [2, "all"] as const) {
    const seen = new Set<string>();
    for (let i = 0; i < (paths === 2 ? 40 : 15); i++) {
      const { slopes } = takeStep(proxyless({ paths, every: 1 }), {
        plan,
        logits: logitsOf(),
        rng: createRng(i),
        nextBatch: () => ({ ...batch, shape: [5, 4, 4, 3] }),
      });
      const { gates, loss } = runTape(model, batch, "batch", { gates: plan.gates });
      assertAlmostEquals(slopes!.loss, loss, 1e-5);
      for (const { name } of choices) {
        const found = Array.from(slopes!.gradient.get(name)!);
        const involved = all.filter((place) => paths === "all" || found[place] !== 0);
        const expected = pulledBack(name, involved, gates.get(name)!);
        found.forEach((slope, place) => assertAlmostEquals(slope, expected[place]!, 1e-5));
        seen.add(`${name} ${involved} ${placeOf(plan.gates.get(name)!)}`);
      }
    }
    assertEquals(seen.size, paths === 2 ? 12 : 6);
  }
  plan.dispose();
  model.dispose();
});

Deno.test("the mean of a step's slopes is that over all pairs and paths, each as likely as it is", () => {
  const rng = createRng("slopes"), table = new Map<string, number[]>();
  const slopesAt = (choice: string, path: readonly number[]) => {
    const key = `${choice} ${path}`;
    if (!table.has(key)) table.set(key, all.map(() => rng.normal()));
    return table.get(key)!;
  };
  const expected = new Map(choices.map(({ name }) => [name, [0, 0, 0]]));
  const actives = (choice: string, pair: readonly [number, number]) =>
    pair.map((active) => [active, softmax(values.get(choice)!, pair)[active]!] as const);
  for (const one of pairs) {
    for (const two of pairs) {
      for (const [a, chanceOfA] of actives("first", one)) {
        for (const [b, chanceOfB] of actives("second", two)) {
          const chance = chanceOf("first", one) * chanceOf("second", two) * chanceOfA * chanceOfB;
          for (const [name, pair] of [["first", one], ["second", two]] as const) {
            const slopes = pulledBack(name, pair, slopesAt(name, [a, b]));
            slopes.forEach((slope, i) => expected.get(name)![i]! += chance * slope);
          }
        }
      }
    }
  }
  const { plan } = notingPlan(slopesAt), count = 5000;
  const sums = new Map(choices.map(({ name }) => [name, [0, 0, 0]]));
  for (let i = 0; i < count; i++) {
    const step = { plan, logits: logitsOf(), rng: quickRng(i) };
    const { slopes } = takeStep(proxyless({ every: 1 }), step);
    for (const [name, own] of slopes!.gradient) {
      Array.from(own).forEach((slope, place) => sums.get(name)![place]! += slope / count);
    }
  }
  for (const { name } of choices) {
    all.forEach((place) =>
      // Slopes are of size 0.3 or so: four standard errors.
      assertAlmostEquals(sums.get(name)![place]!, expected.get(name)![place]!, 0.02)
    );
  }
});

Deno.test("where the loss is linear in the gates, slopes by all of them are those of the expected loss", () => {
  const losses = [2, -1, 0.5];
  const { plan } = notingPlan(() => losses);
  const { slopes } = takeStep(proxyless({ paths: "all", every: 1 }), { plan, logits: logitsOf() });
  for (const { name } of choices) {
    const own = values.get(name)!;
    const expectedAt = (logits: number[]) =>
      softmax(logits, all).reduce((sum, p, j) => sum + p * losses[j]!, 0);
    all.forEach((place) => {
      const moved = (by: number) =>
        expectedAt(own.map((value, j) => j === place ? value + by : value));
      const difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      assertAlmostEquals(slopes!.gradient.get(name)![place]!, difference, 1e-8);
    });
  }
});

Deno.test("options are trained, paired and let through as often as their probabilities say", () => {
  const { plan, notes } = notingPlan(() => [0, 0, 0]), count = 5000;
  const shares = new Map<string, number>();
  const note = (key: string) => shares.set(key, (shares.get(key) ?? 0) + 1 / count);
  for (let i = 0; i < count; i++) {
    const step = { plan, logits: logitsOf(), rng: quickRng(i) };
    const { trained: [path] } = takeStep(proxyless({ every: 1 }), step);
    note(`trained ${placeOf(path!.get("first")!)}`);
    const { gates, open } = notes.at(-1)!;
    note(`pair ${open.get("first")} through ${placeOf(gates.get("first")!)}`);
  }
  const own = values.get("first")!;
  softmax(own, all).forEach((p, i) => assertAlmostEquals(shares.get(`trained ${i}`)!, p, 0.028));
  for (const pair of pairs) {
    for (const active of pair) {
      const expected = chanceOf("first", pair) * softmax(own, pair)[active]!;
      assertAlmostEquals(shares.get(`pair ${pair} through ${active}`)!, expected, 0.028);
    }
  }
});

Deno.test("options that were not drawn stay as likely as they were, and the two share what they had", () => {
  const { plan, notes } = notingPlan(() => [0, 0, 0]);
  for (let i = 0; i < 20; i++) {
    const logits = logitsOf(), before = logits.probabilities(), draw = createRng(i);
    const move = () => {
      for (const { name } of choices) {
        for (const place of notes.at(-1)!.open.get(name)!) logits.of(name)[place]! += draw.normal();
      }
    };
    takeStep(proxyless({ every: 1 }), { plan, logits, rng: draw.split("step"), move });
    for (const [name, now] of logits.probabilities()) {
      const old = before.get(name)!, drawn = notes.at(-1)!.open.get(name)!;
      for (const place of all) {
        const change = Math.abs(now[place]! - old[place]!);
        assertEquals(change > 1e-12, drawn.includes(place), `${name} ${place}`);
      }
    }
  }
});

Deno.test("which option is trained says nothing about which are compared", () => {
  const { plan, notes } = notingPlan(() => [0, 0, 0]);
  let others = 0;
  for (let i = 0; i < 60; i++) {
    const { trained: [path] } = takeStep(proxyless({ every: 1 }), {
      plan,
      logits: logitsOf(),
      rng: createRng(i),
    });
    const compared = notes.at(-1)!.open.get("first")!;
    others += Number(!compared.includes(placeOf(path!.get("first")!)));
  }
  assertEquals(others > 5, true, `${others}`);
});

Deno.test("weights are trained before the logits move", () => {
  const { plan } = notingPlan(() => [0, 0, 0]), done: string[] = [];
  takeStep(proxyless({ every: 1 }), {
    plan,
    logits: logitsOf(),
    move: () => done.push("logits"),
    trainWeights: () => {
      done.push("weights");
      return { loss: 1, correct: 1 };
    },
  });
  assertEquals(done, ["weights", "logits"]);
});

Deno.test("logits move after every fifth step, and not while they are frozen", () => {
  const { plan } = notingPlan(() => [1, 2, 3]);
  const moved = (isFrozen: boolean) =>
    Array.from({ length: 12 }, (_, number) => number).filter((number) =>
      takeStep(proxyless(), { plan, logits: logitsOf(), number, isFrozen }).slopes
    );
  assertEquals(moved(false), [4, 9]);
  assertEquals(moved(true), []);
});

Deno.test("dropped options are not drawn, and the last that is left is trained alone", () => {
  const { plan, notes } = notingPlan(() => [1, 2, 3]);
  for (const keep of [2, 1]) {
    const logits = logitsOf();
    logits.drop(keep);
    for (let i = 0; i < 20; i++) {
      const { trained: [path], slopes } = takeStep(proxyless({ every: 1 }), {
        plan,
        logits,
        rng: createRng(i),
      });
      assertEquals(notes.at(-1)!.open.get("first"), keep === 2 ? [0, 2] : [2]);
      assertEquals(path!.get("first")![1], 0);
      if (keep === 1) assertEquals(Math.hypot(...slopes!.gradient.get("first") as Float64Array), 0);
    }
  }
});

Deno.test("a step of the logits takes the memory of two paths, not of all", () => {
  const net = new GraphBuilder([8, 8, 8]);
  const branches = Array.from(
    { length: 12 },
    (_, i) => net.add(`conv${i}`, { op: "conv", kernel: 3, channels: 64 }, net.input),
  );
  const mixed = net.add("mixed", { op: "mixed", choice: "layer" }, ...branches);
  const flat = net.add("flat", { op: "flatten" }, net.add("relu", { op: "relu" }, mixed));
  const graph = net.build(net.add("head", { op: "linear", features: 4 }, flat));
  const options = branches.map((_, i) => `${i}`);
  const bytes = [2, "all"].map((paths) => {
    const plan = compile(graph, { batch: 16, training: true }), fixed = plan.bytes;
    const logits = new Logits([{ name: "layer", options }], {
      gating: "softmax",
      rng: createRng("logits"),
      deviation: 0,
    });
    plan.setGates(pathGates(graph, new Map([["layer", 0]])));
    takeStep(proxyless({ paths: paths as 2 | "all", every: 1 }), {
      plan,
      logits,
      nextBatch: () => ({ ...batchFor(graph, 16, "noise"), shape: [16, 8, 8, 8] }),
    });
    const { bytes } = plan;
    plan.dispose();
    return bytes - Math.min(fixed, bytes);
  });
  assertLess(3 * bytes[0]!, bytes[1]!);
});

Deno.test("what is no number of paths or steps is refused", () => {
  assertThrows(
    () => proxyless({ paths: 3 as 2 }),
    RangeError,
    'Cannot make ProxylessNAS: paths must be 2 or "all", got 3',
  );
  assertThrows(
    () => proxyless({ every: 0 }),
    RangeError,
    "Cannot make ProxylessNAS: every must be a positive whole number, got 0",
  );
});
