import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { drawStages, type StagesDrawing } from "naskit/plot/draw_stages.ts";
import { toSVG } from "naskit/plot/svg.ts";
import { textWidth } from "naskit/plot/text_width.ts";
import {
  compoundScaling,
  deepLabGrid,
  deepLabPaths,
  type MobileArch,
  mobileNetwork,
  mobileSkeletons,
} from "naskit/space/mod.ts";

const title = "Networks";
const space = mobileNetwork({ inputChannels: 1, resolutions: [16, 28], widths: [0.5, 1, 2] });
const places = { stage0: 2, stage1: 3, stage2: 3 };

const drawingOf = (arch: MobileArch): StagesDrawing => (
  { name: space.encode(arch), chain: space.chain!(arch), places }
);

interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Shape {
  readonly path: string;
  readonly fillcolor: string;
  readonly line: { readonly dash?: string };
}

function parts(networks: readonly StagesDrawing[], width?: number) {
  const { data, layout } = drawStages(networks, { title, ...(width ? { width } : {}) });
  const shapes = layout.shapes as Shape[];
  const notes = layout.annotations as { x: number; y: number; text: string }[];
  const [points, texts] = data as [{ text: string[] }, {
    x: number[];
    y: number[];
    text: string[];
    textfont: { size: number[] };
  }];
  const boxes = shapes.map(({ path }): Rectangle => {
    const numbers = path.match(/[-\d.]+/g)!.map(Number);
    const [x, y] = [0, 1].map((side) => numbers.filter((_, i) => i % 2 === side));
    return {
      left: Math.min(...x!),
      right: Math.max(...x!),
      top: Math.min(...y!),
      bottom: Math.max(...y!),
    };
  });
  return { boxes, shapes, notes, points, texts, layout };
}

Deno.test("drawStages() draws each block once and writes its kernel and expansion below it", () => {
  const rng = createRng("stages");
  for (let i = 0; i < 20; i++) {
    const arch = space.sample(rng.split(i));
    const { boxes, shapes, notes, points } = parts([drawingOf(arch)]);
    assertEquals(boxes.length, 1 + 2 + 3 + 3 + 1); // stem, room of three stages, head
    const blocks = arch.stages.flatMap(({ blocks }) => blocks);
    assertEquals(
      notes.map(({ text }) => text),
      ["k3", ...blocks.map(({ kernel, expansion }) => `k${kernel} e${expansion}`)],
    );
    assertEquals(shapes.filter(({ line }) => line.dash !== undefined).length, 8 - blocks.length);
    assertEquals(points.text.filter((text) => text.endsWith("left out")).length, 8 - blocks.length);
    // Equal kernels have equal colours, others have others.
    const colors = shapes.filter(({ line }) => line.dash === undefined).slice(1, -1)
      .map(({ fillcolor }) => fillcolor);
    const pairs = new Set(blocks.map(({ kernel }, k) => `${kernel} ${colors[k]}`));
    assertEquals(pairs.size, new Set(blocks.map(({ kernel }) => kernel)).size);
    assertEquals(new Set(colors).size, pairs.size);
  }
});

Deno.test("drawStages() sizes blocks by the roots of channels and pixels, alike in all networks", () => {
  const small = space.decode("16px w0.5 8:k3e2 16:k3e2 32:k3e2");
  const large = space.decode("28px w2 8:k3e2 16:k3e2 32:k3e2");
  const { boxes } = parts([drawingOf(small), drawingOf(large)].map(({ name, chain }) => (
    { name, chain }
  )));
  // Channels and pixels of stem and stages; the head of each gives no image.
  const sizes = [[4, 16], [4, 16], [8, 8], [16, 4], [], [16, 28], [16, 28], [32, 14], [64, 7], []];
  const unit = (boxes[8]!.right - boxes[8]!.left) / Math.sqrt(64);
  const pixel = (boxes[5]!.bottom - boxes[5]!.top) / Math.sqrt(28);
  sizes.forEach(([channels, pixels], i) => {
    if (channels === undefined || pixels === undefined) return;
    const { left, right, top, bottom } = boxes[i]!;
    assertAlmostEquals(right - left, unit * Math.sqrt(channels), 0.21);
    assertAlmostEquals(bottom - top, pixel * Math.sqrt(pixels), 0.21);
  });
});

Deno.test("drawStages() keeps boxes and texts apart and within the figure", () => {
  const deep = compoundScaling({ phis: [0, 4], classes: 1000 });
  const chains: Record<string, StagesDrawing[]> = {
    sampled: ["a", "b", "c", "d"].map((seed) => drawingOf(space.sample(createRng(seed)))),
    scaled: [0, 4].map((phi) => ({ name: `phi ${phi}`, chain: deep.chain!({ phi }) })),
    grid: [{ name: "down and up", chain: deepLabGrid().chain!(deepLabPaths.convDeconv) }],
  };
  for (const [name, networks] of Object.entries(chains)) {
    const { boxes, notes, texts, layout } = parts(networks);
    const margin = layout.margin as { l: number; r: number; t: number; b: number };
    const all = [
      ...boxes,
      ...notes.map(({ x, y, text }) => rectangle(x - textWidth(text, 11) / 2, y, text, 11)),
      ...texts.text.map((text, i) =>
        rectangle(texts.x[i]!, texts.y[i]!, text, texts.textfont.size[i]!)
      ),
    ];
    all.forEach((a, i) => {
      assert(a.left >= 0 && a.top >= 0, name);
      assert(a.right <= Number(layout.width) - margin.l - margin.r, name);
      assert(a.bottom <= Number(layout.height) - margin.t - margin.b, name);
      for (const b of all.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top ||
          b.bottom <= a.top;
        assert(apart, `${name}: ${JSON.stringify([a, b])}`);
      }
    });
  }
});

function rectangle(left: number, middle: number, text: string, size: number): Rectangle {
  // Letters without what hangs below the line.
  return {
    left,
    right: left + textWidth(text, size),
    top: middle - 0.5 * size,
    bottom: middle + 0.5 * size,
  };
}

Deno.test("drawStages() becomes a picture with the stages' names and sizes", async () => {
  const arch = space.decode("28px w1 8:k3e2 16:k5e4-k3e2 32:k3e4");
  const svg = await toSVG(drawStages([drawingOf(arch)], { title }));
  const texts = ["Networks", "stage1", "16 ch, 14 px", "image [28, 28, 1]", "k5 e4", "10 numbers"];
  for (const text of texts) assert(svg.includes(text), text);
});

Deno.test("drawStages() names what is wrong", () => {
  const network = drawingOf(space.decode("28px w1 8:k3e2 16:k5e4-k3e2 32:k3e4"));
  const cases: [StagesDrawing[], string][] = [
    [[], "networks is empty"],
    [[network, { name: "b", chain: { input: [8, 8, 1], blocks: [] } }], "networks[1].chain.blocks"],
    [[{ ...network, places: { stage3: 2 } }], 'places.stage3 must be one of the stages "stem", '],
    [[{ ...network, places: { stage1: 1 } }], "places.stage1 must be at least its 2 blocks, got 1"],
    [[{ ...network, places: { stage1: NaN } }], "must be at least its 2 blocks, got NaN"],
  ];
  for (const [networks, message] of cases) {
    assertThrows(() => drawStages(networks, { title }), RangeError, message);
  }
});

Deno.test("drawStages() takes the room of stages from any skeleton", () => {
  const skeleton = mobileSkeletons.ofaMobileNetV3;
  const ofa = mobileNetwork({ skeleton, classes: 1000 });
  const arch = ofa.sample(createRng("ofa"));
  const rooms = Object.fromEntries(
    skeleton.stages.map(({ depths }, i) => [`stage${i}`, Math.max(...depths)]),
  );
  const { boxes } = parts([{ name: "ofa", chain: ofa.chain!(arch), places: rooms }]);
  assertEquals(boxes.length, 1 + 1 + 5 * 4 + 1);
});
