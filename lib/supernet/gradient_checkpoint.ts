import type { Json } from "../engine/mod.ts";
import { packArrays, type PackedArrays, unpackArrays } from "../engine/packed_arrays.ts";
import { checksumOf, replaceFile } from "../engine/replace_file.ts";
import type { Graph } from "../graph/mod.ts";
import type { OptimiserState } from "../model/mod.ts";
import type { CostLoss } from "./cost_loss.ts";
import type { GradientMethod } from "./gradient_method.ts";
import type { GradientSettings } from "./gradient_options.ts";
import type { GradientEpoch, SearchData } from "./gradient_search.ts";
import type { LogitAdamState } from "./logit_adam.ts";
import type { LogitsState } from "./logits.ts";

/** All that a search needs to go on after an epoch. What it draws follows from the epoch's number. */
export interface GradientState<A> {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly optimiser: OptimiserState;
  readonly logits: LogitsState;
  readonly adam: LogitAdamState;
  readonly records: readonly GradientEpoch<A>[];
  readonly steps: number;
  readonly seconds: number;
}

/** What decides how a search goes. */
export interface GradientIdentity {
  readonly graph: Graph;
  readonly space: string;
  readonly method: GradientMethod;
  readonly settings: GradientSettings;
  readonly data: SearchData;
  readonly cost: CostLoss | undefined;
}

/** A file that a search is written to, and what was in it. */
export interface GradientCheckpoint<A> {
  readonly found: GradientState<A> | undefined;
  write(state: GradientState<A>): Promise<void>;
}

const FORMAT = "naskit-gradient-search-1";

/**
 * Opens a checkpoint, which need not be there.
 *
 * @throws {SyntaxError} When the file is no checkpoint, or not whole.
 * @throws {RangeError} When it is of another search.
 */
export async function openGradientCheckpoint<A>(
  path: string,
  search: GradientIdentity,
): Promise<GradientCheckpoint<A>> {
  const identity = await identify(search);
  const packed = await read(path);
  if (packed && (packed.about as { readonly identity?: Json }).identity !== identity) {
    throw new RangeError(
      `Cannot go on from ${path}: it is of another search, whose supernet, method, images, costs or ` +
        "options differ",
    );
  }
  return {
    found: packed && unpacked(packed),
    write: async (state) =>
      await replaceFile(path, await packArrays(FORMAT, packedOf(state, identity))),
  };
}

async function read(path: string): Promise<PackedArrays | undefined> {
  let bytes;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    return await unpackArrays(FORMAT, bytes);
  } catch (cause) {
    throw new SyntaxError(`Cannot go on from ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** A text that two searches share only if they go the same way. */
async function identify(
  { graph, space, method: { name, settings: own }, settings, data, cost }: GradientIdentity,
): Promise<string> {
  const { train, validation } = data;
  const arrays = [train, validation].flatMap(({ images, labels }) => [images, labels]);
  const digests = await Promise.all(
    arrays.map(({ buffer, byteOffset, byteLength }) =>
      checksumOf(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))
    ),
  );
  const { costs, constant = 0, form } = cost ?? {};
  const price = [[...costs ?? []], constant, form?.name ?? null, form?.settings ?? null];
  const text = JSON.stringify([graph, space, name, own, settings, train.shape, digests, price]);
  return await checksumOf(new TextEncoder().encode(text));
}

/** The parts of a record that are maps, which JSON has not. */
const mapNames = ["logits", "probabilities", "entropy", "candidates"] as const;

function packedOf<A>(state: GradientState<A>, identity: string): PackedArrays {
  const { weights, optimiser, logits, adam, records, steps, seconds } = state;
  const plain = records.map((record) => ({
    ...record,
    ...Object.fromEntries(mapNames.map((name) => [name, [...record[name]]])),
  }));
  const about = {
    identity,
    steps,
    seconds,
    optimiserSteps: optimiser.steps,
    adamSteps: adam.steps,
    candidates: [...logits.candidates],
    records: plain as unknown as Json,
  };
  const named = (kind: string, arrays: ReadonlyMap<string, ArrayLike<number>>) =>
    [...arrays].map(([name, values]) =>
      [`${kind}/${name}`, values as Float32Array | Float64Array] as const
    );
  return {
    about,
    arrays: new Map<string, Float32Array | Float64Array>([
      ["optimiser", optimiser.values],
      ["means", adam.means],
      ["squares", adam.squares],
      ...named("logits", logits.values),
      ...named("weights", weights),
    ]),
  };
}

function unpacked<A>({ about, arrays }: PackedArrays): GradientState<A> {
  const known = about as unknown as {
    readonly steps: number;
    readonly seconds: number;
    readonly optimiserSteps: number;
    readonly adamSteps: number;
    readonly candidates: readonly (readonly [string, readonly number[]])[];
    readonly records: readonly GradientEpoch<A>[];
  };
  const named = (kind: string) =>
    new Map(
      [...arrays].flatMap(([name, values]) =>
        name.startsWith(`${kind}/`) ? [[name.slice(kind.length + 1), values] as const] : []
      ),
    );
  const array = (name: string) => arrays.get(name) as Float64Array;
  return {
    weights: named("weights") as Map<string, Float32Array>,
    optimiser: {
      steps: known.optimiserSteps,
      values: arrays.get("optimiser") as Float32Array,
    },
    logits: { values: named("logits"), candidates: new Map(known.candidates) },
    adam: { steps: known.adamSteps, means: array("means"), squares: array("squares") },
    records: known.records.map((record) => ({
      ...record,
      ...Object.fromEntries(
        mapNames.map((name) => [name, new Map(record[name] as Iterable<readonly [string, never]>)]),
      ),
    })),
    steps: known.steps,
    seconds: known.seconds,
  };
}
