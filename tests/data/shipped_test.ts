import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { digits, fashionMnist, loadMnistFolder, type Splits } from "../../lib/data/mod.ts";
import { countClasses } from "./numbered.ts";

const data = new URL("../../data/", import.meta.url);

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? NaN;
  return total;
}

/** Of one channel, in one pass over float64 sums: another way than the library's. */
function moments(images: Float32Array): [mean: number, std: number] {
  const mean = sum(images) / images.length;
  return [mean, Math.sqrt(sum(images.map((value) => value * value)) / images.length - mean ** 2)];
}

Deno.test("every shipped image file has the checksum and the length that data/README.md states", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", data));
  const rows = [...readme.matchAll(/^\| `([^`]+\.gz)` +\| (\d+) +\| `([0-9a-f]{64})` \|$/gm)];
  for (const [, name = "", bytes, sum] of rows) {
    const file = await Deno.readFile(new URL(name, data));
    assertEquals([file.length, await sha256(file)], [Number(bytes), sum], name);
  }
  const listed = rows.map(([, name]) => name).sort();
  const present: string[] = [];
  for (const folder of ["digits", "fashion_mnist"]) {
    for await (const entry of Deno.readDir(new URL(folder, data))) {
      if (entry.name.endsWith(".gz")) present.push(`${folder}/${entry.name}`);
    }
  }
  assertEquals(listed, present.sort());
});

// The numbers in the next two tests are numpy's, read from the original files.

Deno.test("the shipped Fashion-MNIST is the start of the original", async () => {
  const { train, test } = await loadMnistFolder(new URL("fashion_mnist", data));
  assertEquals([train.shape, test.shape], [[28, 28, 1], [28, 28, 1]]);
  const bytes = train.images.map((value) => Math.round(value * 255));
  // deno-fmt-ignore
  assertEquals([...bytes.subarray(14 * 28, 15 * 28)], [
    0, 0, 1, 4, 6, 7, 2, 0, 0, 0, 0, 0, 237, 226, 217, 223, 222, 219, 222, 221, 216, 223, 229, 215,
    218, 255, 77, 0,
  ]);
  assertEquals(sum(bytes.subarray(0, 784)), 76247);
  assertEquals(sum(bytes.subarray(-784)), 79936);
  assertEquals(sum(bytes), 572388787);
  assertEquals(sum(bytes.map((byte) => byte * byte)), 105681483091);
  assertEquals([...train.labels.subarray(0, 10)], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
  assertEquals(
    countClasses(train.labels, 10),
    [942, 1027, 1016, 1019, 974, 989, 1021, 1022, 990, 1000],
  );
  assertEquals(sum(test.images.map((value) => Math.round(value * 255))), 114763281);
  assertEquals([...test.labels.subarray(0, 10)], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]);
  assertEquals(countClasses(test.labels, 10), [200, 203, 214, 190, 219, 195, 197, 200, 194, 188]);
});

Deno.test("the shipped digits are the original ones", async () => {
  const { train, validation, test } = await digits({ normalise: false });
  const parts = [train, validation, test];
  assertEquals(parts.map((part) => part.labels.length), [1198, 299, 300]);
  const pixels = parts.flatMap((part) => Array.from(part.images, (value) => value * 16));
  assertEquals(sum(pixels), 561718);
  assertEquals(sum(pixels.map((pixel) => pixel ** 2)), 6907012);
  const labels = Int32Array.from(parts.flatMap((part) => [...part.labels]));
  assertEquals(countClasses(labels, 10), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  const first = "0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0," +
    "0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0";
  const found = parts.some((part) =>
    part.labels.some((label, i) =>
      label === 0 && part.images.slice(i * 64, i * 64 + 64).map((v) => v * 16).join() === first
    )
  );
  assert(found, "the first image is in one of the parts, with its label");
});

Deno.test("fashionMnist() gives the parts asked for, normalised by the training part", async () => {
  const splits = await fashionMnist({ size: 16, train: 1000, validation: 300, test: 200 });
  for (const [name, count] of [["train", 1000], ["validation", 300], ["test", 200]] as const) {
    const part = splits[name];
    assertEquals(part.name, `fashion-mnist ${name} 16x16`);
    assertEquals(part.shape, [16, 16, 1]);
    assertEquals([part.labels.length, part.images.length], [count, count * 256]);
    assertEquals(part.normalisation, splits.train.normalisation);
    assertEquals(part.classes[9], "Ankle boot");
  }
  const [mean, std] = moments(splits.train.images);
  assertAlmostEquals(mean, 0, 1e-5);
  assertAlmostEquals(std, 1, 1e-5);
  const [otherMean] = moments(splits.validation.images);
  assert(Math.abs(otherMean) > 1e-4, "the validation part is not normalised by itself");

  const plain = await fashionMnist({
    size: 16,
    train: 1000,
    validation: 300,
    test: 200,
    normalise: false,
  });
  const [plainMean, plainStd] = moments(plain.train.images);
  assertAlmostEquals(plainMean, splits.train.normalisation?.mean[0] ?? NaN, 1e-6);
  assertAlmostEquals(plainStd, splits.train.normalisation?.std[0] ?? NaN, 1e-6);
  assertEquals(plain.train.normalisation, undefined);
  assertEquals(plain.train.labels, splits.train.labels);
});

Deno.test("a loaded dataset is plain data, and the same seed gives the same one", async () => {
  const options = { train: 200, validation: 50, test: 50, seed: 3 };
  const once = await digits(options);
  const again: Splits = structuredClone(await digits(options));
  assertEquals(again, once);
  const other = await digits({ ...options, seed: 4 });
  assert(other.train.labels.join() !== once.train.labels.join());
});

Deno.test("fashionMnist() and digits() say which part is too large", async () => {
  await assertRejects(
    () => fashionMnist({ train: 9000, validation: 1001 }),
    RangeError,
    "Cannot prepare fashion-mnist: train + validation must be at most 10000, " +
      "the number of training images, got 9000 + 1001",
  );
  await assertRejects(() => fashionMnist({ test: 2001 }), RangeError, "test must be");
  await assertRejects(() => fashionMnist({ size: 0 }), RangeError, "height must be");
  await assertRejects(() => digits({ test: 1797 }), RangeError, "test must be");
  await assertRejects(() => digits({ train: 0 }), RangeError, "train must be");
});
