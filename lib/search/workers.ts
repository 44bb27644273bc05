import type { Evaluate, EvaluateContext, EvaluateRecipe, Metrics } from "../space/evaluate.ts";
import { messageOf } from "./errors.ts";
import type { Executor, Runner } from "./executor.ts";
import { fromText, toText, type WorkerReply, type WorkerRequest } from "./worker_messages.ts";

/** Options of {@linkcode workers}. */
export interface WorkersOptions {
  /** Seconds that an aborted evaluation has to stop before its worker is ended; 2 when absent. */
  readonly stopWithin?: number;
}

/**
 * Runs evaluations in worker threads, `count` at once. The evaluate function must say how to make it
 * there: see {@linkcode portable}. The workers start with the search's first evaluation and end with
 * the search.
 *
 * An evaluation that ends its worker fails, naming the trial; the next one gets a fresh worker. An
 * evaluation that overflows the JavaScript heap ends the whole process: the threads of a Deno
 * process share that fate. A search with a journal can then be started again.
 *
 * @param count How many workers.
 * @throws {RangeError} When `count` is not a positive integer or `stopWithin` a number from 0 up.
 *
 * @example
 * ```ts
 * import { workers } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(workers(2).size, 2);
 * ```
 */
export function workers(count: number, { stopWithin = 2 }: WorkersOptions = {}): Executor {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot make workers: count must be a positive integer, got ${count}`);
  }
  if (!(stopWithin >= 0 && stopWithin < Infinity)) {
    throw new RangeError(
      `Cannot make workers: stopWithin must be a number of seconds from 0 up, got ${stopWithin}`,
    );
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
      const start = () => WorkerThread.start(recipe, stopWithin);
      const threads = await Promise.allSettled(Array.from({ length: count }, start));
      const failure = threads.find(({ status }) => status === "rejected");
      const started = threads.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
      const runner = new WorkerPool<A>(started, start);
      if (failure === undefined) return runner;
      await runner.close();
      throw (failure as PromiseRejectedResult).reason;
    },
  };
}

class WorkerPool<A> implements Runner<A> {
  /** `undefined` stands for a worker that died and was not replaced yet. */
  readonly #idle: (WorkerThread | undefined)[];
  readonly #start: () => Promise<WorkerThread>;

  constructor(threads: readonly WorkerThread[], start: () => Promise<WorkerThread>) {
    this.#idle = [...threads];
    this.#start = start;
  }

  async run(arch: A, context: EvaluateContext): Promise<Metrics> {
    if (this.#idle.length === 0) throw new RangeError("Cannot evaluate: all workers are busy");
    let thread = this.#idle.pop();
    try {
      thread ??= await this.#start();
      return await thread.run(arch, context);
    } finally {
      this.#idle.push(thread?.alive ? thread : undefined);
    }
  }

  close(): Promise<void> {
    for (const thread of this.#idle) thread?.end();
    return Promise.resolve();
  }
}

/** One worker and the answer that is awaited from it. */
class WorkerThread {
  readonly #worker: Worker;
  readonly #stopWithin: number;
  #awaited: PromiseWithResolvers<WorkerReply> | undefined;
  #death: Error | undefined;

  static async start(recipe: EvaluateRecipe, stopWithin: number): Promise<WorkerThread> {
    const thread = new WorkerThread(stopWithin);
    try {
      await thread.#request({ kind: "open", recipe });
      return thread;
    } catch (error) {
      thread.end();
      throw new Error(
        `Cannot make evaluate in a worker with "${recipe.factory}" of ${recipe.module}: ${
          messageOf(error)
        }`,
        { cause: error },
      );
    }
  }

  private constructor(stopWithin: number) {
    this.#stopWithin = stopWithin;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
      if (data.kind === "died") this.#die(fromText(data.thrown));
      else this.#awaited?.resolve(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new Error(event.message));
    };
    this.#worker.onmessageerror = () => this.#die(new Error("its answer cannot be read"));
  }

  get alive(): boolean {
    return this.#death === undefined;
  }

  /** Runs one evaluation; rejects with what it threw, or once the worker has died. */
  async run(arch: unknown, { signal, ...context }: EvaluateContext): Promise<Metrics> {
    signal.throwIfAborted();
    let lateStop: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      this.#worker.postMessage(
        { kind: "abort", reason: toText(signal.reason) } satisfies WorkerRequest,
      );
      lateStop = setTimeout(
        () => this.#die(new Error(`it did not stop within ${this.#stopWithin} s`)),
        this.#stopWithin * 1000,
      );
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#request({ kind: "run", arch, context });
    } finally {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(lateStop);
    }
  }

  end(): void {
    this.#death ??= new Error("ended");
    this.#worker.terminate();
  }

  async #request(request: WorkerRequest): Promise<Metrics> {
    if (this.#death !== undefined) throw this.#death;
    this.#awaited = Promise.withResolvers();
    this.#worker.postMessage(request);
    const reply = await this.#awaited.promise;
    if (reply.kind !== "done") throw fromText(reply.thrown);
    return reply.metrics;
  }

  #die(cause: Error): void {
    if (this.#death !== undefined) return;
    this.#death = new Error(`the worker died: ${cause.message}`, { cause });
    this.#awaited?.reject(this.#death);
    this.#worker.terminate();
  }
}
