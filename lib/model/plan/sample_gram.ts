import { Arena, floatsAt } from "../../engine/heap.ts";
import { floatsOf } from "../../engine/machine.ts";
import type { Compiled } from "./compiled.ts";
import { gramOfLists, gramOfTiles } from "./gram.ts";
import type { Region } from "./region.ts";
import { onlyImage } from "./sample_gradients.ts";
import type { Call, PlanStatistics, Schedule } from "./schedule.ts";

/** How many floats of gradients to hold at a time. */
const ROOM = 2 ** 24;

/** A batch that ran forward to the slopes of its output, and how to run more of its images. */
export interface GramBatch {
  /** How it ran. */
  readonly call: Call;
  /** The images. */
  readonly images: Float32Array;
  /** The slope by the output, a row for each image. */
  readonly slopes: Float32Array;
  /** Goes back, adding inner products at an address. */
  goBack(gram: number): void;
  /** Runs images forward and back from their slopes, for inner products or for gradients. */
  runAgain(images: Float32Array, slopes: Float32Array, gram?: number): void;
}

/** The inner products of all pairs of images' gradients by the weights, `[count, count]`. */
export function sampleGram(compiled: Compiled, batch: GramBatch): Float32Array {
  const { graph, parameters: { params }, schedule } = compiled;
  const { call: { count, statistics }, images, slopes, goBack, runAgain } = batch;
  const weights = [...params.values()].filter(({ name }) => name.endsWith(".weight"));
  if (takesRunPerImage(schedule, statistics)) {
    const gradients = weights.flatMap(({ gradient }) => gradient ? [gradient] : []);
    return gramOfBatch(gradients, {
      ...batch,
      read: (each) => floatsOf(compiled.machine, each.address, each.floats),
    });
  }
  // Kernels of convolutions hold one layer's gradients of all images.
  const held = new Set(
    graph.nodes.filter(({ op }) => op !== "linear").map(({ name }) => `${name}.weight`),
  );
  const layers = weights.filter(({ name }) => held.has(name)).map(({ values }) => values.floats);
  const most = Math.floor(ROOM / Math.max(1, ...layers));
  if (count <= most) return summed(count, goBack);
  return gramOfTiles(
    { count, most },
    (members) =>
      summed(
        members.length,
        (gram) => runAgain(rowsOf(images, count, members), rowsOf(slopes, count, members), gram),
      ),
  );
}

/** Whether each image's gradient takes a run of its own. */
export function takesRunPerImage({ forward }: Schedule, statistics: PlanStatistics): boolean {
  return statistics === "batch" && forward.some(({ op }) => op === "batchNorm");
}

/**
 * Through the batch's statistics each image's output depends on all images, so that its gradient takes a
 * run of its own; forward as well, as the way back writes over what it has read.
 */
function gramOfBatch(
  gradients: readonly Region[],
  { call: { count }, images, slopes, runAgain, read }: GramBatch & {
    readonly read: (gradient: Region) => Float32Array;
  },
): Float32Array {
  const size = gradients.reduce((sum, { floats }) => sum + floats, 0);
  return gramOfLists({ count, size, room: ROOM }, (image, into) => {
    runAgain(images, onlyImage(slopes, image, count));
    let at = 0;
    for (const gradient of gradients) {
      into.set(read(gradient), at);
      at += gradient.floats;
    }
  });
}

/** What `add` adds to zeros, `[count, count]`. */
function summed(count: number, add: (gram: number) => void): Float32Array {
  const arena = new Arena(4 * count ** 2);
  try {
    add(arena.address);
    return floatsAt(arena.address, count ** 2).slice();
  } finally {
    arena.free();
  }
}

/** Some of `count` rows. */
function rowsOf(values: Float32Array, count: number, rows: readonly number[]): Float32Array {
  const size = values.length / count, picked = new Float32Array(rows.length * size);
  rows.forEach((row, i) => picked.set(values.subarray(row * size, (row + 1) * size), i * size));
  return picked;
}
