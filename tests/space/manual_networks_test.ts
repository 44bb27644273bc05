import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { digits } from "naskit/data/mod.ts";
import { trainGraph } from "naskit/estimate/mod.ts";
import { type Graph, inferShapes } from "naskit/graph/mod.ts";
import {
  type ManualNetworkOptions,
  mobileNetLike,
  resNetLike,
  roundChannels,
  vggLike,
} from "naskit/space/mod.ts";

/** Parameters and MACs, additions of a bias not counted, of some layers one behind the other. */
class Sum {
  params = 0;
  macs = 0;

  /** A convolution of kernel x kernel with batch norm, to `out` channels of `size` x `size` pixels. */
  conv(kernel: number, inner: number, out: number, size: number): void {
    this.params += kernel ** 2 * inner * out + 2 * out;
    this.macs += kernel ** 2 * inner * out * size ** 2;
  }

  depthwise(channels: number, size: number): void {
    this.params += 9 * channels + 2 * channels;
    this.macs += 9 * channels * size ** 2;
  }

  linear(inner: number, out: number): void {
    this.params += inner * out + out;
    this.macs += inner * out;
  }

  get totals(): [params: number, macs: number] {
    return [this.params, this.macs];
  }
}

function totals(graph: Graph): [params: number, macs: number] {
  const { params, macs } = cost(graph, { countBias: false });
  return [params, macs];
}

interface Chosen {
  readonly size: number;
  readonly inputChannels: number;
  readonly classes: number;
  readonly channels: number[];
  readonly depths: number[];
}

const chosen: fc.Arbitrary<Chosen> = fc.integer({ min: 1, max: 3 }).chain((stages) =>
  fc.record({
    size: fc.integer({ min: 8, max: 33 }),
    inputChannels: fc.constantFrom(1, 3),
    classes: fc.integer({ min: 2, max: 20 }),
    channels: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: stages, maxLength: stages }),
    depths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: stages, maxLength: stages }),
  })
);
const runs = { numRuns: 40 };

Deno.test("a VGG-like network costs what its layers do", () => {
  fc.assert(
    fc.property(
      chosen,
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
      (net, hidden) => {
        const sum = new Sum();
        let [inner, size] = [net.inputChannels, net.size];
        net.channels.forEach((out, s) => {
          for (let i = 0; i < net.depths[s]!; i++) {
            sum.conv(3, inner, out, size);
            inner = out;
          }
          size = Math.floor(size / 2);
        });
        let features = size ** 2 * inner;
        for (const next of [...hidden, net.classes]) {
          sum.linear(features, next);
          features = next;
        }
        assertEquals(totals(vggLike({ ...net, hidden })), sum.totals);
      },
    ),
    runs,
  );
});

Deno.test("a ResNet-like network costs what its layers do", () => {
  fc.assert(
    fc.property(chosen, fc.boolean(), (net, shortcuts) => {
      const sum = new Sum();
      let [inner, size] = [net.channels[0]!, net.size];
      sum.conv(3, net.inputChannels, inner, size);
      net.channels.forEach((out, s) => {
        for (let b = 0; b < net.depths[s]!; b++) {
          const halves = s > 0 && b === 0;
          if (halves) size = Math.ceil(size / 2);
          sum.conv(3, inner, out, size);
          sum.conv(3, out, out, size);
          if (shortcuts && (halves || inner !== out)) sum.conv(1, inner, out, size);
          inner = out;
        }
      });
      sum.linear(inner, net.classes);
      const graph = resNetLike({ ...net, shortcuts });
      assertEquals(totals(graph), sum.totals);
      const adds = graph.nodes.filter(({ op }) => op === "add").length;
      assertEquals(adds, shortcuts ? net.depths.reduce((a, b) => a + b) : 0);
    }),
    runs,
  );
});

Deno.test("a MobileNet-like network costs what its layers do", () => {
  fc.assert(
    fc.property(
      chosen,
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 9 }),
      (net, step, stem) => {
        const sum = new Sum();
        let [inner, size] = [stem, Math.ceil(net.size / step)];
        sum.conv(3, net.inputChannels, inner, size);
        net.channels.forEach((out, s) => {
          for (let i = 0; i < net.depths[s]!; i++) {
            if (s > 0 && i === 0) size = Math.ceil(size / 2);
            sum.depthwise(inner, size);
            sum.conv(1, inner, out, size);
            inner = out;
          }
        });
        sum.linear(inner, net.classes);
        assertEquals(totals(mobileNetLike({ ...net, stem, stemStride: step })), sum.totals);
      },
    ),
    runs,
  );
});

Deno.test("published networks have their published parameters and MACs", () => {
  const vgg16 = vggLike({
    size: 224,
    classes: 1000,
    channels: [64, 128, 256, 512, 512],
    depths: [2, 2, 3, 3, 3],
    hidden: [4096, 4096],
  });
  // The published 138,357,544 have a bias of each convolution, where this has a scale and a shift.
  const filters = 64 * 2 + 128 * 2 + 256 * 3 + 512 * 6;
  assertEquals(totals(vgg16), [138_357_544 + filters, 15_470_264_320]);
  // The shortcuts of the published 269,722 have no parameters.
  const shortcuts = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64);
  assertEquals(totals(resNetLike({ depths: [3, 3, 3] }))[0], 269_722 + shortcuts);
  const mobileNet = mobileNetLike({
    size: 224,
    classes: 1000,
    channels: [64, 128, 256, 512, 1024],
    depths: [1, 2, 2, 6, 2],
    stemStride: 2,
  });
  assertEquals(totals(mobileNet), [4_231_976, 568_740_352]);
});

const makers: { readonly [name: string]: (options: ManualNetworkOptions) => Graph } = {
  vggLike,
  resNetLike,
  mobileNetLike,
};

Deno.test("the width multiplies all channels, rounded to fours, and 1 leaves them", () => {
  for (const make of Object.values(makers)) {
    assertEquals(make({ width: 1 }), make({}));
    for (const width of [0.25, 0.6, 1.5]) {
      const channelsOf = (graph: Graph) =>
        graph.nodes.flatMap((node) =>
          node.op === "conv" ? [node.channels] : node.op === "linear" ? [node.features] : []
        ).slice(0, -1);
      const expected = channelsOf(make({})).map((each) => roundChannels(each * width, 4));
      assertEquals(channelsOf(make({ width })), expected);
    }
  }
});

Deno.test("networks for Fashion-MNIST and CIFAR have as many outputs as classes", () => {
  for (const make of Object.values(makers)) {
    for (const [size, inputChannels, classes] of [[28, 1, 10], [32, 3, 100]] as const) {
      const graph = make({ size, inputChannels, classes });
      assertEquals(inferShapes(graph).get(graph.output), [classes]);
    }
  }
});

Deno.test("networks designed by hand learn", async () => {
  const data = await digits({ train: 300, validation: 200 });
  for (const [name, make] of Object.entries(makers)) {
    const graph = make({
      size: 8,
      inputChannels: 1,
      channels: [16, 32],
      depths: [1, 1],
      width: 0.5,
    });
    const { model, accuracy } = await trainGraph(graph, data, {
      epochs: 8,
      batchSize: 16,
      seed: "manual",
    });
    model.dispose();
    assertGreater(accuracy, 0.6, name);
  }
});

Deno.test("networks designed by hand name what is wrong", () => {
  const fails = (make: () => Graph, message: string) => assertThrows(make, RangeError, message);
  fails(
    () => vggLike({ size: 0 }),
    "Cannot make vggLike: size must be a positive whole number, got 0",
  );
  fails(() => vggLike({ size: 7 }), "size must be at least 8 for 3 stages, got 7");
  fails(() => vggLike({ hidden: [0.5] }), "hidden[0] must be a positive whole number, got 0.5");
  fails(() => resNetLike({ width: -1 }), "width must be a positive number, got -1");
  fails(() => resNetLike({ depths: [1] }), "one number for each stage, got [16,32,64] and [1]");
  fails(() => resNetLike({ channels: [] }), "one number for each stage, got [] and []");
  fails(() => mobileNetLike({ depths: [1, 0, 2] }), "depths[1] must be a positive whole number");
  fails(() => mobileNetLike({ stem: 1.5 }), "stem must be a positive whole number, got 1.5");
});
