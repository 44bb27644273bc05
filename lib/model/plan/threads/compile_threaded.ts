import { Worker } from "node:worker_threads";
import { countAsHeld } from "../../../engine/heap.ts";
import { type Build, build, readKernels } from "../../../engine/kernels.ts";
import {
  extend,
  forSharedMemory,
  makeSharedMemory,
  startMachine,
} from "../../../engine/shared_machine.ts";
import { choicesOf, type Graph } from "../../../graph/mod.ts";
import { compile } from "../compile.ts";
import { CompiledPlan } from "../compiled_plan.ts";
import type { Plan } from "../plan.ts";
import { type CompileOptions, prepare } from "../prepare.ts";
import { Control } from "./control.ts";
import { Team } from "./team.ts";
import type { Answer, Assignment } from "./thread.ts";

/** How to compile a graph for several threads. */
export interface CompileThreadedOptions extends CompileOptions {
  /** How many threads share each batch, the one that calls included: from 1 to 64. */
  readonly threads: number;
}

/** More threads than any machine that this is for has cores. */
const MOST = 64;
/** Seconds that threads wait for one that gets no further. */
const PATIENCE = 60;
const PROGRAM = new URL("./thread.ts", import.meta.url);

/**
 * Compiles a graph for several threads, which each run a share of every batch: one long training gets
 * faster with every core, nearly twice as fast on two. The threads wait for each other at every batch norm,
 * so that each needs a core that nobody else keeps busy, or it holds up the others. For many short trainings
 * side by side there is `workers`.
 *
 * The plan is used as one of {@linkcode compile} is, from the thread that calls. Its results are the same
 * every time, bit for bit, for a given number of threads. Beside those of one thread:
 *
 * - outputs, evaluations and gradients of images are the same bits where statistics are `"running"` or
 *   `"sample"`: no image's values depend on another's;
 * - what is added up over the batch differs in the last digits, as each thread adds up its share and the sums
 *   are added in a fixed order: the batch's statistics, and gradients of weights. Training with it drifts apart
 *   from training without, as it does from one with another seed;
 * - `sampleGradients` of mode `"sign"` counts, so that it is the same but by the batch's statistics;
 * - `sampleGram` needs all images in one place. By the batch's statistics it takes runs of the threads; by
 *   others it is the calling thread's alone, the same bits, in memory that it takes for the time, and no
 *   value that the plan keeps can be read until the next run.
 *
 * Each thread has its share of the memory for values, its own gradients, and one copy of the kernels'
 * scratch. Weights and what the optimiser remembers are there once. A plan that was not disposed of does not
 * keep the process running, but holds its threads and memory until it ends. The threads of one that was wait
 * for the next: to start one takes 50 ms, in a notebook a second.
 *
 * Its methods throw an `Error` naming the thread when one fails, or gets no further for a minute.
 *
 * @param graph The network.
 * @param options The number of threads, and what {@linkcode compile} takes.
 * @returns The plan, once its threads are ready.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is out of range, or there is no room for the memory.
 * @throws {Error} When a thread does not start.
 *
 * @example Steps of training on two threads
 * ```ts
 * import { batches, compileThreaded, createRng, digits, nasBench201 } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const plan = await compileThreaded(graph, { threads: 2, batch: 64, training: true });
 * plan.initialise({ rng: createRng("weights") });
 * const { train } = await digits();
 * const losses: number[] = [];
 * for (const batch of batches(train, { batchSize: 64, rng: createRng("order") })) {
 *   losses.push(plan.trainStep(batch, { learningRate: 0.1 }).loss);
 * }
 * assertLess(losses.at(-1) ?? NaN, losses[0] ?? NaN);
 * plan.dispose();
 * ```
 */
export async function compileThreaded(
  graph: Graph,
  { threads, ...options }: CompileThreadedOptions,
): Promise<Plan> {
  requireThreads("compile the graph", threads);
  return threads === 1
    ? compile(graph, options)
    : await compileForTeam(graph, { threads, ...options });
}

/** Throws a `RangeError` unless that many threads can be had. */
export function requireThreads(what: string, threads: number): void {
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > MOST) {
    throw new RangeError(
      `Cannot ${what}: threads must be a whole number from 1 to ${MOST}, got ${threads}`,
    );
  }
}

/** {@linkcode CompileThreadedOptions}, and what only tests change. */
export interface TeamCompileOptions extends CompileThreadedOptions {
  /** Seconds that threads wait for one that gets no further; a minute when absent. */
  readonly patience?: number;
  /** The program of the other threads. */
  readonly program?: URL;
}

/** The same for at least two threads. */
export async function compileForTeam(
  graph: Graph,
  { threads, patience = PATIENCE, program = PROGRAM, ...options }: TeamCompileOptions,
): Promise<Plan> {
  const [choice] = choicesOf(graph).keys();
  if (choice !== undefined) {
    throw new RangeError(
      `Cannot compile the graph: mixed nodes (choice "${choice}") run on one thread, got ${threads}`,
    );
  }
  const module = await sharedKernels();
  const memory = makeSharedMemory();
  const machine = startMachine(module, memory);
  const prepared = prepare(graph, options, { machine, threads });
  const { commonBytes, ownBytes } = prepared;
  const bytes = commonBytes + threads * ownBytes;
  const address = prepared.reserve(bytes, (bytes) => extend(memory, bytes));
  const at = { common: address, own: address + commonBytes };
  prepared.place(at);
  const control = new Control({ threads, patience });
  const { buffer } = control;
  const common = { threads, patience, graph, options, module, memory, at, buffer };
  const assignments = Array.from({ length: threads - 1 }, (_, i) => ({ ...common, index: i + 1 }));
  const workers = await startThreads(program, assignments);
  const forget = countAsHeld(bytes);
  const free = (sound: boolean) => {
    if (sound && program === PROGRAM) waiting.push(...workers);
    else endAll(workers);
    forget();
  };
  const crew = new Team({ prepared, control, threads, free });
  const compileAlone = () => compile(graph, options);
  return new CompiledPlan({ ...prepared, graph, options, bytes, crew, compileAlone });
}

/** Threads of plans that were disposed of: in a notebook it takes a second to start one. */
const waiting: Worker[] = [];

const modules = new Map<Build, WebAssembly.Module>();

/** The kernels in use, for shared memory. */
async function sharedKernels(): Promise<WebAssembly.Module> {
  const wanted = build;
  const known = modules.get(wanted);
  if (known !== undefined) return known;
  const made = await WebAssembly.compile(forSharedMemory(await readKernels(wanted)));
  modules.set(wanted, made);
  return made;
}

/** Starts threads, all of them or none. */
async function startThreads(
  program: URL,
  assignments: readonly Assignment[],
): Promise<readonly Worker[]> {
  const workers: Worker[] = [];
  try {
    for (const _ of assignments) {
      const ready = program === PROGRAM ? waiting.pop() : undefined;
      workers.push(ready ?? new Worker(program));
    }
    await Promise.all(workers.map((worker, i) => start(worker, assignments[i] as Assignment)));
  } catch (error) {
    endAll(workers);
    throw new Error(
      `Cannot compile the graph: a thread did not start: ${(error as Error).message}`,
      { cause: error },
    );
  }
  for (const worker of workers) worker.unref(); // so that a forgotten plan does not keep the process
  return workers;
}

async function start(worker: Worker, assignment: Assignment): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onMessage = (answer: Answer) => answer.ready ? resolve() : reject(new Error(answer.why));
  const onExit = (code: number) => reject(new Error(`it ended with code ${code}`));
  worker.ref(); // nothing else keeps the process until it answers
  worker.on("message", onMessage).on("error", reject).on("exit", onExit);
  worker.postMessage(assignment);
  try {
    await promise;
  } finally {
    worker.off("message", onMessage).off("error", reject).off("exit", onExit);
  }
}

function endAll(workers: readonly Worker[]): void {
  for (const worker of workers) worker.terminate();
}
