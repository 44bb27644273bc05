import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { animatedHeatMap, type AnimatedHeatMapOptions } from "naskit/plot/animated_heat_map.ts";
import { still } from "naskit/plot/animation.ts";
import { heatMap } from "naskit/plot/heat_map.ts";
import { bundleOf } from "naskit/plot/show.ts";
import { toSVG } from "naskit/plot/svg.ts";

const labels = { title: "Weights", colorLabel: "weight" };
const frames = [
  { name: "epoch 0", z: [[0.5, 0.5], [0.5, null]] },
  { name: "epoch 1", z: [[0.1, 0.9], [0.7, null]] },
  { name: "epoch 2", z: [[1 / 3, 2 / 3], [0.8, null]] },
];

interface Control {
  readonly method: string;
  readonly label: string;
  readonly args: readonly [unknown, { readonly frame: { readonly redraw: boolean } }];
}

function controlsOf(options: Partial<AnimatedHeatMapOptions> = {}) {
  const { layout } = animatedHeatMap(frames, { ...labels, ...options });
  const [slider] = layout.sliders as { active: number; steps: Control[] }[];
  const [menu] = layout.updatemenus as { buttons: Control[] }[];
  return { slider: slider!, buttons: menu!.buttons };
}

Deno.test("animatedHeatMap() sets the numbers of one trace in each frame", () => {
  const { frames: drawn, data } = animatedHeatMap(frames, labels);
  assertEquals(drawn!.map(({ name, traces }) => [name, traces]), [
    ["epoch 0", [0]],
    ["epoch 1", [0]],
    ["epoch 2", [0]],
  ]);
  assertEquals(drawn!.map(({ data }) => data.map((trace) => Object.keys(trace))), [
    [["z"]],
    [["z"]],
    [["z"]],
  ]);
  assertEquals(drawn![1]!.data[0]!.z, [[0.1, 0.9], [0.7, null]]);
  assertEquals(data.length, 1);
});

Deno.test("animatedHeatMap() keeps six digits of a number", () => {
  assertEquals(animatedHeatMap(frames, labels).frames![2]!.data[0]!.z, [
    [0.333333, 0.666667],
    [0.8, null],
  ]);
});

Deno.test("animatedHeatMap() has one scale of colours for all frames", () => {
  const ends = (options: Partial<AnimatedHeatMapOptions> = {}) => {
    const [trace] = animatedHeatMap(frames, { ...labels, ...options }).data;
    return [trace!.zmin, trace!.zmax];
  };
  assertEquals(ends(), [0.1, 0.9]);
  assertEquals(ends({ scale: "diverging" }), [-0.9, 0.9]);
  assertEquals(ends({ range: [0, 1] }), [0, 1]);
});

Deno.test("animatedHeatMap() begins with the last frame, or with the one asked for", () => {
  assertEquals(controlsOf().slider.active, 2);
  assertEquals(controlsOf({ shown: "epoch 1" }).slider.active, 1);
  const { data } = animatedHeatMap(frames, { ...labels, shown: "epoch 1" });
  assertEquals(data[0]!.z, frames[1]!.z);
});

Deno.test("animatedHeatMap() has a slider with a step for each frame, and plays and pauses", () => {
  const { slider, buttons } = controlsOf();
  assertEquals(slider.steps.map(({ label, args: [names] }) => [label, names]), [
    ["epoch 0", ["epoch 0"]],
    ["epoch 1", ["epoch 1"]],
    ["epoch 2", ["epoch 2"]],
  ]);
  assertEquals(buttons.map(({ label, args: [names] }) => [label, names]), [
    ["Play", null],
    ["Pause", [null]],
  ]);
  for (const { method, args: [, { frame }] } of [...slider.steps, buttons[0]!]) {
    // Without it plotly leaves a heat map as it is.
    assertEquals([method, frame.redraw], ["animate", true]);
  }
});

Deno.test("still() takes the controls off a figure, and their room", () => {
  const options = { ...labels, subtitle: "one seed", annotate: true, range: [0, 1] } as const;
  const figure = animatedHeatMap(frames, options);
  const picture = still(figure);
  const { layout } = heatMap(frames[2]!.z, options);
  assertEquals(picture.frames, undefined);
  assertEquals(Object.keys(picture.layout), Object.keys(layout));
  assertEquals([picture.layout.height, picture.layout.margin], [layout.height, layout.margin]);
  const heightOf = ({ layout }: typeof picture) =>
    (1 - (layout.title as { y: number }).y) * (layout.height as number);
  assertAlmostEquals(heightOf(picture), heightOf({ data: [], layout }), 1e-9);
  assertAlmostEquals(heightOf(figure), heightOf(picture), 1e-9);
  const roomOf = ({ layout }: typeof picture) =>
    (layout.height as number) - (layout.margin as { t: number }).t;
  assertEquals(roomOf(figure), roomOf(picture));
  assertLess(picture.layout.height as number, figure.layout.height as number);
  assertEquals(still(picture), picture);
});

Deno.test("still() takes off controls that somebody else made, and nothing else", () => {
  const layout = { height: 300, meta: { mine: 1 }, margin: { t: 10 } };
  const figure = { data: [], layout: { ...layout, sliders: [{}] }, frames: [] };
  assertEquals(still(figure), { data: [], layout });
});

Deno.test("A notebook gets an animated heat map with its frames, and a picture without controls", async () => {
  const figure = animatedHeatMap(frames, { ...labels, annotate: true, shown: "epoch 1" });
  const bundle = await bundleOf(figure);
  const plotly = bundle["application/vnd.plotly.v1+json"] as typeof figure;
  assertEquals(plotly.frames, figure.frames);
  assertEquals(bundle["text/plain"], "Figure: Weights\n  3 frames, epoch 0 to epoch 2");
  const svg = String(bundle["image/svg+xml"]);
  for (const text of [">0.10<", ">0.90<", "Weights"]) assert(svg.includes(text), text);
  for (const text of ["Play", "Pause", "epoch"]) assert(!svg.includes(text), text);
  assertEquals(svg, await toSVG(still(figure)));
});

Deno.test("animatedHeatMap() stays small over many frames", () => {
  const many = Array.from({ length: 50 }, (_, t) => ({
    name: `epoch ${t}`,
    z: Array.from(
      { length: 14 },
      (_, i) => Array.from({ length: 8 }, (_, k) => Math.sin(t + i * k)),
    ),
  }));
  const size = (z: typeof many) => JSON.stringify(animatedHeatMap(z, labels)).length;
  assertLess(size(many), 100_000);
  assertLess(size(many.map(({ name, z }) => ({ name, z: z.slice(0, 6) }))), 50_000);
});

Deno.test("animatedHeatMap() names what is wrong", () => {
  const fails = (
    list: typeof frames,
    message: string,
    options: Partial<AnimatedHeatMapOptions> = {},
  ) => assertThrows(() => animatedHeatMap(list, { ...labels, ...options }), RangeError, message);
  fails([], "frames is empty");
  fails([...frames, frames[0]!], 'frames must have different names, got "epoch 0" twice');
  fails(
    [frames[0]!, { name: "b", z: [[1, 2]] }],
    "frames[1].z must be 2 × 2 numbers like the first, got 1 × 2",
  );
  fails([{ name: "a", z: [[NaN]] }], "frames[0].z[0][0] must be a finite number, got NaN");
  fails([{ name: "a", z: [[1, 2], [1]] }], "frames[0].z[1] must have 2 values");
  fails(frames, 'shown must be the name of a frame, got "epoch 9"', { shown: "epoch 9" });
});
