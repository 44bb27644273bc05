import { Arena } from "../../engine/heap.ts";

/** Pieces of the heap that are taken and given back in any order; what was given back is taken again. */
export class Pool {
  readonly #arenas = new Map<number, Arena>();
  readonly #free = new Map<number, number[]>();

  /**
   * Takes memory, which holds anything.
   *
   * @returns Its address, a multiple of 64.
   * @throws {RangeError} If the heap has no room for it.
   */
  take(bytes: number): number {
    const given = this.#free.get(bytes)?.pop();
    if (given !== undefined) return given;
    const arena = new Arena(bytes);
    this.#arenas.set(arena.address, arena);
    return arena.address;
  }

  /** Gives memory back that `take` gave. */
  give(address: number): void {
    const { bytes } = this.#arenas.get(address) as Arena;
    const free = this.#free.get(bytes);
    if (free) free.push(address);
    else this.#free.set(bytes, [address]);
  }

  /** Frees all that was taken. */
  dispose(): void {
    for (const arena of this.#arenas.values()) arena.free();
    this.#arenas.clear();
    this.#free.clear();
  }
}
