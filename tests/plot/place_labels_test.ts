import { assert } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { placeLabels } from "naskit/plot/place_labels.ts";
import { textWidth } from "naskit/plot/text_width.ts";

Deno.test("placeLabels() keeps labels of crowded points apart and on the drawing", () => {
  const rng = createRng("labels");
  const area = { width: 600, height: 300 };
  const anchors = Array.from({ length: 8 }, (_, i) => ({
    x: 280 + rng.int(60),
    y: 130 + rng.int(60),
    text: `arch ${i}`,
  }));
  const boxes = placeLabels(anchors, anchors, area, 12).map(({ dx, dy }, i) => ({
    x: anchors[i]!.x + dx,
    y: anchors[i]!.y + dy,
    width: textWidth(anchors[i]!.text, 12),
    height: 12,
  }));
  boxes.forEach((a, i) => {
    assert(a.x > a.width / 2 && a.x + a.width / 2 < area.width && a.y > 6 && a.y < 294);
    for (const b of boxes.slice(i + 1)) {
      const apart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 ||
        Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
      assert(apart, `labels ${JSON.stringify([a, b])} overlap`);
    }
  });
});
