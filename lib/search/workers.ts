import type { Evaluate, EvaluateContext, EvaluateRecipe, Metrics } from "../space/evaluate.ts";
import type { Executor, Runner } from "./executor.ts";
import { fingerprint } from "./fingerprint.ts";
import { IdleThreads } from "./idle_threads.ts";
import { WorkerThread } from "./worker_thread.ts";

/** Options of {@linkcode workers}. */
export interface WorkersOptions {
  /** Seconds that an aborted evaluation has to stop before its worker is ended; 2 when absent. */
  readonly stopWithin?: number;
  /**
   * Seconds that the workers of a finished search wait for another one before they end and give
   * their memory back; 300 when absent, and with 0 they end with the search.
   */
  readonly keepFor?: number;
}

const idle = new IdleThreads();

/**
 * Runs evaluations in worker threads, `count` at once. The evaluate function must say how to make it
 * there: see {@linkcode portable}.
 *
 * The workers start with a search's first evaluation. After the search they wait for the next one,
 * of this executor or any other, which then begins at once, with code that is compiled and
 * optimised; where it evaluates with the same recipe (module, function, and arguments equal in
 * content), nothing is sent again and the function made before goes on. So whatever a module or
 * function of yours remembers, it remembers from search to search, as it does in the main thread.
 * Idle workers do not keep the process alive: a script that is done ends.
 *
 * Searches that run at the same time get `count` workers each, so that neither waits for the other;
 * of all of them as many are kept as the largest executor had.
 *
 * An evaluation that ends its worker fails, naming the trial; the next one gets a fresh worker. An
 * evaluation that overflows the JavaScript heap ends the whole process: the threads of a Deno
 * process share that fate. A search with a journal can then be started again.
 *
 * @param count How many workers.
 * @throws {RangeError} When `count` is not a positive integer, or `stopWithin` or `keepFor` not a
 * number from 0 up.
 *
 * @example
 * ```ts
 * import { workers } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(workers(2).size, 2);
 * ```
 */
export function workers(
  count: number,
  { stopWithin = 2, keepFor = 300 }: WorkersOptions = {},
): Executor {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot make workers: count must be a positive integer, got ${count}`);
  }
  for (const [name, seconds] of Object.entries({ stopWithin, keepFor })) {
    // A timer of the system cannot be longer.
    if (!(seconds >= 0 && seconds * 1000 < 2 ** 31)) {
      throw new RangeError(
        `Cannot make workers: ${name} must be a number of seconds from 0 up, got ${seconds}`,
      );
    }
  }
  return {
    size: count,
    open: async <A>(evaluate: Evaluate<A>): Promise<Runner<A>> => {
      const { recipe } = evaluate;
      if (recipe === undefined) {
        throw new TypeError(
          "Cannot run evaluate in workers: it is a plain function, which cannot be sent to " +
            "another thread; mark it with portable(), naming the exported function that makes it, " +
            "or use the executor inline()",
        );
      }
      idle.makeRoom(count);
      const content = await fingerprint(evaluate);
      const key = content === undefined ? undefined : `${recipe.module} ${content}`;
      const options = { recipe, key, stopWithin, keepFor };
      const threads = await Promise.allSettled(
        Array.from({ length: count }, () => ready(options)),
      );
      const failure = threads.find(({ status }) => status === "rejected");
      const started = threads.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
      const runner = new WorkerPool<A>(started, options);
      if (failure === undefined) return runner;
      await runner.close();
      throw (failure as PromiseRejectedResult).reason;
    },
  };
}

interface PoolOptions extends Required<WorkersOptions> {
  readonly recipe: EvaluateRecipe;
  readonly key: string | undefined;
}

/** A thread that has followed the recipe. */
async function ready({ recipe, key }: PoolOptions): Promise<WorkerThread> {
  const thread = idle.take(key) ?? new WorkerThread();
  if (key === undefined || thread.recipeKey !== key) await thread.open(recipe, key);
  return thread;
}

class WorkerPool<A> implements Runner<A> {
  /** `undefined` stands for a worker that died and was not replaced yet. */
  readonly #free: (WorkerThread | undefined)[];
  readonly #options: PoolOptions;

  constructor(threads: readonly WorkerThread[], options: PoolOptions) {
    this.#free = [...threads];
    this.#options = options;
  }

  async run(arch: A, context: EvaluateContext): Promise<Metrics> {
    if (this.#free.length === 0) throw new RangeError("Cannot evaluate: all workers are busy");
    let thread = this.#free.pop();
    try {
      if (!thread?.alive) thread = await ready(this.#options);
      return await thread.run(arch, context, this.#options.stopWithin);
    } finally {
      this.#free.push(thread?.alive ? thread : undefined);
    }
  }

  async close(): Promise<void> {
    const threads = this.#free.splice(0).filter((thread) => thread?.alive);
    for (const thread of threads) await idle.put(thread as WorkerThread, this.#options.keepFor);
  }
}
