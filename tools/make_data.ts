// deno-lint-ignore-file no-console
/**
 * Builds the image files in data/ from their originals, byte for byte the same each time.
 *
 *     deno run --allow-read --allow-write tools/make_data.ts FASHION DIGITS [--check]
 *
 * FASHION is the folder of the four original Fashion-MNIST files, e.g. that of Debian's package
 * dataset-fashion-mnist, /usr/share/datasets/fashion-mnist, or a download from
 * https://github.com/zalandoresearch/fashion-mnist. DIGITS is scikit-learn's file digits.csv.gz, in
 * its wheel under sklearn/datasets/data: `pip download --no-deps scikit-learn`, then unzip.
 *
 * With --check nothing is written; it fails if a file in data/ differs from what would be.
 *
 * @module
 */
import { deflateRawSync, gunzipSync } from "node:zlib";

const originals: Readonly<Record<string, string>> = {
  "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
  "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
  "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
  "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
  "digits.csv.gz": "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
};
const kept = { train: 10_000, t10k: 2_000 };

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads an original and makes sure that it is the one meant. */
async function readOriginal(path: string, name: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  const found = await sha256(bytes);
  if (found !== originals[name]) {
    throw new Error(`${path} has SHA-256 ${found}, expected ${originals[name]}`);
  }
  return gunzipSync(bytes);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** gzip with nothing in its header that depends on the time or the system. */
function gzip(bytes: Uint8Array): Uint8Array {
  const body = deflateRawSync(bytes, { level: 9 });
  const out = new Uint8Array(10 + body.length + 8);
  out.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
  out.set(body, 10);
  const trailer = new DataView(out.buffer, 10 + body.length);
  trailer.setUint32(0, crc32(bytes), true);
  trailer.setUint32(4, bytes.length, true);
  return out;
}

/** An idx file of bytes: magic number, sizes, content. */
function idx(sizes: readonly number[], content: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  header.setUint32(0, 0x0800 + sizes.length);
  sizes.forEach((size, i) => header.setUint32(4 + 4 * i, size));
  const out = new Uint8Array(header.byteLength + content.length);
  out.set(new Uint8Array(header.buffer));
  out.set(content, header.byteLength);
  return out;
}

async function fashion(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [part, count] of Object.entries(kept)) {
    const imageName = `${part}-images-idx3-ubyte.gz`;
    const labelName = `${part}-labels-idx1-ubyte.gz`;
    const images = await readOriginal(`${folder}/${imageName}`, imageName);
    const labels = await readOriginal(`${folder}/${labelName}`, labelName);
    const pixels = images.subarray(16, 16 + count * 28 * 28);
    files.set(`fashion_mnist/${imageName}`, idx([count, 28, 28], pixels));
    files.set(`fashion_mnist/${labelName}`, idx([count], labels.subarray(8, 8 + count)));
  }
  return files;
}

async function digits(path: string): Promise<Map<string, Uint8Array>> {
  const text = new TextDecoder().decode(await readOriginal(path, "digits.csv.gz"));
  const rows = text.trim().split("\n").map((line) => line.split(",").map(Number));
  const pixels = Uint8Array.from(rows.flatMap((row) => row.slice(0, 64)));
  const labels = Uint8Array.from(rows.flatMap((row) => row.slice(64)));
  return new Map([
    ["digits/images-idx3-ubyte.gz", idx([rows.length, 8, 8], pixels)],
    ["digits/labels-idx1-ubyte.gz", idx([rows.length], labels)],
  ]);
}

const paths = Deno.args.filter((arg) => arg !== "--check");
const [fashionFolder, digitsFile] = paths;
if (fashionFolder === undefined || digitsFile === undefined || paths.length > 2) {
  console.error("usage: make_data.ts FASHION_FOLDER DIGITS_CSV_GZ [--check]");
  Deno.exit(2);
}
const data = new URL("../data/", import.meta.url);
let differing = 0;
for (const [name, bytes] of [...await fashion(fashionFolder), ...await digits(digitsFile)]) {
  const packed = gzip(bytes);
  const sum = await sha256(packed);
  const target = new URL(name, data);
  if (Deno.args.includes("--check")) {
    const same = sum === await sha256(await Deno.readFile(target));
    if (!same) differing++;
    console.log(`${name}: ${same ? "as built" : "differs"}`);
    continue;
  }
  await Deno.mkdir(new URL(".", target), { recursive: true });
  await Deno.writeFile(target, packed);
  console.log(`| \`${name}\` | ${packed.length} | \`${sum}\` |`);
  if (!name.includes("labels")) continue;
  const counts = new Array<number>(10).fill(0);
  for (const label of bytes.subarray(8)) counts[label] = (counts[label] ?? 0) + 1;
  console.log(`  per class: ${counts.join(" ")}`);
}
if (differing > 0) Deno.exit(1);
