import { nextTask } from "../../../engine/progress.ts";
import type { Call, Schedule } from "../schedule.ts";
import { planStatistics } from "../schedule.ts";

/** What threads are told to do. */
export type Job =
  | {
    readonly kind: "run";
    readonly phase: keyof Schedule;
    /** The index of the only step to run. */
    readonly only: number | undefined;
    /** With the images of the whole batch. */
    readonly call: Call;
  }
  | { readonly kind: "addUp"; readonly count: number }
  | {
    readonly kind: "move";
    readonly learningRate: number;
    readonly number: number;
  }
  | { readonly kind: "end" };

/** What the whole numbers at the beginning of the buffer are. */
const cell = {
  /** Number of the last job. */
  job: 0,
  /** How many of the other threads are done with it. */
  done: 1,
  /** How many have come to where threads meet, and how often all have. */
  arrived: 2,
  met: 3,
  /** 1 plus the number of the thread that failed first, and the bytes of its message. */
  failed: 4,
  message: 5,
  // The job.
  kind: 6,
  phase: 7,
  only: 8,
  count: 9,
  statistics: 10,
  update: 11,
  sampleMode: 12,
  step: 13,
  /** Where each thread counts its steps, a cache line apart. */
  progress: 32,
} as const;

const kinds = ["run", "addUp", "move", "end"] as const;
const phases = ["forward", "backward"] as const;
const LINE = 16;
/** Bytes that a failure's message may have. */
const MESSAGE = 1024;
/** How often to look before going to sleep: some 200 microseconds. */
const LOOKS = 30_000;
/** Milliseconds that a thread sleeps before it looks around. */
const NAP = 500;

/** Thrown by a thread when another failed, or got no further. */
export class Stopped extends Error {
  override name = "Stopped";
}

/** How many threads there are, and their patience. */
export interface ControlOptions {
  /** The threads. */
  readonly threads: number;
  /** Seconds that no thread may get any further while others wait for it. */
  readonly patience: number;
}

/**
 * What threads tell each other, in a buffer that all of them share. The first gives out jobs, the others do
 * their part of them; all can wait for each other in between.
 */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #rate: Float64Array;
  readonly #message: Uint8Array;
  readonly #threads: number;
  readonly #patience: number;

  /** Starts at rest, or joins in on the buffer of another thread. */
  constructor({ threads, patience }: ControlOptions, buffer?: SharedArrayBuffer) {
    const cells = cell.progress + threads * LINE;
    this.buffer = buffer ?? new SharedArrayBuffer(4 * cells + 8 + MESSAGE);
    this.#cells = new Int32Array(this.buffer, 0, cells);
    this.#rate = new Float64Array(this.buffer, 4 * cells, 1);
    this.#message = new Uint8Array(this.buffer, 4 * cells + 8);
    this.#threads = threads;
    this.#patience = patience;
  }

  /** Gives a job to the other threads. */
  give(job: Job): void {
    const cells = this.#cells;
    cells[cell.kind] = kinds.indexOf(job.kind);
    if (job.kind === "run") {
      const { count, statistics, update, sampleMode = -1 } = job.call;
      cells[cell.phase] = phases.indexOf(job.phase);
      cells[cell.only] = job.only ?? -1;
      cells[cell.count] = count;
      cells[cell.statistics] = planStatistics.indexOf(statistics);
      cells[cell.update] = update ? 1 : 0;
      cells[cell.sampleMode] = sampleMode;
    } else if (job.kind === "addUp") {
      cells[cell.count] = job.count;
    } else if (job.kind === "move") {
      cells[cell.step] = job.number;
      this.#rate[0] = job.learningRate;
    }
    cells[cell.done] = 0;
    cells[cell.arrived] = 0;
    cells[cell.failed] = 0;
    Atomics.add(cells, cell.job, 1);
    Atomics.notify(cells, cell.job);
  }

  /** Waits for the job after the `seen`th. */
  async take(seen: number): Promise<Job> {
    // The runtime can end a thread only when that is back in its event loop, and has to when the thread that
    // gives the jobs is gone. (Atomics.waitAsync would do, but in this runtime misses a wake-up now and then.)
    while (!this.#changes(cell.job, seen)) await nextTask();
    const read = (index: number) => this.#cells[index] as number;
    const kind = kinds[read(cell.kind)] as Job["kind"], count = read(cell.count);
    switch (kind) {
      case "run": {
        const only = read(cell.only), sampleMode = read(cell.sampleMode);
        return {
          kind,
          phase: phases[read(cell.phase)] as keyof Schedule,
          only: only < 0 ? undefined : only,
          call: {
            count,
            statistics: planStatistics[read(cell.statistics)] as Call["statistics"],
            update: read(cell.update) === 1,
            ...(sampleMode < 0 ? {} : { sampleMode }),
          },
        };
      }
      case "move":
        return { kind, learningRate: this.#rate[0] as number, number: read(cell.step) };
      case "addUp":
        return { kind, count };
      default:
        return { kind };
    }
  }

  /** Tells that a thread is done with its part of the job. */
  finish(): void {
    Atomics.add(this.#cells, cell.done, 1);
    Atomics.notify(this.#cells, cell.done);
  }

  /** Waits until all other threads are done. Throws {@linkcode Stopped} when one is not. */
  awaitOthers(): void {
    for (;;) {
      const done = Atomics.load(this.#cells, cell.done);
      if (done === this.#threads - 1) return;
      this.#await(cell.done, done);
    }
  }

  /** Waits until `parties` threads have come here. Throws {@linkcode Stopped} when one will not. */
  meet(parties: number): void {
    const cells = this.#cells, met = Atomics.load(cells, cell.met);
    this.#requireNoFailure(); // one from now on changes `met`
    if (Atomics.add(cells, cell.arrived, 1) === parties - 1) {
      Atomics.store(cells, cell.arrived, 0);
      Atomics.add(cells, cell.met, 1);
      Atomics.notify(cells, cell.met);
    } else this.#await(cell.met, met);
    this.#requireNoFailure();
  }

  #requireNoFailure(): void {
    if (Atomics.load(this.#cells, cell.failed) !== 0) throw new Stopped("another thread failed");
  }

  /** Counts a thread's step, for those that wait for it. */
  step(thread: number): void {
    const at = cell.progress + thread * LINE;
    Atomics.store(this.#cells, at, (this.#cells[at] as number) + 1);
  }

  /** Tells that a thread failed, and wakes those that wait to meet it. */
  fail(thread: number, message: string): void {
    const cells = this.#cells;
    if (Atomics.compareExchange(cells, cell.failed, 0, thread + 1) === 0) {
      const bytes = new TextEncoder().encode(message).subarray(0, MESSAGE);
      this.#message.set(bytes);
      Atomics.store(cells, cell.message, bytes.length);
    }
    Atomics.add(cells, cell.met, 1);
    Atomics.notify(cells, cell.met);
  }

  /** Which thread failed and why, once all are done. */
  get failure(): { readonly thread: number; readonly message: string } | undefined {
    const failed = Atomics.load(this.#cells, cell.failed);
    if (failed === 0) return undefined;
    const bytes = this.#message.slice(0, this.#cells[cell.message]);
    return { thread: failed - 1, message: new TextDecoder().decode(bytes) };
  }

  /** Waits for a cell to change, but not for longer than a nap. */
  #changes(index: number, value: number): boolean {
    const cells = this.#cells;
    for (let looks = 0; looks < LOOKS; looks++) {
      if (Atomics.load(cells, index) !== value) return true;
    }
    return Atomics.wait(cells, index, value, NAP) !== "timed-out";
  }

  /** Waits while a cell holds a value. Throws when no thread gets on for as long as there is patience. */
  #await(index: number, value: number): void {
    let progress = this.#progress(), naps = 0;
    while (!this.#changes(index, value)) {
      const now = this.#progress();
      naps = now === progress ? naps + 1 : 0;
      progress = now;
      if (naps * NAP > 1000 * this.#patience) {
        throw new Stopped(`no thread got any further for ${this.#patience} s`);
      }
    }
  }

  #progress(): number {
    let sum = 0;
    for (let i = 0; i < this.#threads; i++) sum += this.#cells[cell.progress + i * LINE] as number;
    return sum;
  }
}
