import { assert, assertEquals, assertThrows } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import {
  mobileNetwork,
  type MobileNetworkOptions,
  mobileSkeletons,
  roundChannels,
  sampleByDecision,
  scaleMobileSkeleton,
  spaceContract,
  spaceCosts,
} from "naskit/space/mod.ts";

const { small, ofaMobileNetV3, mobileNetV2, efficientNetB0 } = mobileSkeletons;
const resolutions = Array.from({ length: 25 }, (_, i) => 128 + 4 * i);

Deno.test("small mobile networks keep the contract of a space", async () => {
  const widths = [0.5, 1];
  await spaceContract(mobileNetwork({ resolutions: [8, 12], widths }), { runs: 15 });
  const stages = small.stages.slice(0, 2).map((stage) => ({
    ...stage,
    channels: [4, 8],
    depths: [1, 2],
    kernels: [3],
    expansions: [1, 2],
  }));
  await spaceContract(mobileNetwork({ skeleton: { ...small, stages }, inputChannels: 1 }), {
    runs: 10,
  });
});

Deno.test("large mobile networks keep the contract of a space", async () => {
  const space = mobileNetwork({ skeleton: ofaMobileNetV3, resolutions, widths: [0.75, 1] });
  await spaceContract(space, { runs: 4 });
});

Deno.test("Once-for-All's space has its published size", () => {
  const space = mobileNetwork({ skeleton: ofaMobileNetV3 });
  assertEquals(space.size, 21_758_655_492_572_485_851n);
  assertEquals(mobileNetwork({ skeleton: ofaMobileNetV3, resolutions }).size, 25n * space.size);
  assertEquals(space.decisions.length, 5 * (1 + 4 * 2));
});

/** Trained numbers and MACs of a network that leaves nothing to choose, with ImageNet's classes. */
function only(options: MobileNetworkOptions) {
  const space = mobileNetwork({ ...options, classes: 1000 });
  assertEquals(space.size, 1n);
  return cost(space.lower(space.sample(createRng("only"))));
}

Deno.test("MobileNetV2 has its published parameters and MACs", () => {
  const { params, macs } = only({ skeleton: mobileNetV2 });
  // 1000 MACs are the additions of the classifier's bias.
  assertEquals([params, macs], [3_504_872, 300_774_272 + 1000]);
});

Deno.test("scaling the baseline gives the published parameters of EfficientNet-B0 to B7", () => {
  const published: [depth: number, width: number, size: number, params: number, gmacs: number][] = [
    [1.0, 1.0, 224, 5_288_548, 0.39],
    [1.1, 1.0, 240, 7_794_184, 0.69],
    [1.2, 1.1, 288, 9_109_994, 1.09],
    [1.4, 1.2, 300, 12_233_232, 1.83],
    [1.8, 1.4, 380, 19_341_616, 4.39],
    [2.2, 1.6, 456, 30_389_784, 10.27],
    [2.6, 1.8, 528, 43_040_704, 19.07],
    [3.1, 2.0, 600, 66_347_960, 37.75],
  ];
  for (const [depth, width, size, expected, gmacs] of published) {
    const scale = { depth, width, resolution: size / 224 };
    const { params, macs } = only({ skeleton: scaleMobileSkeleton(efficientNetB0, scale) });
    assertEquals([params, (macs / 1e9).toFixed(2)], [expected, gmacs.toFixed(2)]);
  }
});

Deno.test("MobileNetV3-Large is a network of Once-for-All's skeleton with more to choose", () => {
  const stages = ofaMobileNetV3.stages.map((stage) => ({
    ...stage,
    depths: [1, 2, 3, 4],
    expansions: [1, 2.3, 2.5, 3, 4, 6],
  }));
  const space = mobileNetwork({ skeleton: { ...ofaMobileNetV3, stages }, classes: 1000 });
  const arch = space.decode(
    "224px w1 16:k3e1 24:k3e4-k3e3 40:k5e3-k5e3-k5e3 80:k3e6-k3e2.5-k3e2.3-k3e2.3 " +
      "112:k3e6-k3e6 160:k5e6-k5e6-k5e6",
  );
  // The published network has a bias in the linear layer of 1280 features, Once-for-All's has none.
  assertEquals(cost(space.lower(arch)).params, 5_483_032 - 1280);
});

Deno.test("an inverted residual block costs what counting by hand gives", () => {
  const space = mobileNetwork({
    skeleton: {
      ...small,
      stem: { channels: 16, stride: 1, activation: "relu" },
      stages: [{
        channels: [24],
        stride: 2,
        depths: [1],
        kernels: [3],
        expansions: [6],
        activation: "relu",
      }],
    },
    resolutions: [32],
  });
  const graph = space.lower(space.sample(createRng("block")));
  const block = cost(graph).nodes.filter(({ name }) => name.startsWith("stage0.block0"));
  assertEquals(block.reduce((sum, { macs }) => sum + macs, 0), 2_383_872);
});

Deno.test("costs by blocks are those of the whole graph, for random networks of all kinds", () => {
  const spaces = [
    mobileNetwork({ skeleton: ofaMobileNetV3, resolutions, widths: [0.5, 1] }),
    mobileNetwork({ resolutions: [20, 28, 32], widths: [0.5, 1, 1.5] }),
    mobileNetwork({
      skeleton: { ...small, stages: small.stages.map((each) => ({ ...each, channels: [8, 12] })) },
    }),
  ];
  const rng = createRng("costs");
  for (const space of spaces) {
    const costsOf = spaceCosts(space);
    for (let i = 0; i < 60; i++) {
      const arch = i % 2 === 0 ? space.sample(rng) : sampleByDecision(space, rng);
      const { nodes: _, ...totals } = cost(space.lower(arch));
      assertEquals(costsOf(arch), totals);
    }
  }
});

Deno.test("a deeper stage keeps its first blocks, and decides about the new ones", () => {
  const space = mobileNetwork({ inputChannels: 1 });
  const arch = space.decode("28px w1 8:k3e2 16:k5e4-k3e2 32:k7e4");
  const deeper = [...space.neighbours(arch)].filter(({ stages }) => stages[0]?.blocks.length === 2);
  assertEquals(deeper.length, 6);
  for (const { stages } of deeper) {
    assertEquals(stages[0]?.blocks[0], { kernel: 3, expansion: 2 });
    assertEquals(stages.slice(1), arch.stages.slice(1));
  }
});

Deno.test("width and resolution set every shape", () => {
  const space = mobileNetwork({ inputChannels: 1, resolutions: [20], widths: [0.5] });
  const graph = space.lower(space.decode("20px w0.5 8:k3e2 16:k5e4-k3e2 32:k7e4"));
  const shapes = inferShapes(graph);
  assertEquals(shapes.get("input"), [20, 20, 1]);
  assertEquals(shapes.get("stem.conv"), [20, 20, 4]);
  assertEquals(shapes.get("stage1.block0.expand.conv"), [20, 20, 16]);
  assertEquals(shapes.get("stage1.block1.sum"), [10, 10, 8]);
  assertEquals(shapes.get("stage2.block0.project.bn"), [5, 5, 16]);
  assertEquals(shapes.get("head.conv"), [5, 5, 32]);
});

Deno.test("channels are rounded to the nearest multiple, by at most a tenth down", () => {
  for (let channels = 1; channels < 300; channels++) {
    const rounded = roundChannels(channels);
    assert(rounded % 8 === 0 && rounded >= 0.9 * channels && rounded <= Math.max(8, channels + 8));
  }
  assertEquals(roundChannels(32 * 1.1), 32);
  assertEquals(roundChannels(18), 24);
});

Deno.test("text that is no network of the space is refused with the place and the reason", () => {
  const space = mobileNetwork();
  const cases: [string, string][] = [
    ["", '"" must be like 28px'],
    ["28px", '"" must be like w0.5'],
    ["28px w1.0 8:k3e2 16:k3e2 32:k3e2", 'it is written "28px w1 8:k3e2 16:k3e2 32:k3e2"'],
    ["28px w1 8:k3 16:k3e2 32:k3e2", '"k3" must be like k3e6'],
    ["28px w1 8:k3e2 16:k3e2 32:k3e2:k3e2", 'must have one ":"'],
    ["28px w1 8:k3e2 16:k3e2", "stages: must be an array of 3"],
    ["28px w1 8:k3e2 16:k3e2 32:k4e2", "stages: 2: blocks: 0: kernel: must be one of 3, 5, 7"],
    ["20px w1 8:k3e2 16:k3e2 32:k3e2", "resolution: must be one of 28, got 20"],
  ];
  for (const [text, reason] of cases) assertThrows(() => space.decode(text), SyntaxError, reason);
});

Deno.test("options that make no sense are refused", () => {
  const refuse = (options: MobileNetworkOptions, reason: string) =>
    assertThrows(() => mobileNetwork(options), RangeError, reason);
  const [first, ...rest] = small.stages;
  const withStage = (change: object) => ({
    skeleton: { ...small, stages: [{ ...first!, ...change }, ...rest] },
  });
  refuse({ classes: 0 }, "classes must be a positive whole number");
  refuse({ resolutions: [0] }, "resolutions must be a positive whole number");
  refuse({ widths: [0] }, "widths must be positive numbers, got 0");
  refuse({ skeleton: { ...small, stages: [] } }, "skeleton.stages is empty");
  refuse(withStage({ kernels: [4] }), "skeleton.stages[0].kernels must be odd, got 4");
  refuse(withStage({ expansions: [0.5] }), "skeleton.stages[0].expansions must be numbers");
  refuse(withStage({ depths: [0, 1] }), "skeleton.stages[0].depths must be a positive whole");
  assertThrows(() => roundChannels(-1), RangeError, "channels must be a positive number");
  assertThrows(
    () => scaleMobileSkeleton(small, { depth: 0, width: 1, resolution: 1 }),
    RangeError,
    "depth must be a positive number",
  );
});

Deno.test("gates and activations are those of the published networks", () => {
  const opsOf = (options: MobileNetworkOptions, block: string) => {
    const space = mobileNetwork(options);
    const { nodes } = space.lower(space.sample(createRng("ops")));
    const acts = new Set(["relu", "relu6", "hswish", "swish", "sigmoid", "hsigmoid"]);
    return nodes.filter(({ name, op }) => name.startsWith(`${block}.`) && acts.has(op))
      .map(({ op }) => op);
  };
  assertEquals(
    opsOf({ skeleton: efficientNetB0 }, "stage1.block1"),
    ["swish", "swish", "swish", "sigmoid"],
  );
  assertEquals(
    opsOf({ skeleton: ofaMobileNetV3 }, "stage5.block1"),
    ["hswish", "hswish", "relu", "hsigmoid"],
  );
  assertEquals(opsOf({ skeleton: ofaMobileNetV3 }, "stage1.block1"), ["relu", "relu"]);
  assertEquals(opsOf({ skeleton: mobileNetV2 }, "stage2.block1"), ["relu6", "relu6"]);
});
