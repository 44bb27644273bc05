import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { anyOf, atMost, cost, deviceLimits, stm32F746 } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import {
  choice,
  compareSpaces,
  defineSpace,
  lowerChain,
  type MobileArch,
  mobileNetwork,
  mobileSkeletons,
  type NamedSpace,
  product,
  sampleByDecision,
  widthResolutionGrid,
  type WidthResolutionSpace,
} from "naskit/space/mod.ts";

const { small } = mobileSkeletons;
const grid = widthResolutionGrid({
  skeleton: small,
  widths: [0.5, 1],
  resolutions: [16, 28],
  inputChannels: 1,
});

/** A convolution of 1x1 to one of some numbers of channels, on an image of 4x4 with one channel. */
function channelsSpace(
  name: string,
  channels: readonly number[],
): NamedSpace<{ channels: number }> {
  const space = defineSpace({
    name,
    part: product({ channels: choice(channels) }),
    lower: ({ channels }) =>
      lowerChain({
        input: [4, 4, 1],
        blocks: [{
          name: "conv",
          key: `${channels}`,
          add: (net, [x]) => [net.add("conv", { op: "conv", kernel: 1, channels }, x as string)],
        }],
      }),
  });
  return { name, space };
}

Deno.test("the grid takes a mobile network apart into spaces of one width and resolution", () => {
  const widths = [0.25, 0.5, 1];
  const resolutions = [12, 20];
  const spaces = widthResolutionGrid({ widths, resolutions });
  assertEquals(spaces.map(({ name }) => name), [
    "w0.25 r12",
    "w0.25 r20",
    "w0.5 r12",
    "w0.5 r20",
    "w1 r12",
    "w1 r20",
  ]);
  const whole = mobileNetwork({ widths, resolutions });
  assertEquals(spaces.reduce((sum, { space }) => sum + space.size, 0n), whole.size);
  const rng = createRng("grid");
  for (let i = 0; i < 20; i++) {
    const arch = whole.sample(rng);
    const homes = spaces.filter(({ width, resolution }) =>
      width === arch.width && resolution === arch.resolution
    );
    assertEquals(homes.length, 1);
    const { space } = homes[0] as WidthResolutionSpace;
    assertEquals(space.lower(space.decode(whole.encode(arch))), whole.lower(arch));
  }
});

Deno.test("the grid of MCUNet has 108 spaces", () => {
  const spaces = widthResolutionGrid({ skeleton: mobileSkeletons.ofaProxyless });
  assertEquals(spaces.length, 108);
  assertEquals(new Set(spaces.map(({ width }) => width)).size, 9);
  assertEquals(Math.max(...spaces.map(({ resolution }) => resolution)), 224);
  assertEquals(spaces[0]?.space.size, 9n * (9n ** 2n + 9n ** 3n + 9n ** 4n) ** 5n);
});

Deno.test("the grid refuses widths and resolutions that come twice", () => {
  assertThrows(
    () => widthResolutionGrid({ widths: [1, 1] }),
    RangeError,
    "widths must be different",
  );
  assertThrows(() => widthResolutionGrid({ resolutions: [] }), RangeError, "resolutions must be");
});

Deno.test("spaces of one network have its numbers, and rank by its MACs", async () => {
  const spaces = [2, 5, 3, 9].map((channels) => channelsSpace(`c${channels}`, [channels]));
  // The convolution has 16 MACs for each channel, and holds 16 bytes of image and as many of each channel.
  const { ranking, stopped } = await compareSpaces(spaces, {
    constraints: [atMost("peakMemory", 16 + 5 * 16)],
    samples: 4,
    rng: createRng(1),
  });
  assertEquals(stopped, "done");
  assertEquals(
    ranking.map(({ name, drawn, share, macs, mean, score, complete }) => ({
      name,
      drawn,
      share,
      macs,
      mean,
      score,
      complete,
    })),
    [
      ...[5, 3, 2].map((channels) => ({
        name: `c${channels}`,
        drawn: 4,
        share: 1,
        macs: Array(4).fill(16 * channels),
        mean: 16 * channels,
        score: 16 * channels,
        complete: true,
      })),
      { name: "c9", drawn: 4, share: 0, macs: [], mean: NaN, score: NaN, complete: false },
    ],
  );
  assertEquals(ranking.map(({ broken }) => broken[0]?.count), [0, 0, 0, 4]);
});

Deno.test("the share and the mean of a space are those that counting all its networks gives", async () => {
  const channels = Array.from({ length: 20 }, (_, i) => i + 1);
  const { ranking } = await compareSpaces([channelsSpace("all", channels)], {
    constraints: [atMost("macs", 16 * 5)],
    samples: 4000,
    maxDraws: 20_000,
    rng: createRng("all"),
  });
  const [all] = ranking;
  // Five standard errors: of a share of a quarter, and of the mean of 1 to 5 (variance 2).
  assertAlmostEquals(all!.share, 0.25, 5 * Math.sqrt(0.25 * 0.75 / 16_000));
  assertAlmostEquals(all!.mean, 16 * 3, 16 * 5 * Math.sqrt(2 / 4000));
  assertEquals(all!.macs.length, 4000);
  assertEquals(all!.broken[0]!.count, all!.drawn - 4000);
});

Deno.test("without limits every network drawn fits, and wide networks for large images lead", async () => {
  const { ranking } = await compareSpaces(grid, {
    constraints: [],
    samples: 30,
    rng: createRng("no limits"),
  });
  for (const { share, drawn, macs, broken } of ranking) {
    assertEquals([share, drawn, macs.length], [1, 30, 30]);
    assertEquals(broken, []);
  }
  assertEquals(ranking[0]?.name, "w1 r28");
  assertEquals(ranking.at(-1)?.name, "w0.5 r16");
});

Deno.test("the networks counted are those that a device's limits allow", async () => {
  const device = { ...stm32F746, sram: 12 * 1024, flash: 14 * 1024 };
  const constraints = deviceLimits(device);
  const { ranking } = await compareSpaces(grid, {
    constraints,
    samples: 60,
    maxDraws: 120,
    rng: createRng("device"),
  });
  const [sram, flash] = constraints;
  for (const { space, drawn, share, macs, broken } of ranking) {
    const rng = createRng("device").split("draws");
    const all = Array.from(
      { length: drawn },
      () => cost(space.lower(sampleByDecision(space, rng))),
    );
    const fitting = all.filter((each) =>
      each.peakMemory <= device.sram && each.flash <= device.flash
    );
    assertEquals(macs, fitting.map(({ macs }) => macs).sort((a, b) => a - b));
    assertEquals(share, fitting.length / drawn);
    assertEquals(broken, [
      { limit: sram, count: all.filter(({ peakMemory }) => peakMemory > device.sram).length },
      { limit: flash, count: all.filter((each) => each.flash > device.flash).length },
    ]);
  }
  assert(ranking.some(({ share }) => share > 0 && share < 1), "the limits decide nothing");
});

Deno.test("looser limits let no less through, and the order of the spaces does not matter", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2000, max: 30_000 }),
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 1000 }),
      async (sram, more, seed) => {
        const compare = async (limit: number, spaces: readonly WidthResolutionSpace[]) => {
          const { ranking } = await compareSpaces(spaces, {
            constraints: [atMost("peakMemory", limit)],
            samples: 12,
            maxDraws: 12,
            rng: createRng(seed),
          });
          return new Map(ranking.map((each) => [each.name, each]));
        };
        const tight = await compare(sram, grid);
        const loose = await compare(sram + more, grid);
        const turned = await compare(sram, grid.toReversed());
        for (const { name } of grid) {
          const [a, b] = [tight.get(name)!, loose.get(name)!];
          assertLessOrEqual(a.share, b.share);
          assertLessOrEqual(a.macs.at(-1) ?? 0, b.macs.at(-1) ?? 0);
          assertEquals(turned.get(name)!.macs, a.macs);
          assertEquals(a.macs, a.macs.toSorted((x, y) => x - y));
          assertLessOrEqual(a.drawn, 12);
          if (a.macs.length > 0) {
            assertAlmostEquals(a.mean, a.macs.reduce((x, y) => x + y) / a.macs.length, 1e-6);
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("the ranking falls, those with too few behind, and those with none last", async () => {
  const spaces = [
    channelsSpace("none", [50, 60]),
    channelsSpace("few", [9, ...Array.from({ length: 30 }, (_, i) => 20 + i)]),
    channelsSpace("two", [1, 7]),
    channelsSpace("three", [2, 3, 8]),
    channelsSpace("nothing", [70]),
  ];
  const options = {
    constraints: [anyOf(atMost("macs", 160), atMost("params", 9))],
    samples: 100,
    rng: createRng("rank"),
  };
  const byMean = await compareSpaces(spaces, options);
  assertEquals(byMean.ranking.map(({ name }) => name), ["three", "two", "few", "none", "nothing"]);
  const few = byMean.ranking[2]!;
  assertEquals([few.complete, few.drawn, few.mean], [false, 1000, 144]);
  assertEquals(byMean.ranking[3]!.drawn, 100);
  assertEquals(byMean.ranking.map(({ score }) => score), byMean.ranking.map(({ mean }) => mean));

  const byMedian = await compareSpaces(spaces.slice(2, 4), { ...options, rankQuantile: 0.6 });
  assertEquals(byMedian.ranking.map(({ name, score }) => [name, score]), [["two", 112], [
    "three",
    48,
  ]]);
});

Deno.test("the same seed gives the same comparison, and a way to draw can be given", async () => {
  const compare = (seed: number, uniform = false) =>
    compareSpaces<MobileArch, WidthResolutionSpace>(grid.slice(0, 2), {
      constraints: [],
      samples: 50,
      rng: createRng(seed),
      ...(uniform ? { draw: (space, rng) => space.sample(rng) } : {}),
    });
  const macs = async (...of: Parameters<typeof compare>) =>
    (await compare(...of)).ranking.map(({ macs }) => macs);
  assertEquals(await macs(1), await macs(1));
  assert((await macs(1))[0]!.join() !== (await macs(2))[0]!.join());
  // Deep networks, of which there are most, are drawn more often.
  assertGreater((await compare(1, true)).ranking[0]!.mean, (await compare(1)).ranking[0]!.mean);
});

Deno.test("a comparison tells how far it is, and stops with what it has", async () => {
  const seen: string[] = [];
  const controller = new AbortController();
  const { ranking, stopped } = await compareSpaces(grid, {
    constraints: [],
    samples: 20,
    rng: createRng("stop"),
    signal: controller.signal,
    onProgress: ({ label, done, total, unit, note }) => {
      seen.push(`${label} ${done}/${total} ${unit}, ${note}`);
      if (done === 2) controller.abort();
    },
  });
  assertEquals(seen, [
    "comparing spaces 1/4 spaces, best w0.5 r16",
    "comparing spaces 2/4 spaces, best w0.5 r28",
  ]);
  assertEquals(stopped, "aborted");
  assertEquals(ranking.map(({ name, drawn }) => [name, drawn]), [
    ["w0.5 r28", 20],
    ["w0.5 r16", 20],
    ["w1 r16", 0],
    ["w1 r28", 0],
  ]);
});

Deno.test("a comparison is stopped in the midst of a space", async () => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 40);
  const { ranking, stopped } = await compareSpaces(grid.slice(0, 1), {
    constraints: [],
    samples: 10_000_000,
    rng: createRng("long"),
    signal: controller.signal,
  });
  clearTimeout(timer);
  assertEquals(stopped, "aborted");
  const [{ drawn, macs }] = ranking as [typeof ranking[number]];
  assert(drawn > 0 && drawn < 10_000_000);
  assertEquals(macs.length, drawn);
});

Deno.test("a comparison names what is wrong", async () => {
  const rng = createRng(0);
  const fails = (message: string, options: object, spaces = grid.slice(0, 2)) =>
    assertRejects(
      () => compareSpaces(spaces, { constraints: [], rng, ...options }),
      RangeError,
      message,
    );
  await fails("spaces is empty", {}, []);
  await fails('names must differ, got "w0.5 r16" twice', {}, [grid[0]!, grid[0]!]);
  await fails("samples must be a positive whole number, got 0", { samples: 0 });
  await fails("maxDraws must be at least samples (20), got 10", { samples: 20, maxDraws: 10 });
  await fails("rankQuantile must be from 0 to 1, got 2", { rankQuantile: 2 });
  await fails('Cannot check constraint on "latency"', { constraints: [atMost("latency", "5 ms")] });
});
