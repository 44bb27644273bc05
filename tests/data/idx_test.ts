import { gzipSync } from "node:zlib";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { loadIdx, loadMnistFolder } from "../../lib/data/mod.ts";
import { parseIdxPair } from "../../lib/data/idx.ts";
import { createRng } from "../../lib/engine/rng.ts";

/** An idx file, written byte by byte as the format says. */
function idx(magic: number, sizes: readonly number[], content: readonly number[]): Uint8Array {
  const words = [magic, ...sizes].flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
  return Uint8Array.from([...words, ...content]);
}

const pixels = Array.from({ length: 24 }, (_, i) => i * 10);
const images = idx(0x803, [4, 2, 3], pixels);
const labels = idx(0x801, [4], [0, 1, 2, 1]);

/** Calls `use` with a folder of the files given, and removes it. */
async function withFiles(
  files: Readonly<Record<string, Uint8Array>>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The error of loading a pair of files with this content. */
async function errorOf(
  imageBytes: Uint8Array,
  labelBytes: Uint8Array,
  options = {},
): Promise<string> {
  let message = "";
  await withFiles({ images: imageBytes, labels: labelBytes }, async (folder) => {
    const error = await assertRejects(
      () => loadIdx(`${folder}/images`, `${folder}/labels`, options),
      SyntaxError,
    );
    message = error.message.replaceAll(`${folder}/`, "");
  });
  return message;
}

Deno.test("loadIdx() reads plain and gzip files to the same dataset", async () => {
  const files = { images, labels, "images.gz": gzipSync(images), "labels.gz": gzipSync(labels) };
  await withFiles(files, async (folder) => {
    const plain = await loadIdx(`${folder}/images`, `${folder}/labels`, { name: "four" });
    assertEquals(plain, {
      name: "four",
      images: Float32Array.from(pixels, (pixel) => pixel / 255),
      labels: Int32Array.of(0, 1, 2, 1),
      shape: [2, 3, 1],
      classes: ["0", "1", "2"],
    });
    const url = new URL(`file://${folder}/`);
    const packed = await loadIdx(new URL("images.gz", url), new URL("labels.gz", url).href, {
      name: "four",
    });
    assertEquals(packed, plain);
  });
});

Deno.test("loadIdx() keeps the first images and takes names", async () => {
  await withFiles({ images, labels }, async (folder) => {
    const options = { limit: 3, classes: ["a", "b", "c", "d"] };
    const data = await loadIdx(`${folder}/images`, `${folder}/labels`, options);
    assertEquals(data.name, "images");
    assertEquals(data.classes, options.classes);
    assertEquals([data.images.length, data.labels.length], [18, 3]);
    const all = await loadIdx(`${folder}/images`, `${folder}/labels`, { limit: 99 });
    assertEquals(all.labels.length, 4);
  });
});

Deno.test("loadIdx() says what is wrong with a file, what it expected and what it found", async () => {
  assertEquals(
    await errorOf(images.subarray(0, 30), labels),
    "Cannot load images: expected 40 bytes (16 + 4 images of 2x3), found 30",
  );
  assertEquals(
    await errorOf(Uint8Array.from([...images, 0]), labels),
    "Cannot load images: expected 40 bytes (16 + 4 images of 2x3), found 41",
  );
  assertEquals(
    await errorOf(images.subarray(0, 11), labels),
    "Cannot load images: expected a header of 16 bytes, found 11",
  );
  assertEquals(
    await errorOf(new Uint8Array(0), labels),
    "Cannot load images: expected a header of 16 bytes, found 0",
  );
  assertEquals(
    await errorOf(labels, images),
    "Cannot load images: expected an idx file of images with magic number 0x00000803, " +
      "found 0x00000801 (an idx file of labels)",
  );
  assertEquals(
    await errorOf(images, images),
    "Cannot load labels: expected an idx file of labels with magic number 0x00000801, " +
      "found 0x00000803 (an idx file of images)",
  );
  assertEquals(
    await errorOf(new TextEncoder().encode("<!DOCTYPE html>"), labels),
    "Cannot load images: expected an idx file of images with magic number 0x00000803, " +
      "found 0x3c21444f",
  );
  assertEquals(
    await errorOf(images, labels.subarray(0, 10)),
    "Cannot load labels: expected 12 bytes (8 + 4 labels), found 10",
  );
  assertEquals(
    await errorOf(images, idx(0x801, [3], [0, 1, 2])),
    "Cannot load labels: expected 4 labels, as many as images has images, found 3",
  );
  assertEquals(
    await errorOf(images, labels, { classes: ["a", "b"] }),
    "Cannot load labels: label 2 must be less than 2, the number of classes, found 2",
  );
  assertEquals(
    await errorOf(idx(0x803, [0, 2, 3], []), idx(0x801, [0], [])),
    "Cannot load images: expected images, found 0 of 2x3 pixels",
  );
});

Deno.test("loadIdx() tells how far damaged gzip data could be unpacked", async () => {
  const rng = createRng("noise");
  const noise = Array.from({ length: 2400 }, () => rng.int(256));
  const large = idx(0x803, [400, 2, 3], noise);
  const many = idx(0x801, [400], new Array(400).fill(1));
  const packed = gzipSync(large);
  assertMatch(
    await errorOf(packed.subarray(0, packed.length - 300), many),
    /^Cannot load images: expected 2416 bytes \(16 \+ 400 images of 2x3\), found \d+; its \d+ bytes of gzip data are damaged \(unexpected end of file\)$/,
  );
  assertEquals(
    await errorOf(packed.subarray(0, packed.length - 1), many),
    `Cannot load images: found 2416 bytes; its ${packed.length - 1} bytes of gzip data are ` +
      "damaged (unexpected end of file)",
  );
  const flipped = Uint8Array.from(packed);
  flipped[packed.length - 6] = (flipped[packed.length - 6] ?? 0) ^ 1;
  assertStringIncludes(await errorOf(flipped, many), "are damaged (incorrect data check)");
});

Deno.test("a file cut short anywhere is refused, gzip or plain", async () => {
  const packed = { images: gzipSync(images), labels: gzipSync(labels) };
  const cases = fc.record({
    cutImages: fc.boolean(),
    pack: fc.boolean(),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ cutImages, pack, at }) => {
      const [first, second] = pack ? [packed.images, packed.labels] : [images, labels];
      const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(at * bytes.length));
      const message = cutImages
        ? await errorOf(cut(first), second)
        : await errorOf(first, cut(second));
      assert(message.startsWith(`Cannot load ${cutImages ? "images" : "labels"}: `), message);
    }),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("a changed byte is refused or changes nothing but its pixel", () => {
  fc.assert(
    fc.property(fc.nat(images.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Uint8Array.from(images);
      changed[at] = (changed[at] ?? 0) ^ change;
      const parse = () =>
        parseIdxPair({ file: "images", bytes: changed }, { file: "labels", bytes: labels });
      if (at >= 16) {
        assertEquals(parse().pixels[at - 16], changed[at]);
        return;
      }
      let message = "";
      try {
        parse();
      } catch (error) {
        if (error instanceof SyntaxError) message = error.message;
      }
      assert(message.startsWith("Cannot load images: expected "), `byte ${at}: ${message}`);
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("loadIdx() names a file that is missing and an option that is wrong", async () => {
  await withFiles({ images, labels }, async (folder) => {
    await assertRejects(
      () => loadIdx(`${folder}/images`, `${folder}/nothing`),
      Deno.errors.NotFound,
      `Cannot load ${folder}/nothing: there is no such file`,
    );
    await assertRejects(
      () => loadIdx(`${folder}/images`, `${folder}/labels`, { limit: 0 }),
      RangeError,
      "Cannot load idx files: limit must be an integer of at least 1, got 0",
    );
    await assertRejects(
      () => loadIdx(`${folder}/images`, `${folder}/labels`, { classes: [] }),
      RangeError,
      "classes must have at least one name",
    );
  });
});

Deno.test("loadMnistFolder() finds the four files, whichever way they are named", async () => {
  const files = {
    "train-images-idx3-ubyte": images,
    "train-labels.idx1-ubyte": labels,
    "t10k-images-idx3-ubyte.gz": gzipSync(idx(0x803, [1, 2, 3], pixels.slice(0, 6))),
    "t10k-labels.idx1-ubyte.gz": gzipSync(idx(0x801, [1], [5])),
  };
  await withFiles(files, async (folder) => {
    const { name, train, test } = await loadMnistFolder(`${folder}/`, { limit: 2 });
    assertEquals(name, folder.split("/").pop());
    assertEquals([train.name, test.name], [`${name} train`, `${name} test`]);
    assertEquals([train.labels.length, test.labels.length], [2, 1]);
    assertEquals(train.classes.length, 6);
    assertEquals(test.classes, train.classes);
    await Deno.remove(`${folder}/t10k-labels.idx1-ubyte.gz`);
    const error = await assertRejects(() => loadMnistFolder(folder), Deno.errors.NotFound);
    assertStringIncludes(error.message, "t10k-labels-idx1-ubyte.gz, t10k-labels-idx1-ubyte");
  });
  await withFiles({
    "train-images-idx3-ubyte": images,
    "train-labels-idx1-ubyte": labels,
    "t10k-images-idx3-ubyte": idx(0x803, [1, 3, 2], pixels.slice(0, 6)),
    "t10k-labels-idx1-ubyte": idx(0x801, [1], [0]),
  }, async (folder) => {
    await assertRejects(
      () => loadMnistFolder(folder),
      SyntaxError,
      "its training images are 2x3 pixels and its test images 3x2",
    );
  });
});

Deno.test("loadMnistFolder() reads over the network", async () => {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    "/set/train-images-idx3-ubyte.gz": Uint8Array.from(gzipSync(images)),
    "/set/train-labels-idx1-ubyte": Uint8Array.from(labels),
    "/set/t10k-images-idx3-ubyte": Uint8Array.from(images),
    "/set/t10k-labels-idx1-ubyte": Uint8Array.from(labels),
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    const body = files[pathname];
    if (body !== undefined) return new Response(body);
    return new Response("no", { status: pathname.startsWith("/broken") ? 503 : 404 });
  });
  try {
    const base = `http://127.0.0.1:${server.addr.port}`;
    const { train, test } = await loadMnistFolder(`${base}/set`);
    assertEquals(train.labels, Int32Array.of(0, 1, 2, 1));
    assertEquals(test.images, train.images);
    await assertRejects(() => loadMnistFolder(new URL(`${base}/other/`)), Deno.errors.NotFound);
    await assertRejects(
      () => loadMnistFolder(`${base}/broken`),
      Error,
      "the server answered 503",
    );
  } finally {
    await server.shutdown();
  }
});
