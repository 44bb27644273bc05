import type { Kernels } from "./kernels.ts";
import type { Machine } from "./machine.ts";

/** Bytes that WebAssembly memory grows by. */
const PAGE = 65536;

/** An empty memory that threads can share. Growing it never moves what is in it. */
export function makeSharedMemory(): WebAssembly.Memory {
  // Not page 0: an address of 0 means "none" to the kernels.
  return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
}

/**
 * Takes a piece at the end of a shared memory, of zeros, for good; returns its address, a multiple of 64.
 *
 * @throws {RangeError} If there is no room for it.
 */
export function extend(memory: WebAssembly.Memory, bytes: number): number {
  try {
    return memory.grow(Math.ceil(bytes / PAGE)) * PAGE;
  } catch (cause) {
    throw new RangeError(
      `Cannot allocate ${bytes} bytes: the memory that threads share has no room for them`,
      { cause },
    );
  }
}

/** A thread's machine on a shared memory, with a scratch of its own. */
export function startMachine(module: WebAssembly.Module, memory: WebAssembly.Memory): Machine {
  let address = 0, size = 0;
  const scratch = (wanted: number): number => {
    wanted >>>= 0;
    if (wanted > size) {
      // What it outgrows is lost until the memory goes: twice as much each time keeps that below the last.
      const taken = Math.max(wanted, 2 * size);
      address = extend(memory, taken);
      size = taken;
    }
    return address;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, scratch } });
  return { memory, kernels: exports as unknown as Kernels };
}

/**
 * The same module for a shared memory. A module says in its import whether the memory is shared, and only
 * in that one bit do the two differ: code with and without other threads around is the same.
 */
export function forSharedMemory(binary: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.slice(0));
  let at = 8; // behind magic number and version
  const number = () => { // LEB128
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const skipName = () => {
    const length = number();
    at += length;
  };
  while (at < bytes.length) {
    const section = bytes[at++], size = number(), end = at + size;
    if (section !== IMPORTS) {
      at = end;
      continue;
    }
    for (let left = number(); left > 0; left--) {
      skipName();
      skipName();
      const kind = bytes[at++];
      if (kind === FUNCTION) {
        number();
      } else if (kind === MEMORY) {
        if (bytes[at] !== WITH_MAXIMUM) break;
        bytes[at] = SHARED;
        return bytes;
      } else break;
    }
    break;
  }
  throw new TypeError("Cannot share the kernels' memory: they import none with a maximum");
}

const IMPORTS = 2, FUNCTION = 0, MEMORY = 2, WITH_MAXIMUM = 1, SHARED = 3;
