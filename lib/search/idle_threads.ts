import type { WorkerThread } from "./worker_thread.ts";

/**
 * Threads that wait for another search. There is one such collection for the whole process: a
 * notebook makes executors again and again, and threads of each would add up.
 */
export class IdleThreads {
  /** Those that were used last stand last. */
  readonly #threads = new Map<WorkerThread, ReturnType<typeof setTimeout>>();
  #most = 0;

  /** Lets so many threads wait at once from now on, if that is more than before. */
  makeRoom(count: number): void {
    this.#most = Math.max(this.#most, count);
  }

  /** A thread that has followed this recipe, or else any, or `undefined`. */
  take(recipeKey: string | undefined): WorkerThread | undefined {
    const alive = [...this.#threads.keys()].filter((thread) => thread.alive);
    const known = recipeKey === undefined
      ? undefined
      : alive.findLast((thread) => thread.recipeKey === recipeKey);
    const taken = known ?? alive[0];
    if (taken !== undefined) this.#remove(taken);
    return taken;
  }

  /** Lets a thread wait for so many seconds, then ends it. The wait does not hold up the process. */
  async put(thread: WorkerThread, seconds: number): Promise<void> {
    if (seconds === 0) return await thread.end();
    const timer = setTimeout(() => this.#end(thread), 1000 * seconds);
    Deno.unrefTimer(timer);
    this.#threads.set(thread, timer);
    for (const other of [...this.#threads.keys()]) {
      if (!other.alive) this.#remove(other);
      else if (this.#threads.size > this.#most) await this.#end(other);
    }
  }

  async #end(thread: WorkerThread): Promise<void> {
    this.#remove(thread);
    await thread.end();
  }

  #remove(thread: WorkerThread): void {
    clearTimeout(this.#threads.get(thread));
    this.#threads.delete(thread);
  }
}
