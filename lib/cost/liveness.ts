import type { Surveyed } from "./survey.ts";

/** How values share memory. */
export interface StorageOptions {
  /**
   * Whether an op that works element by element (a sum, a product, an activation, a batch norm) may
   * write over an input that nothing reads later; `true` when absent. With `false` only activations
   * and batch norms that are the one reader of their input do, since they are computed on the way out
   * of the op before them.
   */
  readonly inPlace?: boolean;
  /**
   * Whether a depthwise convolution that keeps the shape writes over its input channel by channel,
   * with one channel of scratch memory, as TinyEngine does (Lin et al. 2020); `false` when absent.
   */
  readonly inPlaceDepthwise?: boolean;
}

/** A piece of memory that one value holds after the other. */
export interface Buffer {
  /** The place of the node that takes it. */
  readonly first: number;
  /** The place of the last node that reads it. */
  last: number;
  /** Its size in elements. */
  readonly size: number;
  /** The places of the nodes whose values it holds, in order. */
  readonly values: number[];
}

/** Which memory a network takes, with its nodes run one after the other in the graph's order. */
export interface Liveness {
  /** Every piece of memory. */
  readonly buffers: readonly Buffer[];
  /** The buffer of each node's value. */
  readonly bufferOf: readonly Buffer[];
  /** Elements of scratch memory at each node. */
  readonly scratch: readonly number[];
}

/**
 * Follows the values through a network: each is alive from the node that computes it to the last that
 * reads it; the output stays alive to the end.
 */
export function liveness(all: readonly Surveyed[], options: StorageOptions = {}): Liveness {
  const buffers: Buffer[] = [];
  const bufferOf: Buffer[] = [];
  const scratch: number[] = [];
  all.forEach((each, place) => {
    scratch.push(takesScratch(each, options) ? each.size / (each.shape.at(-1) as number) : 0);
    const source = each.inputs.find((input) =>
      canReuse(each, bufferOf[input] as Buffer, { all, place, options })
    );
    const reused = source === undefined ? undefined : bufferOf[source] as Buffer;
    if (reused === undefined) {
      scratch[place] = 0;
      buffers.push({ first: place, last: each.lastRead, size: each.size, values: [place] });
      bufferOf.push(buffers.at(-1) as Buffer);
    } else {
      reused.last = Math.max(reused.last, each.lastRead);
      reused.values.push(place);
      bufferOf.push(reused);
    }
  });
  return { buffers, bufferOf, scratch };
}

/** The elements alive at each node. */
export function aliveSizes({ buffers, scratch }: Liveness): number[] {
  const change = new Array<number>(scratch.length + 1).fill(0);
  for (const { first, last, size } of buffers) {
    (change[first] as number) += size;
    (change[last + 1] as number) -= size;
  }
  let alive = 0;
  return scratch.map((extra, place) => (alive += change[place] as number) + extra);
}

function canReuse(
  each: Surveyed,
  buffer: Buffer,
  { all, place, options }: {
    readonly all: readonly Surveyed[];
    readonly place: number;
    readonly options: StorageOptions;
  },
): boolean {
  if (each.storage === "view") return true;
  if (buffer.last > place || buffer.size !== each.size) return false;
  if (takesScratch(each, options)) return true;
  if (each.storage !== "overwrites") return false;
  const source = all[each.inputs[0] as number] as Surveyed;
  return options.inPlace !== false || (each.inputs.length === 1 && source.readers === 1);
}

function takesScratch({ node, shape, inputs, size }: Surveyed, options: StorageOptions): boolean {
  // Output channels of a multiplier have no input channel of their own to write over.
  return options.inPlaceDepthwise === true && node.op === "depthwise" &&
    (node.stride ?? 1) === 1 && (node.multiplier ?? 1) === 1 && inputs.length === 1 &&
    size > (shape.at(-1) as number);
}
