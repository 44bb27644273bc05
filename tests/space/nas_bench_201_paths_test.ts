import { assert, assertEquals } from "@std/assert";
import { nasBench201, nasBench201Class, nasBench201Paths, subspace } from "naskit/space/mod.ts";

const space = nasBench201();
const all = [...space.enumerate()];

Deno.test("raw paths are those of the paper's encoding: 5 + 25 + 125", () => {
  const byLength = new Map<number, Set<string>>();
  for (const arch of all) {
    const paths = nasBench201Paths(arch, { raw: true });
    assertEquals(paths.map((path) => path.split(">").length).sort(), [1, 2, 2, 3]);
    for (const path of paths) {
      const { length } = path.split(">");
      byLength.set(length, (byLength.get(length) ?? new Set()).add(path));
    }
  }
  assertEquals([1, 2, 3].map((length) => byLength.get(length)?.size), [5, 25, 125]);
});

Deno.test("cells of one class have equal paths", () => {
  const paths = new Map<string, string>();
  for (const arch of all) {
    const own = nasBench201Paths(arch).join();
    const name = nasBench201Class(arch);
    assertEquals(own, paths.get(name) ?? own);
    paths.set(name, own);
  }
  // A sum before an operation and sums of it behind have the same paths, so there are fewer.
  assert(new Set(paths.values()).size < 6_466);
});

Deno.test("a cell of zeros has no path, one of skip connections has only empty ones", () => {
  assertEquals(nasBench201Paths(space.fromChoices([0, 0, 0, 0, 0, 0])), []);
  assertEquals(nasBench201Paths(space.fromChoices([1, 1, 1, 1, 1, 1])), ["", "", "", ""]);
});

Deno.test("the space and its parts give the paths and the networks", () => {
  const part = subspace(space, all.slice(100, 200), { name: "some" });
  for (const arch of part.enumerate()) {
    assertEquals(part.paths?.(arch), nasBench201Paths(arch));
    assertEquals(space.network?.(arch), nasBench201Class(arch));
    assertEquals(part.network?.(arch), nasBench201Class(arch));
  }
});
