import type { Rng } from "../../engine/rng.ts";
import type { Atoms } from "./atoms.ts";

/** How often each atom is there once a layer is widened. */
export type Copies = ReadonlyMap<number, number>;

/** What to copy. */
export interface CopyRequest {
  /** The layer. */
  readonly node: string;
  /** The channels to copy, one after another; drawn when absent. */
  readonly duplicate?: readonly number[];
  /** How many channels it is to have. */
  readonly channels: number;
  /** Draws what to copy. */
  readonly rng?: Rng;
}

/**
 * Chooses atoms to copy until a layer has the channels that it is to have: each time one of its channels,
 * with all that is tied to it, each as likely, as Net2Net has it.
 *
 * @throws {RangeError} When it cannot have as many.
 */
export function chooseCopies(atoms: Atoms, request: CopyRequest): Copies {
  const { node, duplicate, channels, rng } = request;
  const axis = atoms.of(node);
  const copies = new Map<number, number>();
  const copy = (atom: number) => copies.set(atom, (copies.get(atom) ?? 1) + 1);
  if (duplicate !== undefined) {
    for (const channel of duplicate) copy(axis[channel] as number);
    return copies;
  }
  const widths = new Map<number, number>();
  for (const atom of axis) widths.set(atom, (widths.get(atom) ?? 0) + 1);
  const free = axis.filter((atom) => !atoms.isFixed(atom));
  const steps = new Set(free.map((atom) => widths.get(atom) as number));
  let left = channels - axis.length;
  const reachable = [true];
  for (let sum = 1; sum <= left; sum++) {
    reachable[sum] = [...steps].some((step) => reachable[sum - step]);
  }
  if (!reachable[left]) {
    throw new RangeError(
      `Cannot widen ${node} from ${axis.length} to ${channels} channels: others are tied to them, ` +
        `so that they are copied ${[...steps].join(" or ")} at a time`,
    );
  }
  while (left > 0) {
    const fitting = free.filter((atom) => reachable[left - (widths.get(atom) as number)]);
    const atom = (rng as Rng).pick(fitting);
    left -= widths.get(atom) as number;
    copy(atom);
  }
  return copies;
}
