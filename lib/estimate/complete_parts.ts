import {
  nasBench201,
  type NasBench201Arch,
  type NasBench201Op,
  nasBench201Ops,
} from "../space/mod.ts";
import { cellClass } from "./cell_number.ts";

/** A set of operations, and how many networks can be made of them and nothing else. */
export interface OperationsPart {
  /** The operations, in the order of {@linkcode nasBench201Ops}. */
  readonly operations: readonly NasBench201Op[];
  /** How many cells they make. */
  readonly cells: number;
  /** How many networks these cells are, by {@linkcode nasBench201Class}. */
  readonly networks: number;
  /** How many of the networks are not known. */
  readonly missing: number;
}

interface Known {
  has(arch: NasBench201Arch): boolean;
}

/** Every set of operations with what a table knows of it; those of most cells first. */
export function operationsParts(known: Known): OperationsPart[] {
  const count = nasBench201Ops.length;
  const sets = Array.from({ length: 2 ** count - 1 }, (_, i) => ({
    mask: i + 1,
    networks: new Set<string>(),
    missing: new Set<string>(),
  }));
  for (const arch of nasBench201().enumerate()) {
    const name = cellClass(arch);
    const isKnown = known.has(arch);
    const mask = arch.reduce((bits, op) => bits | 1 << nasBench201Ops.indexOf(op), 0);
    for (const set of sets) {
      if ((mask & ~set.mask) !== 0) continue;
      set.networks.add(name);
      if (!isKnown) set.missing.add(name);
    }
  }
  return sets.map(({ mask, networks, missing }) => {
    const operations = nasBench201Ops.filter((_, i) => (mask & 1 << i) !== 0);
    return {
      operations,
      cells: operations.length ** 6,
      networks: networks.size,
      missing: missing.size,
    };
  }).sort((a, b) => b.cells - a.cells || b.networks - a.networks);
}
