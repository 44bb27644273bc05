import { Arena, floatsAt, heap } from "../../engine/heap.ts";

/** Numbers on the heap of the engine's kernels. None is negative. */
export interface Buffer {
  /** Where they begin, in bytes. */
  readonly address: number;
  /** How many there are. */
  readonly floats: number;
  /** How often they are still to be read. */
  readers: number;
}

/** Floats that kernels work on side by side. */
const LANES = 4;
/** The least power of two, and the negative of the largest, by which single precision multiplies exactly. */
const LEAST = -126;

/** Lends buffers, and lends them again when they were given back. */
export class Buffers {
  readonly #arenas: Arena[] = [];
  readonly #idle = new Map<number, Buffer[]>();
  readonly #row: Buffer = this.take(LANES);

  /** Lends a buffer, whatever numbers it holds. Throws a `RangeError` where the heap has no room. */
  take(floats: number): Buffer {
    const idle = this.#idle.get(floats)?.pop();
    if (idle !== undefined) return idle;
    const arena = new Arena(4 * floats);
    this.#arenas.push(arena);
    return { address: arena.address, floats, readers: 0 };
  }

  /** Takes a buffer back. */
  giveBack(buffer: Buffer): void {
    const idle = this.#idle.get(buffer.floats);
    if (idle === undefined) this.#idle.set(buffer.floats, [buffer]);
    else idle.push(buffer);
  }

  /**
   * Brings the mean of a buffer's numbers near 1 by a power of two if it is far from it. No number is then
   * too large for what kernels do with it. Returns the exponent that was taken out; -Infinity of zeros.
   */
  settle(buffer: Buffer): number {
    const { address, floats } = buffer;
    const width = floats % LANES === 0 ? LANES : 1, rows = floats / width;
    const { kernels } = heap, row = this.#row.address;
    kernels.biasGrad(address, row, rows, width);
    const sum = floatsAt(row, width).reduce((sum, part) => sum + part, 0);
    if (sum === 0) return -Infinity;
    const power = Math.floor(Math.log2(sum / floats));
    const shift = Math.max(LEAST, Math.min(power, -LEAST));
    if (Math.abs(shift) < 8) return 0;
    floatsAt(row, width).fill(2 ** -shift);
    kernels.gate(address, row, address, 1, rows, width);
    return shift;
  }

  /** Frees all of them. */
  free(): void {
    for (const arena of this.#arenas) arena.free();
  }
}
