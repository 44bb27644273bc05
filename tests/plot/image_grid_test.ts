import { createCanvas, loadImage } from "@napi-rs/canvas";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { imageGrid } from "naskit/plot/image_grid.ts";
import { encodePNG } from "naskit/plot/png.ts";

/** The colours of a PNG, `[height][width]` as `r,g,b`, read by another decoder. */
async function decode(png: Uint8Array): Promise<string[][]> {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return Array.from(
    { length: image.height },
    (_, y) =>
      Array.from(
        { length: image.width },
        (_, x) => data.slice(4 * (y * image.width + x), 4 * (y * image.width + x) + 3).join(),
      ),
  );
}

function sourceOf(figure: ReturnType<typeof imageGrid>, index: number): Uint8Array {
  const { source } = (figure.layout.images as { source: string }[])[index]!;
  return Uint8Array.fromBase64(source.split(",")[1]!);
}

Deno.test("encodePNG() is read back by another decoder, grey and in colour", async () => {
  const rng = createRng("png");
  for (const channels of [1, 3] as const) {
    const pixels = Uint8Array.from({ length: 7 * 5 * channels }, () => rng.int(256));
    // Two equal rows, which are filtered otherwise.
    pixels.copyWithin(5 * channels, 0, 5 * channels);
    const rows = await decode(encodePNG(pixels, [7, 5, channels]));
    const expected = Array.from({ length: 7 }, (_, y) =>
      Array.from({ length: 5 }, (_, x) => {
        const at = (y * 5 + x) * channels;
        return (channels === 1 ? Array(3).fill(pixels[at]) : [...pixels.slice(at, at + 3)]).join();
      }));
    assertEquals(rows, expected);
  }
});

Deno.test("imageGrid() makes each pixel a sharp square between black and white", async () => {
  const figure = imageGrid([{ pixels: [0, 0.5, 1, 2], shape: [2, 2, 1] }], {
    title: "Pixels",
    range: [0, 1],
  });
  const rows = await decode(sourceOf(figure, 0));
  const size = rows.length / 2;
  assert(Number.isInteger(size) && size > 10);
  const expected = [["0,0,0", "128,128,128"], ["255,255,255", "255,255,255"]];
  rows.forEach((row, y) =>
    row.forEach((color, x) =>
      assertEquals(color, expected[Math.floor(y / size)]![Math.floor(x / size)])
    )
  );
});

Deno.test("imageGrid() stretches pixels from the darkest to the lightest over all pictures", async () => {
  const figure = imageGrid([
    { pixels: [-2, -1, 0], shape: [1, 1, 3] },
    { pixels: Float32Array.of(2, 2, 2), shape: [1, 1, 3] },
  ], { title: "Two" });
  assertEquals((await decode(sourceOf(figure, 0)))[0]![0], "0,64,128");
  assertEquals((await decode(sourceOf(figure, 1)))[0]![0], "255,255,255");
});

Deno.test("imageGrid() sets pictures in rows with their titles under them", () => {
  const images = Array.from({ length: 5 }, (_, i) => ({
    pixels: new Float32Array(16),
    shape: [4, 4, 1] as const,
    title: `picture ${i}`,
  }));
  const { layout, data } = imageGrid(images, { title: "Five", columns: 2 });
  const places = layout.images as { x: number; y: number; sizex: number; sizey: number }[];
  assertEquals(new Set(places.map(({ x }) => x)).size, 2);
  assertEquals(new Set(places.map(({ y }) => y)).size, 3);
  assertEquals(data[0]!.text, images.map((image) => image.title));
  places.forEach(({ x, y, sizex, sizey }, i) => {
    assertEquals((data[0]!.x as number[])[i], x + sizex / 2);
    assert((data[0]!.y as number[])[i]! >= y + sizey);
  });
});

Deno.test("imageGrid() names what is wrong", () => {
  const options = { title: "Wrong" };
  assertThrows(() => imageGrid([], options), RangeError, "images is empty");
  assertThrows(
    () => imageGrid([{ pixels: [1, 2], shape: [1, 1, 2] }], options),
    RangeError,
    "images[0].shape must be [height, width, 1 or 3], got [1, 1, 2]",
  );
  assertThrows(
    () => imageGrid([{ pixels: [1, 2], shape: [1, 1, 1] }], options),
    RangeError,
    "images[0].pixels must have 1 values, got 2",
  );
  assertThrows(
    () => imageGrid([{ pixels: [NaN], shape: [1, 1, 1] }], options),
    RangeError,
    "images[0].pixels[0] must be a finite number, got NaN",
  );
  assertThrows(
    () => imageGrid([{ pixels: [1], shape: [1, 1, 1] }], { ...options, columns: 0 }),
    RangeError,
    "columns must be a positive integer, got 0",
  );
});
