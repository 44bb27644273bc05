import { assertEquals, assertThrows } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { inferShapes } from "naskit/graph/mod.ts";
import { nasBenchMacro, spaceContract, spaceCosts } from "naskit/space/mod.ts";
import { publishedTable } from "../support/data_folder.ts";

const space = nasBenchMacro();

Deno.test("NAS-Bench-Macro keeps the contract of a space", async () => {
  await spaceContract(nasBenchMacro({ channels: 2, headChannels: 4, size: 8 }), { runs: 20 });
});

Deno.test("params and MACs are those of the published table", () => {
  // Rows of the table, from its first to its last.
  const rows: [string, number, number][] = [
    ["00000000", 387_882, 7_713_280],
    ["00000001", 791_594, 14_115_328],
    ["00000022", 2_050_858, 34_107_904],
    ["00000101", 911_274, 18_364_928],
    ["01100222", 2_393_642, 54_366_720],
    ["11010001", 930_762, 31_777_280],
    ["22020011", 1_496_810, 59_511_296],
    ["22222222", 2_932_586, 105_660_928],
  ];
  for (const [text, ...published] of rows) {
    const { params, macs } = cost(space.lower(space.decode(text)), { countBias: false });
    assertEquals([params, macs], published, text);
  }
});

Deno.test({
  name: "params and MACs of all 6,561 networks are those of the published table",
  ignore: publishedTable("nas_bench_macro_cifar10.csv") === undefined,
  fn: () => {
    const [header, ...rows] = Deno.readTextFileSync(
      publishedTable("nas_bench_macro_cifar10.csv") as string,
    ).trim().split("\n").map((line) => line.split(","));
    const column = (name: string) => (header as string[]).indexOf(name);
    const costsOf = spaceCosts(space, { countBias: false });
    const wrong = rows.filter((row) => {
      const { params, macs } = costsOf(space.decode(row[column("arch")] as string));
      return params !== Number(row[column("params")]) || macs !== Number(row[column("flops")]);
    });
    assertEquals([rows.length, wrong], [6_561, []]);
  },
});

Deno.test("lowering scales with width, input and classes", () => {
  const small = nasBenchMacro({
    channels: 3,
    headChannels: 7,
    size: 12,
    inputChannels: 1,
    classes: 4,
  });
  const graph = small.lower(small.decode("10200100"));
  const shapes = inferShapes(graph);
  assertEquals(shapes.get("layer0.project.bn"), [6, 6, 6]);
  assertEquals(shapes.get("layer2.project.bn"), [3, 3, 12]);
  assertEquals(shapes.get("layer5.project.bn"), [2, 2, 24]);
  assertEquals(shapes.get("head.conv"), [2, 2, 7]);
  assertEquals(shapes.get(graph.output), [4]);
});

Deno.test("digits out of range and options out of range are refused", () => {
  for (const text of ["", "0000000", "000000003", "00000003"]) {
    assertThrows(() => space.decode(text), SyntaxError, "expected 8 digits from 0 to 2");
  }
  assertThrows(() => nasBenchMacro({ headChannels: 0 }), RangeError, "headChannels must be");
});
