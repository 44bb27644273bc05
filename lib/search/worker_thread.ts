import { Worker } from "node:worker_threads";
import type { EvaluateContext, EvaluateRecipe, Metrics } from "../space/evaluate.ts";
import { messageOf } from "./errors.ts";
import { fromText, toText, type WorkerReply, type WorkerRequest } from "./worker_messages.ts";

/**
 * One thread and the answer that is awaited from it. It keeps the process alive only while an answer
 * is awaited, which is what Node's class of worker can do and the web's cannot.
 */
export class WorkerThread {
  readonly #worker = new Worker(programUrl());
  #recipeKey: string | undefined;
  #awaited: PromiseWithResolvers<WorkerReply> | undefined;
  #death: Error | undefined;

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", (reply: WorkerReply) => {
      if (reply.kind === "died") this.#die(fromText(reply.thrown));
      else this.#awaited?.resolve(reply);
    });
    this.#worker.on("error", (error: unknown) => this.#die(error));
    this.#worker.on("exit", (code) => this.#die(new Error(`it ended with exit code ${code}`)));
    this.#worker.on("messageerror", () => this.#die(new Error("its answer cannot be read")));
  }

  /** Whether it can be given more to do. */
  get alive(): boolean {
    return this.#death === undefined;
  }

  /** The key of the recipe it has followed, if that has one. */
  get recipeKey(): string | undefined {
    return this.#recipeKey;
  }

  /** Makes the evaluate function that `run` calls from now on. When that fails the thread ends. */
  async open(recipe: EvaluateRecipe, key: string | undefined): Promise<void> {
    try {
      await this.#request({ kind: "open", recipe });
      this.#recipeKey = key;
    } catch (error) {
      await this.end();
      throw new Error(
        `Cannot make evaluate in a worker with "${recipe.factory}" of ${recipe.module}: ${
          messageOf(error)
        }`,
        { cause: error },
      );
    }
  }

  /**
   * Runs one evaluation; rejects with what it threw, or once the thread has died. One that goes on
   * for `stopWithin` seconds after its signal aborted costs the thread its life.
   */
  async run(
    arch: unknown,
    { signal, ...context }: EvaluateContext,
    stopWithin: number,
  ): Promise<Metrics> {
    signal.throwIfAborted();
    let lateStop: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      this.#post({ kind: "abort", reason: toText(signal.reason) });
      lateStop = setTimeout(
        () => this.#die(new Error(`it did not stop within ${stopWithin} s`)),
        stopWithin * 1000,
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

  /** Ends the thread; no answer is awaited. */
  async end(): Promise<void> {
    this.#death ??= new Error("ended");
    await this.#worker.terminate();
  }

  async #request(request: WorkerRequest): Promise<Metrics> {
    if (this.#death !== undefined) throw this.#death;
    this.#awaited = Promise.withResolvers();
    this.#worker.ref();
    try {
      this.#post(request);
      const reply = await this.#awaited.promise;
      if (reply.kind !== "done") throw fromText(reply.thrown);
      return reply.metrics;
    } finally {
      this.#awaited = undefined;
      this.#worker.unref();
    }
  }

  #post(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #die(cause: unknown): void {
    if (this.#death !== undefined) return;
    this.#death = new Error(`the worker died: ${messageOf(cause)}`, { cause });
    this.#awaited?.reject(this.#death);
    this.#worker.terminate();
  }
}

/** Node's workers start from files and data alone, and the kit may have come over the net. */
function programUrl(): URL {
  const url = new URL("./worker.ts", import.meta.url);
  if (url.protocol === "file:") return url;
  return new URL(`data:text/javascript,import ${encodeURIComponent(JSON.stringify(url.href))}`);
}
