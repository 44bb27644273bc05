import type { Region } from "./region.ts";
import type { Access } from "./schedule.ts";

/** Where regions lie, relative to each other. */
export interface Layout {
  /** How many bytes they take together. */
  readonly bytes: number;
  /** Gives every region its address. */
  place(address: number): void;
}

/** Memory that one region after another lies in. */
interface Storage {
  readonly floats: number;
  readonly first: number;
  last: number;
  offset: number;
}

/** Floats of a cache line, where every storage begins. */
const LINE = 16;

/**
 * Finds a place for every region that the steps write. A region lives from the first step that writes
 * it to the last that reads it; regions that do not live at the same time may share memory, and one
 * that begins in the step in which another ends may lie in that other's place, if the step allows it.
 */
export function layOut(steps: readonly Access[]): Layout {
  const storages = storagesOf(steps);
  const distinct = [...new Set(storages.values())];
  const floats = assignOffsets(distinct);
  return {
    bytes: 4 * floats,
    place: (address) => {
      for (const [region, { offset }] of storages) region.address = address + 4 * offset;
    },
  };
}

function storagesOf(steps: readonly Access[]): Map<Region, Storage> {
  const lives = new Map<Region, { readonly first: number; last: number }>();
  steps.forEach(({ reads, writes }, index) => {
    for (const region of writes) {
      if (!lives.has(region)) lives.set(region, { first: index, last: index });
    }
    for (const region of [...reads, ...writes]) {
      const life = lives.get(region);
      if (life) life.last = index;
    }
  });
  const storages = new Map<Region, Storage>();
  steps.forEach(({ writes, inPlaceOf = [] }, index) => {
    for (const region of writes) {
      if (storages.has(region)) continue;
      const { last } = lives.get(region) as { readonly last: number };
      const taken = region === writes[0]
        ? inPlaceOf.map((other) => storages.get(other)).find((storage) =>
          storage?.last === index && storage.floats === region.floats
        )
        : undefined;
      if (taken) taken.last = last;
      storages.set(region, taken ?? { floats: region.floats, first: index, last, offset: NaN });
    }
  });
  return storages;
}

/** Puts the largest first, each as low as those allow that live at the same time. */
function assignOffsets(storages: readonly Storage[]): number {
  const placed: Storage[] = [];
  let end = 0;
  for (const storage of storages.toSorted((a, b) => b.floats - a.floats)) {
    let offset = 0;
    for (const other of placed) { // in order of their offsets
      const together = other.first <= storage.last && storage.first <= other.last;
      if (!together) continue;
      if (offset + storage.floats <= other.offset) break;
      offset = Math.max(offset, aligned(other.offset + other.floats));
    }
    storage.offset = offset;
    const next = placed.findIndex((other) => other.offset > offset);
    placed.splice(next < 0 ? placed.length : next, 0, storage);
    end = Math.max(end, aligned(offset + storage.floats));
  }
  return end;
}

function aligned(floats: number): number {
  return Math.ceil(floats / LINE) * LINE;
}
