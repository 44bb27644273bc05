import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { normalise, pad, repeatChannel, take } from "../../lib/data/mod.ts";
import { numbered } from "./numbered.ts";

Deno.test("a padded image is the image in a black frame", () => {
  const sizes = fc.record({
    count: fc.nat(3),
    height: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 5 }),
    channels: fc.integer({ min: 1, max: 3 }),
    more: fc.nat(4),
  });
  fc.assert(fc.property(sizes, ({ count, height, width, channels, more }) => {
    const dataset = numbered(new Array(count).fill(0), { shape: [height, width, channels] });
    const size = Math.max(height, width) + more;
    const { images, shape } = pad(dataset, size);
    assertEquals(shape, [size, size, channels]);
    const [above, before] = [Math.floor((size - height) / 2), Math.floor((size - width) / 2)];
    for (let i = 0, at = 0; i < count; i++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          for (let c = 0; c < channels; c++, at++) {
            const [row, column] = [y - above, x - before];
            const isInside = row >= 0 && row < height && column >= 0 && column < width;
            const pixel = ((i * height + row) * width + column) * channels + c;
            assertEquals(images[at], isInside ? dataset.images[pixel] : 0);
          }
        }
      }
    }
  }));
});

Deno.test("to normalise and pad is to pad and normalise", () => {
  const dataset = numbered([0, 0], { shape: [2, 3, 2] });
  const stats = { mean: [3, 5], std: [2, 4] };
  assertEquals(pad(normalise(dataset, stats), 4).images, normalise(pad(dataset, 4), stats).images);
});

Deno.test("a repeated channel is there as often as was asked for", () => {
  const grey = normalise(numbered([0, 0], { shape: [2, 2, 1] }), { mean: [1], std: [2] });
  const colours = repeatChannel(grey, 3);
  assertEquals(colours.images.length, 3 * grey.images.length);
  for (const [i, value] of colours.images.entries()) {
    assertEquals(value, grey.images[Math.floor(i / 3)]);
  }
  assertEquals(colours.normalisation, { mean: [1, 1, 1], std: [2, 2, 2] });
});

Deno.test("frames that are too small and colours to repeat are refused", () => {
  const dataset = numbered([0, 0], { shape: [2, 3, 2] });
  assertThrows(
    () => pad(dataset, 2),
    RangeError,
    "Cannot pad images: size must be an integer of at least 3, got 2",
  );
  assertThrows(() => repeatChannel(dataset, 3), RangeError, "must have one, got 2");
  assertThrows(
    () => repeatChannel(take(numbered([0, 0], { shape: [2, 2, 1] }), 1), 0),
    RangeError,
    "count must be an integer of at least 1, got 0",
  );
});
