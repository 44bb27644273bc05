import { checksumOf, replaceFile } from "../engine/replace_file.ts";
import type { Graph } from "../graph/mod.ts";
import type { OptimiserSlots, OptimiserState } from "../model/mod.ts";
import type { EarlyStopState } from "./early_stop.ts";
import { packArrays, type PackedArrays, unpackArrays } from "../engine/packed_arrays.ts";
import type { TrainCurves, TrainData } from "./train.ts";
import type { FullRecipe } from "./train_recipe.ts";
import type { WeightAverageState } from "./weight_average.ts";
import type { WeightSnapshot } from "./weight_snapshot.ts";

/** All that a training needs to go on after an epoch. What it draws follows from the epoch's number. */
export interface TrainingState {
  /** The curves of the epochs that are done. */
  readonly curves: TrainCurves;
  /** Steps taken. */
  readonly steps: number;
  /** How long they took, in seconds. */
  readonly seconds: number;
  /** Weights and running statistics. */
  readonly weights: WeightSnapshot;
  /** What the optimiser remembers. */
  readonly optimiser: OptimiserState;
  /** What the average of the weights remembers, if there is one. */
  readonly average: WeightAverageState | undefined;
  /** What early stopping remembers, if there is any. */
  readonly earlyStop: EarlyStopState | undefined;
}

/** What decides how a training goes. */
export interface TrainingIdentity {
  /** The network. */
  readonly graph: Graph;
  /** The images. */
  readonly data: TrainData;
  /** The recipe. */
  readonly recipe: FullRecipe;
  /** The seed of the order of the images. */
  readonly seed: string;
  /** How many threads there are. */
  readonly threads: number;
  /** The weights that it begins with. */
  readonly start: WeightSnapshot;
  /** What the optimiser remembers then, if anything. */
  readonly optimiserSlots: OptimiserSlots | undefined;
}

const FORMAT = "naskit-training-1";

/** A text that two trainings share only if they go the same way. */
export async function identify(
  { graph, data: { train, validation }, recipe, seed, threads, start, optimiserSlots }:
    TrainingIdentity,
): Promise<string> {
  const arrays = [train, validation].flatMap(({ images, labels }) => [images, labels]);
  const { steps, slots = [] } = optimiserSlots ?? {};
  const digests = await Promise.all(
    [...arrays, ...start.values(), ...slots.flatMap((slot) => [...slot.values()])].map((
      { buffer, byteOffset, byteLength },
    ) => checksumOf(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))),
  );
  const parts = [graph, recipe, seed, threads, train.shape, digests];
  const text = JSON.stringify(steps === undefined ? parts : [...parts, steps]);
  return await checksumOf(new TextEncoder().encode(text));
}

/** Writes a checkpoint, the whole of it or nothing. */
export async function writeCheckpoint(
  path: string,
  state: TrainingState,
  identity: string,
): Promise<void> {
  await replaceFile(path, await packArrays(FORMAT, packed(state, identity)));
}

/**
 * Reads a checkpoint, where there is one.
 *
 * @throws {SyntaxError} When the file is no checkpoint, or not whole.
 * @throws {RangeError} When it is of another training.
 */
export async function readCheckpoint(
  path: string,
  identity: string,
): Promise<TrainingState | undefined> {
  let bytes;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  let found;
  try {
    found = await unpackArrays(FORMAT, bytes);
  } catch (error) {
    throw new SyntaxError(`Cannot go on from ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return unpacked(found, identity, path);
}

const curveNames = [
  "trainLoss",
  "trainAccuracy",
  "validationLoss",
  "validationAccuracy",
  "learningRate",
] as const;

/** The numbers of a checkpoint, in this order. */
type Numbers = readonly [
  steps: number,
  seconds: number,
  optimiserSteps: number,
  averageCount: number,
  bestEpoch: number,
  best: number,
];

/** -1 stands for none. */
function packed(
  { curves, steps, seconds, weights, optimiser, average, earlyStop }: TrainingState,
  identity: string,
): PackedArrays {
  const numbers: Numbers = [
    steps,
    seconds,
    optimiser.steps,
    average?.count ?? -1,
    earlyStop?.bestEpoch ?? -1,
    earlyStop?.best ?? -1,
  ];
  const named = (kind: string, arrays: WeightSnapshot | undefined) =>
    [...arrays ?? []].map(([name, values]) => [`${kind}/${name}`, values] as const);
  return {
    about: { identity, average: average !== undefined, earlyStop: earlyStop !== undefined },
    arrays: new Map<string, Float32Array | Float64Array>([
      ["numbers", Float64Array.from(numbers)],
      ...curveNames.map((name) => [`curve/${name}`, Float64Array.from(curves[name])] as const),
      ["optimiser", optimiser.values],
      ...named("weights", weights),
      ...named("average", average?.values),
      ...named("best", earlyStop?.weights),
    ]),
  };
}

function unpacked({ about, arrays }: PackedArrays, identity: string, path: string): TrainingState {
  const known = about as { readonly [name: string]: unknown };
  if (known.identity !== identity) {
    throw new RangeError(
      `Cannot go on from ${path}: it is of another training, whose network, starting weights, images, ` +
        "recipe, seed, threads or what the optimiser remembers at first differ",
    );
  }
  const named = (kind: string): WeightSnapshot =>
    new Map(
      [...arrays].flatMap(([name, values]) =>
        name.startsWith(`${kind}/`) ? [[name.slice(kind.length + 1), values as Float32Array]] : []
      ),
    );
  const [steps, seconds, optimiserSteps, averageCount, bestEpoch, best] = arrays.get(
    "numbers",
  ) as unknown as Numbers;
  const curve = (name: typeof curveNames[number]) => [...arrays.get(`curve/${name}`) ?? []];
  return {
    curves: {
      trainLoss: curve("trainLoss"),
      trainAccuracy: curve("trainAccuracy"),
      validationLoss: curve("validationLoss"),
      validationAccuracy: curve("validationAccuracy"),
      learningRate: curve("learningRate"),
    },
    steps,
    seconds,
    weights: named("weights"),
    optimiser: { steps: optimiserSteps, values: arrays.get("optimiser") as Float32Array },
    average: known.average ? { count: averageCount, values: named("average") } : undefined,
    earlyStop: known.earlyStop ? { bestEpoch, best, weights: named("best") } : undefined,
  };
}
