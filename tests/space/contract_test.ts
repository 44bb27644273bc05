import { assertRejects } from "@std/assert";
import { GraphBuilder } from "naskit/graph/mod.ts";
import {
  choice,
  defineSpace,
  repeat,
  sampleByDecision,
  type SearchSpace,
  spaceContract,
} from "naskit/space/mod.ts";

type Arch = { readonly depth: number; readonly width: number };

function toy(): SearchSpace<Arch> {
  const widths = [2, 4, 8];
  return defineSpace<Arch>({
    name: "toy",
    decisions: [
      { name: "depth", options: ["1", "2"] },
      { name: "width", options: widths.map(String) },
    ],
    fromChoices: ([depth, width]) => ({
      depth: (depth as number) + 1,
      width: widths[width as number] as number,
    }),
    toChoices: ({ depth, width }) => [depth - 1, widths.indexOf(width)],
    lower: ({ depth, width }) => {
      const net = new GraphBuilder([6, 6, 1]);
      let x = net.input;
      for (let i = 0; i < depth; i++) {
        x = net.add(`conv${i}`, { op: "conv", kernel: 3, channels: width }, x);
      }
      return net.build(x);
    },
  });
}

Deno.test("a space made by defineSpace() keeps the contract", async () => {
  await spaceContract(toy());
});

const faults: [string, (space: SearchSpace<Arch>) => Partial<SearchSpace<Arch>>, string][] = [
  ["a wrong size", () => ({ size: 5n }), "enumerate gives each architecture"],
  ["a size beyond the decisions", () => ({ size: 7n }), "at most the product"],
  [
    "an enumeration that repeats",
    (space) => ({ enumerate: () => [...space.enumerate(), ...space.enumerate()] }),
    "each architecture once",
  ],
  ["encode that forgets", () => ({ encode: ({ depth }) => `${depth}` }), "decode undoes encode"],
  [
    "decode that takes anything",
    (space) => ({
      decode: (text) => /^\d,\d$/.test(text) ? space.decode(text) : space.fromChoices([0, 0]),
    }),
    "decode refuses other text",
  ],
  ["an unseeded sample", (space) => {
    let calls = 0;
    return { sample: () => space.fromChoices([calls++ % 2, 0]) };
  }, "sample is determined by the seed"],
  ["a mutation that may do nothing", () => ({ mutate: (arch) => arch }), "exactly one decision"],
  [
    "a crossover that invents",
    (space) => ({ crossover: (_a, _b, rng) => space.sample(rng) }),
    "takes each decision from a parent",
  ],
  [
    "neighbours that leave one out",
    (space) => ({ neighbours: (arch) => [arch, ...space.neighbours(arch)] }),
    "neighbours are the members",
  ],
  [
    "choices that are not checked",
    () => ({ fromChoices: ([depth, width]) => ({ depth: depth! + 1, width: [2, 4, 8][width!]! }) }),
    "fromChoices refuses other choices",
  ],
  ["lowering to nonsense", (space) => ({
    lower: (arch) => ({ ...space.lower(arch), output: "nowhere" }),
  }), "Graph is not valid"],
];

for (const [fault, change, rule] of faults) {
  Deno.test(`spaceContract() finds ${fault}`, async () => {
    const space = toy();
    await assertRejects(() => spaceContract({ ...space, ...change(space) }), Error, rule);
  });
}

/** One or two layers, each of its own width. */
function nested(): SearchSpace<readonly number[]> {
  return defineSpace<readonly number[]>({
    name: "nested",
    part: repeat(choice([2, 4, 8]), { counts: [1, 2] }),
    lower: (widths) => {
      const net = new GraphBuilder([6, 6, 1]);
      return net.build(widths.reduce(
        (x, channels, i) => net.add(`conv${i}`, { op: "conv", kernel: 3, channels }, x),
        net.input,
      ));
    },
  });
}

Deno.test("a space of conditional decisions keeps the contract", async () => {
  await spaceContract(nested());
});

const nestedFaults: [
  string,
  (space: SearchSpace<readonly number[]>) => Partial<SearchSpace<readonly number[]>>,
  string,
][] = [
  [
    "a sample that is uniform by decision",
    (space) => ({ sample: (rng) => sampleByDecision(space, rng) }),
    "sample draws each architecture as often",
  ],
  [
    "neighbours that reach deeper networks but not back",
    (space) => ({
      *neighbours(arch) {
        for (const other of space.neighbours(arch)) if (other.length >= arch.length) yield other;
      },
    }),
    "neighbour of its neighbours",
  ],
  [
    "neighbours that leave one out both ways",
    (space) => ({
      *neighbours(arch) {
        for (const other of space.neighbours(arch)) {
          if (JSON.stringify([arch, other].toSorted()) !== "[[2],[4]]") yield other;
        }
      },
    }),
    "neighbours are all architectures",
  ],
  [
    "allowed that opens what is never decided",
    (space) => ({
      allowed: (prefix) => {
        const may = space.allowed(prefix);
        return prefix.length === 2 ? [0, 1, 2] : may;
      },
    }),
    "Not an architecture of nested",
  ],
  [
    "a mutation that changes more than it must",
    (space) => ({
      mutate: (arch, rng, rate) =>
        rate === undefined
          ? space.mutate(space.mutate(arch, rng), rng)
          : space.mutate(arch, rng, rate),
    }),
    "mutate changes exactly one decision",
  ],
];

for (const [fault, change, rule] of nestedFaults) {
  Deno.test(`spaceContract() finds ${fault}`, async () => {
    const space = nested();
    await assertRejects(() => spaceContract({ ...space, ...change(space) }), Error, rule);
  });
}
