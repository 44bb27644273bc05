/**
 * Loops of 128-bit SIMD assembled by hand, so that nothing but what they are to measure is in them: a
 * compiler would share or hoist what is the same in every turn.
 */

/** Multiply-adds on each vector in a turn of {@linkcode multiplyAddLoop}. */
export const unrolled = 4;
/** Bytes that a turn of {@linkcode streamLoop} takes from each of two arrays and writes to a third. */
export const streamStride = 64;

/** Bytes of a page of WebAssembly memory. */
const PAGE = 65_536;

const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
const vector = (opcode: number) => [0xfd, ...leb(opcode)];
const get = (local: number) => [0x20, ...leb(local)];
const set = (local: number) => [0x21, ...leb(local)];
const constant = (value: number) => [0x41, ...signedLeb(value)];
const loop = (body: readonly number[]) => [0x03, 0x40, ...body, 0x0b];
/** Takes 1 from a local and goes to the beginning of the loop unless it is 0 then. */
const repeat = (local: number) => [...get(local), 0x41, 1, 0x6b, 0x22, ...leb(local), 0x0d, 0];
const add = vector(0xe4);

/**
 * Makes a loop of multiply-adds on so many independent vectors. V8 keeps all that it needs in registers
 * up to 12. The loop runs so many turns and returns the sum of one lane of all vectors.
 */
export function multiplyAddLoop(
  chains: number,
  simd: "relaxed" | "plain",
): (iterations: number) => number {
  const [zero, splat, extractLane] = [vector(0x0c), vector(0x13), [...vector(0x1f), 0]];
  const [multiply, relaxedMultiplyAdd] = [vector(0xe6), vector(0x105)];
  const float = (value: number) => [
    0x43,
    ...new Uint8Array(new Float32Array([value]).buffer),
    ...splat,
  ];
  // Local 0 counts down; then come the factor, the summand and the chains.
  const [factor, summand] = [1, 2];
  const all = Array.from({ length: chains }, (_, i) => 3 + i);
  // x = 0.5 x + 0.5 goes to 1 and stays there.
  const step = (chain: number) => [
    ...get(chain),
    ...get(factor),
    ...(simd === "relaxed"
      ? [...get(summand), ...relaxedMultiplyAdd]
      : [...multiply, ...get(summand), ...add]),
    ...set(chain),
  ];
  const body = [
    ...[1, ...leb(2 + chains), v128],
    ...[...float(0.5), ...set(factor), ...float(0.5), ...set(summand)],
    ...all.flatMap((chain) => [...float(chain), ...set(chain)]),
    ...loop([
      ...Array.from({ length: unrolled }, () => all.flatMap(step)).flat(),
      ...repeat(0),
    ]),
    ...[...zero, ...new Array(16).fill(0)],
    ...all.flatMap((chain) => [...get(chain), ...add]),
    ...extractLane,
  ];
  const { run } = assemble({ parameters: [i32], results: [f32], body });
  return run as (iterations: number) => number;
}

/** Adds up two arrays of float32 in a memory of their own. */
export interface StreamLoop {
  /** The memory. It lasts as long as this object. */
  readonly memory: WebAssembly.Memory;
  /** Takes so many turns over arrays that begin at these addresses: the third is the sum of the others. */
  run(a: number, b: number, sum: number, turns: number): void;
}

/** Makes a loop over arrays, with a memory of at least so many bytes. */
export function streamLoop(bytes: number): StreamLoop {
  const [load, store] = [vector(0), vector(11)];
  const [a, b, sum, turns] = [0, 1, 2, 3];
  // Aligned to 16 bytes, 2 to the 4.
  const at = (offset: number) => [4, ...leb(offset)];
  const move = (local: number) => [
    ...get(local),
    ...constant(streamStride),
    0x6a,
    ...set(local),
  ];
  const vectors = Array.from({ length: streamStride / 16 }, (_, i) => 16 * i);
  const body = [
    0, // no locals beyond the parameters
    ...loop([
      ...vectors.flatMap((offset) => [
        ...[...get(sum), ...get(a), ...load, ...at(offset)],
        ...[...get(b), ...load, ...at(offset), ...add, ...store, ...at(offset)],
      ]),
      ...[a, b, sum].flatMap(move),
      ...repeat(turns),
    ]),
  ];
  const pages = Math.ceil(bytes / PAGE);
  const made = assemble({ parameters: [i32, i32, i32, i32], results: [], body, pages });
  return { memory: made.memory as WebAssembly.Memory, run: made.run as StreamLoop["run"] };
}

/** Makes a module of one function, `run`, and on request a memory, `memory`. */
function assemble({ parameters, results, body, pages }: {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  /** Locals and code, without the last `end`. */
  readonly body: readonly number[];
  readonly pages?: number;
}): WebAssembly.Exports {
  const list = (items: readonly number[]) => [...leb(items.length), ...items];
  const section = (id: number, content: readonly number[]) => [id, ...list(content)];
  const name = (text: string) => list([...new TextEncoder().encode(text)]);
  const exported = [[...name("run"), 0, 0], ...(pages ? [[...name("memory"), 2, 0]] : [])];
  const module = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...list(parameters), ...list(results)]),
    ...section(3, [1, 0]),
    ...(pages ? section(5, [1, 0, ...leb(pages)]) : []),
    ...section(7, [...leb(exported.length), ...exported.flat()]),
    ...section(10, [1, ...list([...body, 0x0b])]),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
}

/** Sizes and indices as WebAssembly writes them, seven bits a byte. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** A positive constant: the seventh bit of its last byte would be taken for a sign. */
function signedLeb(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signedLeb(value >>> 7)];
}
