import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type MemoryProfile, memoryProfile } from "naskit/cost/mod.ts";
import { type Figure, memoryBars } from "naskit/plot/mod.ts";
import { resNetLike } from "naskit/space/mod.ts";

const kB = 1024;
const labels = { title: "Memory" };
const profile: MemoryProfile = {
  peak: 48 * kB,
  at: "b.conv",
  steps: [
    { node: "input", op: "input", bytes: 3 * kB, alive: [{ node: "input", bytes: 3 * kB }] },
    {
      node: "b.conv",
      op: "conv",
      bytes: 48 * kB,
      alive: [
        { node: "input", bytes: 3 * kB },
        { node: "a", bytes: 29 * kB },
        { node: "b.conv", bytes: 12 * kB },
        { node: "scratch", bytes: 4 * kB },
      ],
    },
    { node: "b.bn", op: "batchNorm", bytes: 12 * kB, alive: [{ node: "b.bn", bytes: 12 * kB }] },
  ],
};
const lengths = ({ data }: Figure) => data.map(({ x }) => x as number[]);
const names = ({ layout }: Figure) => (layout.yaxis as { ticktext: string[] }).ticktext;

Deno.test("memoryBars() tells what a node writes from what is held for it and later ones", () => {
  const figure = memoryBars(profile, labels);
  assertEquals(names(figure), ["input", "b.conv", "b.bn"]);
  assertEquals(lengths(figure), [[0, 32, 0], [3, 16, 12]]);
  assertStringIncludes((figure.data[0]!.text as string[])[1]!, "b.conv: 48 kB<br>(the peak)");
});

Deno.test("memoryBars() shows what is beyond the limit, and the line within the axis", () => {
  const at = (value: number) => memoryBars(profile, { ...labels, limit: { value, label: "SRAM" } });
  assertEquals(lengths(at(40 * kB)), [[0, 32, 0], [3, 8, 12], [0, 8, 0]]);
  assertEquals(lengths(at(20 * kB)), [[0, 20, 0], [3, 0, 12], [0, 28, 0]]);
  assertEquals(lengths(at(48 * kB)), [[0, 32, 0], [3, 16, 12]]);
  for (const kilobytes of [4, 40, 512]) {
    const { layout } = at(kilobytes * kB);
    const [line] = layout.shapes as { x0: number }[];
    assertEquals(line!.x0, kilobytes);
    const { range } = layout.xaxis as { range: [number, number] };
    assert(range[1] > Math.max(kilobytes, 48));
  }
});

Deno.test("memoryBars() marks the peak where it is", () => {
  const graph = resNetLike({ depths: [2, 1, 1] });
  const found = memoryProfile(graph);
  const figure = memoryBars(found, labels);
  const [note] = figure.layout.annotations as { x: number; y: number; text: string }[];
  assertEquals(names(figure)[note!.y], found.at);
  assertEquals(note!.x, found.peak / kB);
  assertStringIncludes(note!.text, `peak: ${found.peak / kB} kB`);
  const [held, written] = lengths(figure);
  assertEquals(held!.map((each, i) => each + written![i]!), found.steps.map((s) => s.bytes / kB));
});

Deno.test("memoryBars() draws the most that a group of nodes needs as one bar", () => {
  const figure = memoryBars(profile, { ...labels, groupBy: (node) => node.split(".")[0]! });
  assertEquals(names(figure), ["input", "b"]);
  assertEquals(lengths(figure), [[0, 32], [3, 16]]);
  const apart = memoryBars({ ...profile, steps: [...profile.steps, profile.steps[0]!] }, labels);
  assertEquals(names(apart), ["input", "b.conv", "b.bn", "input"]);
});

Deno.test("memoryBars() counts large networks in MB, and shortens long names in their middle", () => {
  const node = `stage0.${"inner.".repeat(20)}conv`;
  const steps = [{ node, op: "conv", bytes: 30 * kB ** 2, alive: [{ node, bytes: 30 * kB ** 2 }] }];
  const figure = memoryBars({ peak: 30 * kB ** 2, at: node, steps } as MemoryProfile, labels);
  assertEquals(lengths(figure), [[0], [30]]);
  const [name] = names(figure) as [string];
  assert(name.length < 50 && name.startsWith("stage0.") && name.endsWith("conv"));
  assertStringIncludes(name, "…");
});

Deno.test("memoryBars() names what is wrong", () => {
  const fails = (message: string, limit: number, steps = profile.steps) =>
    assertThrows(
      () => memoryBars({ ...profile, steps }, { ...labels, limit: { value: limit, label: "" } }),
      RangeError,
      message,
    );
  fails("profile.steps is empty", 1, []);
  fails("limit.value must be positive, got 0", 0);
  fails("limit.value must be a finite number, got NaN", NaN);
});
