import type { Codes } from "./lower_codes.ts";

/**
 * How many different patterns the numbers of some nodes have over `count` images, a pattern being on which
 * images a number is above zero. `read` gives the bits of all images.
 */
export function distinctPatterns(
  nodes: Iterable<Codes>,
  { count, read }: { readonly count: number; readonly read: (codes: Codes) => Float32Array },
): number {
  const words = Math.ceil(count / 32);
  const patterns = new PatternSet(words);
  const columns = new Int32Array(32 * words), block = new Int32Array(32);
  for (const codes of new Set(nodes)) {
    const { size, pitch } = codes, values = read(codes);
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    // From 32 numbers' bits of each image to 32 patterns at a time.
    for (let word = 0; 32 * word < size; word++) {
      for (let group = 0; group < words; group++) {
        const images = Math.min(32, count - 32 * group);
        for (let i = 0; i < 32; i++) {
          block[i] = i < images ? bits[(32 * group + i) * pitch + word] as number : 0;
        }
        transpose(block);
        for (let k = 0; k < 32; k++) columns[k * words + group] = block[k] as number;
      }
      const numbers = Math.min(32, size - 32 * word);
      for (let k = 0; k < numbers; k++) patterns.add(columns, k * words);
    }
  }
  return patterns.size;
}

/** Swaps rows and columns of 32 x 32 bits, a row an integer, by halves of halves. */
function transpose(rows: Int32Array): void {
  for (let half = 16, mask = 0x0000ffff; half > 0; half >>= 1, mask ^= mask << half) {
    for (let k = 0; k < 32; k = ((k | half) + 1) & ~half) {
      const [a, b] = [rows[k] as number, rows[k | half] as number];
      const swapped = ((a >>> half) ^ b) & mask;
      rows[k] = a ^ (swapped << half);
      rows[k | half] = b ^ swapped;
    }
  }
}

/** A set of patterns of so many words, which counts them; a `Set` of texts takes ten times as long. */
class PatternSet {
  readonly #words: number;
  #keys: Int32Array;
  #taken: Uint8Array;
  size = 0;

  constructor(words: number, capacity = 1 << 12) {
    this.#words = words;
    this.#keys = new Int32Array(capacity * words);
    this.#taken = new Uint8Array(capacity);
  }

  /** Adds the pattern that stands at a place. */
  add(from: Int32Array, at: number): void {
    if (2 * this.size >= this.#taken.length) this.#grow();
    const mask = this.#taken.length - 1, words = this.#words;
    let slot = this.#hash(from, at) & mask;
    while (this.#taken[slot] === 1) {
      let same = 0;
      while (same < words && this.#keys[slot * words + same] === from[at + same]) same++;
      if (same === words) return;
      slot = (slot + 1) & mask;
    }
    this.#taken[slot] = 1;
    for (let w = 0; w < words; w++) this.#keys[slot * words + w] = from[at + w] as number;
    this.size++;
  }

  #hash(from: Int32Array, at: number): number {
    let hash = 0;
    for (let w = 0; w < this.#words; w++) {
      hash = Math.imul(hash ^ (from[at + w] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  #grow(): void {
    const words = this.#words, keys = this.#keys, taken = this.#taken;
    const larger = new PatternSet(words, 4 * taken.length);
    for (let slot = 0; slot < taken.length; slot++) {
      if (taken[slot] === 1) larger.add(keys, slot * words);
    }
    this.#keys = larger.#keys;
    this.#taken = larger.#taken;
  }
}
