import { Arena, floatsAt, heap, integersAt } from "../../engine/heap.ts";
import type { Codes } from "./lower_codes.ts";

/**
 * On how many numbers of some nodes together each pair of `count` images agrees, `[count, count]`. `read`
 * gives the bits of all images. One thread compares them all: they are few beside the numbers they are of.
 */
export function codeAgreement(
  nodes: readonly Codes[],
  { count, read }: { readonly count: number; readonly read: (codes: Codes) => Float32Array },
): Float64Array {
  const times = new Map<Codes, number>();
  for (const codes of nodes) times.set(codes, (times.get(codes) ?? 0) + 1);
  const longest = Math.max(0, ...nodes.map(({ pitch }) => pitch));
  const arena = new Arena(4 * count * (count + longest));
  try {
    const bits = arena.address, distances = bits + 4 * count * longest;
    for (const [codes, number] of times) {
      floatsAt(bits, count * codes.pitch).set(read(codes));
      heap.kernels.addCodeDistances(bits, distances, count, 4 * codes.pitch, number);
    }
    const units = nodes.reduce((sum, { size }) => sum + size, 0);
    return agreement(integersAt(distances, count * count), { count, units });
  } finally {
    arena.free();
  }
}

/** What is left of all units where some differ, from below the diagonal on both sides of it. */
function agreement(
  distances: Int32Array,
  { count, units }: { readonly count: number; readonly units: number },
): Float64Array {
  const equal = new Float64Array(count * count).fill(units);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      equal[i * count + j] = equal[j * count + i] = units - (distances[i * count + j] as number);
    }
  }
  return equal;
}
