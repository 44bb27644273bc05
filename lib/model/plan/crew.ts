import type { Machine } from "../../engine/machine.ts";
import type { Optimiser, OptimiserSlabs, Range } from "./optimiser.ts";
import type { Call, Schedule } from "./schedule.ts";

/** A run of images of a batch that one thread works on. */
export interface Share {
  /** The first of them. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
  /** How far on from a region's address the thread has its own such region, in bytes. */
  readonly offset: number;
}

/** One step of training, once the gradients are there and added up. */
export interface Move {
  /** The step's length. */
  readonly learningRate: number;
  /** Which step it is, from 1 on. */
  readonly number: number;
}

/** What runs a plan's steps: one thread, or several on a share of the batch each. */
export interface Crew {
  /** Who has which images of a batch. */
  sharesOf(count: number): readonly Share[];
  /** Runs the steps of a way through the network, or only the one of an index. */
  run(phase: keyof Schedule, call: Call, only?: number): void;
  /** Makes the gradients those of all shares, where they are each thread's own after a way back. */
  addUp(count: number): void;
  /** Moves the weights, by gradients that are those of all shares. */
  move(how: Move): void;
  /** Gives up threads and memory. */
  end(): void;
}

/** What {@linkcode Solo} needs. */
export interface SoloOptions {
  /** Has the kernels. */
  readonly machine: Machine;
  /** The steps. */
  readonly schedule: Schedule;
  /** Moves the weights. */
  readonly optimiser: Optimiser;
  /** Weights, gradients and what the optimiser remembers. */
  readonly slabs: OptimiserSlabs;
  /** The floats of the gradients whose weights move; all when absent. */
  readonly ranges?: readonly Range[];
  /** Frees the memory. */
  readonly free: () => void;
}

/** The thread that calls, alone. */
export class Solo implements Crew {
  readonly #options: SoloOptions;

  /** Takes over the memory. */
  constructor(options: SoloOptions) {
    this.#options = options;
  }

  sharesOf(count: number): readonly Share[] {
    return [{ first: 0, count, offset: 0 }];
  }

  run(phase: keyof Schedule, call: Call, only?: number): void {
    const steps = this.#options.schedule[phase];
    if (only !== undefined) steps[only]?.run(call);
    else for (const step of steps) step.run(call);
  }

  addUp(): void {}

  move({ learningRate, number }: Move): void {
    const { machine, optimiser, slabs } = this.#options;
    const { ranges = [{ first: 0, floats: slabs.gradients.floats }] } = this.#options;
    for (const range of ranges) {
      optimiser.step(machine.kernels, slabs, { learningRate, number, range });
    }
  }

  end(): void {
    this.#options.free();
  }
}
