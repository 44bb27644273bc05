import { assertEquals, assertRejects } from "@std/assert";
import { loadCifar10 } from "../../lib/data/mod.ts";

const record = 3073;
const fileLength = 10_000 * record;

/** A file of 10,000 records: those given, and after them zeros that take no space on disk. */
async function writeRecords(path: string, records: readonly Uint8Array[], length = fileLength) {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const bytes of records) await file.write(bytes);
  await file.truncate(length);
}

/** A record whose pixel in colour `c`, row `y`, column `x` is a hash of all these. */
const value = (i: number, c: number, y: number, x: number) =>
  (i * 31 + c * 101 + y * 7 + x * 3) & 255;
function makeRecord(i: number, label: number): Uint8Array {
  const bytes = Uint8Array.of(label, ...new Uint8Array(3072));
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) bytes[1 + c * 1024 + y * 32 + x] = value(i, c, y, x);
    }
  }
  return bytes;
}

Deno.test("loadCifar10() turns planes of colour into pixels of three, file after file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeRecords(`${folder}/data_batch_1.bin`, [makeRecord(0, 6), makeRecord(1, 9)]);
    await writeRecords(`${folder}/data_batch_2.bin`, [makeRecord(2, 4), makeRecord(3, 1)]);
    await writeRecords(`${folder}/test_batch.bin`, [makeRecord(4, 3)]);
    const two = await loadCifar10(folder, { limit: 2 });
    assertEquals(two.train.shape, [32, 32, 3]);
    assertEquals([two.train.labels, two.test.labels], [Int32Array.of(6, 9), Int32Array.of(3, 0)]);
    assertEquals(two.train.classes[9], "truck");
    const expected: number[] = [];
    for (let i = 0; i < 2; i++) {
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 32; x++) {
          for (let c = 0; c < 3; c++) expected.push(value(i, c, y, x) / 255);
        }
      }
    }
    assertEquals(two.train.images, Float32Array.from(expected));

    const more = await loadCifar10(folder, { limit: 10_001 });
    assertEquals(more.train.labels.length, 10_001);
    assertEquals([more.train.labels[9_999], more.train.labels[10_000]], [0, 4]);
    assertEquals(more.train.images[10_000 * 3072 + 5], Math.fround(value(2, 2, 0, 1) / 255));
    assertEquals(more.test.labels.length, 10_000);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadCifar10() refuses files that are cut, overlong, missing or mislabelled", async () => {
  const folder = await Deno.makeTempDir();
  const load = () => loadCifar10(folder, { limit: 1 });
  const first = `${folder}/data_batch_1.bin`;
  try {
    await assertRejects(load, Deno.errors.NotFound, `Cannot load ${first}: there is no such file`);
    for (const length of [0, 1, record, fileLength - record, fileLength - 1, fileLength + 1]) {
      await writeRecords(first, [], length);
      await assertRejects(
        load,
        SyntaxError,
        `Cannot load ${first}: expected 30730000 bytes ` +
          `(10000 records of a label and 32x32x3 pixels), found ${length}`,
      );
    }
    await writeRecords(first, [makeRecord(0, 1), makeRecord(1, 10)]);
    await assertRejects(
      load,
      SyntaxError,
      `Cannot load ${first}: label 1 must be less than 10, found 10`,
    );
    await assertRejects(() => loadCifar10(folder, { limit: 0.5 }), RangeError, "limit must be");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
