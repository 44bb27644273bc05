import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { maximize } from "naskit/search/mod.ts";
import { describer } from "naskit/search/bayesian/features.ts";
import { Memory } from "naskit/search/bayesian/memory.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201();
const describe = describer(space, ["decisions"]);

Deno.test("the best trials are those of the sorted list, equal ones as they were evaluated", () => {
  const values = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 25 });
  fc.assert(fc.property(values, fc.infiniteStream(fc.nat()), fc.nat(30), (values, order, count) => {
    const memory = new Memory(maximize("score"), describe);
    const waiting = values.map((score, index) => ({ score, index }));
    const told: typeof waiting = [];
    while (waiting.length > 0) {
      const [next] = waiting.splice(order.next().value! % waiting.length, 1);
      const { score, index } = next!;
      told.push(next!);
      const arch = space.fromChoices([0, 1, 2, 3].map((i) => (index >> i) & 1).concat(0, 0));
      const key = space.encode(arch);
      const common = { curves: {}, seed: "", seconds: 0 };
      memory.tell({ arch, key, index, status: "complete", metrics: { score }, ...common });
      const sorted = told.toSorted((a, b) => b.score - a.score || a.index - b.index);
      assertEquals(
        memory.best(count).map(({ trial }) => trial),
        sorted.slice(0, count).map(({ index }) => index),
      );
    }
  }));
});
