import type { Prepared } from "../prepare.ts";
import type { Call } from "../schedule.ts";
import { shareOut } from "../shares.ts";
import type { Control, Job } from "./control.ts";

/** What a {@linkcode Member} needs. */
export interface MemberOptions {
  /** The steps, with their addresses. */
  readonly prepared: Prepared;
  /** How it hears of the others. */
  readonly control: Control;
  /** Which of the threads it is, from 0 on. */
  readonly index: number;
  /** How many there are. */
  readonly threads: number;
}

/** Floats of a cache line, which no two threads should write to. */
const LINE = 16;

/** One of the threads that run a plan: does its part of every job. */
export class Member {
  readonly #options: MemberOptions;

  /** The machine of `prepared` must be this thread's. */
  constructor(options: MemberOptions) {
    this.#options = options;
  }

  /** Does its part of a job. Throws what a kernel throws, or when another thread failed. */
  perform(job: Exclude<Job, { kind: "end" }>): void {
    if (job.kind === "run") return this.#run(job);
    const { prepared: { machine: { kernels }, optimiser, slabs, unit, ownBytes } } = this.#options;
    const { index, threads } = this.#options;
    const { floats } = slabs.gradients;
    const most = Math.ceil(floats / threads / LINE) * LINE, first = Math.min(index * most, floats);
    const range = { first, floats: Math.min(most, floats - first) };
    const address = slabs.gradients.address - index * ownBytes; // where the first thread's are
    const at = address + 4 * first;
    if (job.kind === "addUp") {
      for (const { offset } of shareOut(job.count, { threads, unit }, ownBytes).slice(1)) {
        kernels.addInto(at + offset, at, range.floats);
      }
      return;
    }
    const { learningRate, number } = job;
    const all = { ...slabs, gradients: { address, floats } };
    optimiser.step(kernels, all, { learningRate, number, range });
  }

  #run({ phase, only, call }: Extract<Job, { kind: "run" }>): void {
    const { prepared: { schedule, machine, unit, ownBytes }, control, index, threads } =
      this.#options;
    const shares = shareOut(call.count, { threads, unit }, ownBytes), share = shares[index];
    if (share === undefined) return;
    const parts = shares.length;
    const part = { index, parts, images: call.count, meet: () => control.meet(parts) };
    const own: Call = parts === 1 ? call : { ...call, count: share.count, part };
    machine.kernels.chooseForBatch(call.count);
    const steps = schedule[phase];
    for (const step of only === undefined ? steps : steps.slice(only, only + 1)) {
      step.run(own);
      control.step(index);
    }
  }
}
