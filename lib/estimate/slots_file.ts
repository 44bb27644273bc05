import { packArrays, unpackArrays } from "../engine/packed_arrays.ts";
import { replaceFile } from "../engine/replace_file.ts";
import type { OptimiserSlots } from "../model/mod.ts";

const FORMAT = "naskit-optimiser-1";

/** Writes what an optimiser remembers to a file, the whole of it or nothing. */
export async function writeSlots(path: string, { steps, slots }: OptimiserSlots): Promise<void> {
  const arrays = new Map(
    slots.flatMap((slot, i) => [...slot].map(([name, each]) => [`${i}/${name}`, each] as const)),
  );
  await replaceFile(path, await packArrays(FORMAT, { about: [steps, slots.length], arrays }));
}

/**
 * Reads it.
 *
 * @throws {SyntaxError} When the file is of another format, or not whole.
 */
export async function readSlots(path: string): Promise<OptimiserSlots> {
  const bytes = await Deno.readFile(path);
  try {
    const { about, arrays } = await unpackArrays(FORMAT, bytes);
    const [steps, count] = about as [number, number];
    const slots = Array.from({ length: count }, () => new Map<string, Float32Array>());
    for (const [place, values] of arrays) {
      const at = place.indexOf("/");
      slots[Number(place.slice(0, at))]?.set(place.slice(at + 1), values as Float32Array);
    }
    return { steps, slots };
  } catch (error) {
    throw new SyntaxError(`Cannot read the optimiser of ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
