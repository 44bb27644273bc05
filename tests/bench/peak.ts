/** The most that one thread can compute with 128-bit SIMD, measured on registers alone. */

/** Runs so many turns; returns the sum of one lane of all vectors. */
export type PeakLoop = (iterations: number) => number;

/** Multiply-adds on each vector in a turn. */
const unrolled = 4;
/** Vectors in flight; a processor's best depends on the latency of its units. */
const chainCounts = [8, 10, 12];

/** Makes what measures the peak in GFLOP/s, a multiply-add being two operations. */
export function peakMeter(simd: "relaxed" | "plain"): () => number {
  const loops = chainCounts.map((chains) => ({ chains, run: peakLoop(chains, simd) }));
  const once = ({ chains, run }: typeof loops[number], iterations: number) => {
    const start = performance.now();
    run(iterations);
    const operations = iterations * unrolled * chains * 4 * 2;
    return operations / (performance.now() - start) / 1e6;
  };
  for (const loop of loops) {
    // Until V8 has optimised it.
    for (let i = 0; i < 20; i++) once(loop, 20_000);
  }
  return () => Math.max(...loops.flatMap((loop) => [1, 2, 3].map(() => once(loop, 200_000))));
}

/**
 * Writes and compiles a loop of multiply-adds on so many independent vectors. V8 keeps all that it
 * needs in registers up to 12.
 */
export function peakLoop(chains: number, simd: "relaxed" | "plain"): PeakLoop {
  const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
  const vector = (opcode: number) => [0xfd, ...leb(opcode)];
  const [constant, splat, extractLane, add, multiply, relaxedMultiplyAdd] = [
    [...vector(0x0c)],
    [...vector(0x13)],
    [...vector(0x1f), 0],
    [...vector(0xe4)],
    [...vector(0xe6)],
    [...vector(0x105)],
  ];
  const get = (local: number) => [0x20, ...leb(local)];
  const set = (local: number) => [0x21, ...leb(local)];
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
    ...[0x03, 0x40], // loop
    ...Array.from({ length: unrolled }, () => all.flatMap(step)).flat(),
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0], // count down and branch
    0x0b,
    ...[...constant, ...new Array(16).fill(0)],
    ...all.flatMap((chain) => [...get(chain), ...add]),
    ...extractLane,
    0x0b,
  ];
  const section = (id: number, content: readonly number[]) => [
    id,
    ...leb(content.length),
    ...content,
  ];
  const name = [...new TextEncoder().encode("run")];
  const module = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 1, f32]),
    ...section(3, [1, 0]),
    ...section(7, [1, name.length, ...name, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  return exports.run as PeakLoop;
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
