import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Batch, cutOut, mixUp } from "naskit/data/mod.ts";
import { mixImages } from "naskit/data/mix_up.ts";
import { createRng } from "naskit/engine/rng.ts";

const rng = createRng("pixels");
const batch: Batch = {
  images: Float32Array.from({ length: 8 * 6 * 5 * 2 }, () => rng()),
  labels: Int32Array.from({ length: 8 }, () => rng.int(3)),
  shape: [8, 6, 5, 2],
  normalisation: { mean: [0.5, 0.2], std: [0.1, 0.4] },
};
const size = 60;
const image = (images: Float32Array, i: number) => images.slice(i * size, (i + 1) * size);

Deno.test("each image is a mean of two, and so is its target", () => {
  const order = [3, 0, 1, 2, 4, 7, 6, 5];
  const mixed = mixImages(batch, { share: 0.25, order });
  order.forEach((other, i) => {
    const a = image(batch.images, i), b = image(batch.images, other);
    image(mixed.images, i).forEach((pixel, k) =>
      assertAlmostEquals(pixel, 0.75 * a[k]! + 0.25 * b[k]!, 1e-6)
    );
    assertEquals(mixed.mix!.labels[i], batch.labels[other]);
  });
  assertEquals([mixed.mix!.share, mixed.labels], [0.25, batch.labels]);
  assertEquals(mixImages(batch, { share: 0, order }).images, batch.images);
  assertThrows(() => mixImages(mixed, { share: 0, order }), TypeError, "mixed already");
});

Deno.test("the share is a beta distribution's, folded at one half", () => {
  for (const alpha of [0.2, 1, 2]) {
    const mix = mixUp({ alpha }), draws = createRng(`draws ${alpha}`);
    const small = { ...batch, images: new Float32Array(8), shape: [8, 1, 1, 1] as const };
    let squares = 0;
    const count = 4000;
    for (let i = 0; i < count; i++) {
      const { share } = mix(small, draws).mix!;
      assert(share >= 0 && share <= 0.5);
      squares += (share - 0.5) ** 2;
    }
    // Folding keeps the distance from the middle: the variance is 1 / (4 (2 alpha + 1)).
    assertAlmostEquals(squares / count, 1 / (4 * (2 * alpha + 1)), 0.005);
  }
  assertThrows(() => mixUp({ alpha: 0 }), RangeError, "alpha must be above 0, got 0");
});

Deno.test("the same stream mixes and cuts the same, and the batch stays as it was", () => {
  const before = batch.images.slice();
  for (const change of [mixUp({ alpha: 1 }), cutOut({ size: 3 })]) {
    assertEquals(change(batch, createRng("a")), change(batch, createRng("a")));
  }
  assertEquals(batch.images, before);
});

Deno.test("a cut is a black square around any pixel, as far as it lies in the image", () => {
  const black = [-5, -0.5];
  for (const side of [1, 2, 3]) {
    const middles = new Set<string>();
    const draws = createRng(`cuts ${side}`);
    for (let round = 0; round < 60; round++) {
      const { images, labels } = cutOut({ size: side })(batch, draws);
      assertEquals(labels, batch.labels);
      for (let i = 0; i < 8; i++) {
        const cut: [number, number][] = [];
        for (let p = 0; p < 30; p++) {
          const pair = [...image(images, i).slice(2 * p, 2 * p + 2)];
          const old = [...image(batch.images, i).slice(2 * p, 2 * p + 2)];
          if (pair.every((value, c) => value === old[c])) continue;
          pair.forEach((value, c) => assertAlmostEquals(value, black[c]!, 1e-6));
          cut.push([Math.floor(p / 5), p % 5]);
        }
        const rows = cut.map(([y]) => y), columns = cut.map(([, x]) => x);
        const [top, left] = [Math.min(...rows), Math.min(...columns)];
        const [bottom, right] = [Math.max(...rows), Math.max(...columns)];
        assertEquals(cut.length, (bottom - top + 1) * (right - left + 1));
        assert(bottom - top < side && right - left < side);
        middles.add(`${top} ${left} ${bottom} ${right}`);
      }
    }
    assertEquals(middles.size, 30); // each pixel is some cut's middle
  }
  assertThrows(() => cutOut({ size: 0 }), RangeError, "size must be an integer of at least 1");
});
