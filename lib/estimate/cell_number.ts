import { type NasBench201Arch, nasBench201Class, nasBench201Ops } from "../space/mod.ts";

/** How many cells NAS-Bench-201 has. */
export const cellCount = nasBench201Ops.length ** 6;

const classes: (string | undefined)[] = [];

/**
 * A cell of NAS-Bench-201 as a number: the digits of its operations, in base 5.
 *
 * @throws {RangeError} When it is not a cell.
 */
export function cellNumber(arch: NasBench201Arch): number {
  let number = 0;
  for (let edge = 0; edge < arch.length; edge++) {
    const digit = nasBench201Ops.indexOf(arch[edge]!);
    number = digit < 0 ? NaN : nasBench201Ops.length * number + digit;
  }
  if (arch.length === 6 && number >= 0) return number;
  throw new RangeError(
    `Cannot look up ${JSON.stringify(arch)}: it is not an architecture of NAS-Bench-201`,
  );
}

/** What {@linkcode nasBench201Class} gives, worked out once for each cell. */
export function cellClass(arch: NasBench201Arch): string {
  return classes[cellNumber(arch)] ??= nasBench201Class(arch);
}
