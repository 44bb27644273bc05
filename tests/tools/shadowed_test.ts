import { assertEquals } from "@std/assert";
import { shadowedGlobals } from "../../tools/support/shadowed.ts";

const names = (source: string) => shadowedGlobals(source).map(({ name }) => name);

Deno.test("a cell that imports under the name of a global hides it", () => {
  for (
    const source of [
      'import { type Proxy } from "naskit";',
      'import { type ScoreProxy as Proxy, table } from "naskit";',
      'import Proxy from "naskit";',
      'import * as Proxy from "naskit";',
    ]
  ) assertEquals(names(source), ["Proxy"], source);
});

Deno.test("a cell that declares a global's name at its top hides it", () => {
  for (
    const source of [
      "const Map = 1;",
      "let a = f(1, 2), Map = 2;",
      "f();var Map;",
      "const { a, Map } = x;",
      "const { a, b: Map = 1 } = x;",
      "const { a: [{ Map }] } = x;",
      "const [a, ...Map] = x;",
      "class Map {}",
      "enum Map { a }",
      "async function* Map() {}",
      "const opening = /[(]/;\nfunction Map() {}",
      "Map = 1;",
    ]
  ) assertEquals(names(source), ["Map"], source);
});

Deno.test("names that only look like a global's are no matter", () => {
  for (
    const source of [
      'import type { Proxy } from "naskit";',
      'import { type Proxy as ScoreProxy } from "naskit";',
      "type Map = 1;\ninterface Set {}",
      "const seen: Record<string, Map> = new Map<string, Set<number>>(), a = 1;",
      "const { Map: map, a = Set } = x;",
      "const f = (Map = 1) => {\n  const Set = Map;\n};",
      "// const Map = 1;\nconst text = `const Map = 1;`;",
      "x.Map = Map === Set ? Map : Set;",
      "const name = 1, { status } = x;",
    ]
  ) assertEquals(names(source), [], source);
});

Deno.test("a hidden global is found on its line", () => {
  assertEquals(shadowedGlobals('import {\n  table,\n  type Proxy,\n} from "naskit";\nlet Set;'), [
    { name: "Proxy", line: 3 },
    { name: "Set", line: 5 },
  ]);
});
