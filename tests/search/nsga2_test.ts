import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import {
  type Goal,
  maximize,
  minimize,
  nsga2,
  strategyContract,
  type Trial,
} from "../../lib/search/mod.ts";
import { paretoFront } from "../../lib/stats/mod.ts";
import { type Drive, drive } from "./support/drive.ts";
import { type Toy, toyMacs, toySpace } from "./support/toy.ts";

const space = toySpace(8);
const goals = [maximize("value"), minimize("macs")];

const metrics = (arch: Toy) => ({
  value: arch.widths.reduce((sum, width, i) => sum + width * (i + 1), 0) +
    createRng(arch.widths.join()).normal(),
  macs: toyMacs(arch),
});

const base: Drive<Toy> = {
  space,
  strategy: nsga2({ population: 20 }),
  goals,
  trials: 200,
  evaluate: metrics,
};

const points = (trials: readonly Trial<Toy>[], of: readonly Goal[] = goals) =>
  trials.map(({ metrics }) => of.map(({ metric }) => metrics[metric]!));
const directions = goals.map(({ direction }) => direction);

for (
  const options of [
    {},
    { population: 4 },
    { population: 1, crossoverRate: 1, mutationRate: 0 },
    { population: 3, crossoverRate: 0, mutationRate: 1 },
  ]
) {
  Deno.test(`nsga2(${JSON.stringify(options)}) keeps the contract`, async () => {
    await strategyContract(nsga2(options));
  });
}

/** The least crowded survive, front by front; distances by the neighbours along each objective. */
function survivors(members: readonly Trial<Toy>[], size: number): Trial<Toy>[] {
  const alive: Trial<Toy>[] = [];
  let left = [...members];
  while (alive.length < size) {
    const front = paretoFront(points(left), directions).map((at) => left[at]!);
    left = left.filter((trial) => !front.includes(trial));
    const all = points(front);
    const distance = all.map((point) =>
      point.reduce((sum, value, k) => {
        const others = all.map((other) => other[k]!);
        const gap = Math.min(...others.filter((other) => other > value)) -
          Math.max(...others.filter((other) => other < value));
        return sum + gap / (Math.max(...others) - Math.min(...others));
      }, 0)
    );
    const order = front.map((_, i) => i).sort((a, b) =>
      distance[a] === distance[b] ? 0 : distance[b]! - distance[a]!
    );
    alive.push(...order.slice(0, size - alive.length).map((i) => front[i]!));
  }
  return alive;
}

Deno.test("parents are among those that survive by rank and crowding", () => {
  for (const inFlight of [1, 8]) {
    const [trials] = drive({ ...base, inFlight });
    let alive: Trial<Toy>[] = [];
    const ages = new Set<number>();
    for (let start = 20; start < 200; start += 20) {
      alive = survivors([...alive, ...trials.slice(start - 20, start)], 20);
      const indices = new Set(alive.map(({ index }) => index));
      for (const { parents = [], notes } of trials.slice(start, start + 20)) {
        assertEquals(notes, { generation: start / 20 });
        for (const parent of parents) {
          assert(indices.has(parent), `${parent} in generation ${start / 20}`);
          ages.add(Math.floor((start - parent) / 20));
        }
      }
    }
    assert(ages.size > 2);
  }
});

Deno.test("of the last front those in the least crowded places survive", () => {
  // A front alone: 12 points, of which 6 survive. By hand, the ends and the four widest gaps.
  const places = [0, 1, 2, 3, 10, 20, 30, 31, 32, 33, 34, 40];
  const strategy = nsga2({ population: 12, crossoverRate: 0 });
  const survive = (size: number) => {
    const make = nsga2({ population: size, crossoverRate: 0 })(space, createRng("x"), goals);
    const snapshot = strategy(space, createRng("x"), goals).snapshot() as Record<string, unknown>;
    const ancestors = places.map((at, index) => ({
      index,
      arch: space.sample(createRng(index)),
      values: [at, at],
    }));
    make.restore({ ...snapshot, asked: size, told: size, ancestors } as never);
    make.ask();
    const { ancestors: left } = make.snapshot() as { ancestors: { index: number }[] };
    return left.map(({ index }) => places[index]!).sort((a, b) => a - b);
  };
  // Gaps: 10 has 17, 20 has 20, 30 has 11, 3 has 8, 34 has 7, 31 to 33 and 1, 2 have 2.
  assertEquals(survive(6), [0, 3, 10, 20, 30, 40]);
  assertEquals(survive(4), [0, 10, 20, 40]);
});

Deno.test("the front is mutually non-dominated and near the true one", () => {
  const all = [...space.enumerate()].map((arch) => metrics(arch));
  const truth = all.map(({ value, macs }) => [value, macs]);
  const best = paretoFront(truth, directions).map((i) => truth[i]!);
  const found = (population: number) => {
    const strategy = nsga2({ population });
    const [trials] = drive({ ...base, trials: 400, strategy });
    const all = points(trials);
    return paretoFront(all, directions).map((i) => all[i]!);
  };
  const front = found(40);
  assertEquals(paretoFront(front, directions).length, front.length);
  const share = (front: number[][]) =>
    best.filter(([value, macs]) => front.some((one) => one[0] === value && one[1] === macs))
      .length / best.length;
  // A population of all trials is a random search.
  const [own, chance] = [share(front), share(found(400))];
  assert(own > 0.3 && own > 4 * chance, `${own} against ${chance} at random`);
});

Deno.test("rescaling an objective in order changes nothing where no crowded place decides", () => {
  const goals = [maximize("value"), minimize("rank")];
  // Few values, so that all generations consist of whole fronts or are cut by the ends alone.
  const [plain] = drive({
    ...base,
    goals,
    evaluate: (arch) => ({ value: 1, rank: toyMacs(arch) }),
  });
  const [scaled] = drive({
    ...base,
    goals,
    evaluate: (arch) => ({ value: 7, rank: Math.exp(toyMacs(arch) / 50) }),
  });
  assertEquals(scaled.map(({ key }) => key), plain.map(({ key }) => key));
});

Deno.test("a child has the better of two as a parent, or two of these", () => {
  const [trials] = drive({ ...base, strategy: nsga2({ population: 50, crossoverRate: 0.5 }) });
  const counts = trials.slice(50).map(({ parents }) => parents!.length);
  const crossed = counts.filter((count) => count === 2).length;
  // Half of 150, less those few whose two parents are one; four standard deviations.
  assert(crossed > 75 - 28 && crossed < 75 + 25, `${crossed}`);
  const [alone] = drive({ ...base, strategy: nsga2({ population: 50, crossoverRate: 0 }) });
  assert(alone.slice(50).every(({ parents }) => parents!.length === 1));
});

Deno.test("tournaments favour the better half three to one", () => {
  // With one goal every front is one value; the better half of the survivors wins 3/4 of the time.
  const goals = [maximize("value")];
  const [trials] = drive({
    ...base,
    goals,
    trials: 2000,
    strategy: nsga2({ population: 1000, crossoverRate: 0 }),
  });
  const ranked = trials.slice(0, 1000).toSorted((a, b) => b.metrics.value! - a.metrics.value!);
  const top = new Set(ranked.slice(0, 500).map(({ index }) => index));
  const children = trials.slice(1000).filter(({ parents }) => parents !== undefined);
  const wins = children.filter(({ parents }) => top.has(parents![0]!)).length;
  const { length } = children;
  assert(Math.abs(wins - 0.75 * length) < 4 * Math.sqrt(0.1875 * length), `${wins} of ${length}`);
});

Deno.test("no architecture is tried twice, and failures have no children", () => {
  let candidates = 0;
  const [trials, rejected] = drive<Toy>({
    ...base,
    evaluate: (arch) => (["failed", "rejected", metrics(arch)] as const)[candidates++ % 3]!,
  });
  const keys = [...trials, ...rejected].map(({ key }) => key);
  assertEquals(new Set(keys).size, keys.length);
  for (const { parents = [] } of trials) {
    assert(parents.every((parent) => trials[parent]!.status === "complete"));
  }
});

Deno.test("bad options are refused", () => {
  assertThrows(() => nsga2({ population: 0 }), RangeError, "Cannot make nsga2: population must be");
  assertThrows(() => nsga2({ crossoverRate: 2 }), RangeError, "crossoverRate must be from 0 to 1");
  assertThrows(() => nsga2({ mutationRate: NaN }), RangeError, "mutationRate must be from 0 to 1");
});

Deno.test("its options are part of its name", () => {
  assertEquals(
    nsga2().strategyName,
    "nsga2(population: 100, crossoverRate: 0.9, mutationRate: 1/decisions)",
  );
});
