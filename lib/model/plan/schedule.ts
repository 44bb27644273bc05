import type { OpName } from "../../graph/mod.ts";
import type { Region } from "./region.ts";

/** The part of a training step that a step of the schedule belongs to. */
export type Phase = "forward" | "loss" | "backward" | "optimiser";

/**
 * Whose mean and variance batch norms use: the batch's, the averages kept while training, or each
 * image's own.
 */
export type PlanStatistics = "batch" | "running" | "sample";

/** The names of the statistics. */
export const planStatistics: readonly PlanStatistics[] = ["batch", "running", "sample"];

/** A thread's share in a batch that several threads run. */
export interface BatchPart {
  /** Which of the shares it is, from 0 on. */
  readonly index: number;
  /** How many there are. */
  readonly parts: number;
  /** Images of the whole batch. */
  readonly images: number;
  /** Waits for the threads of all shares. Throws if one of them failed. */
  meet(): void;
}

/** What one run of the schedule asks of its steps. */
export interface Call {
  /** Images in the batch, at most the plan's; in steps that several threads run, in one's share of it. */
  readonly count: number;
  /** Whose statistics batch norms use. */
  readonly statistics: PlanStatistics;
  /** Whether running statistics take in the batch's. */
  readonly update: boolean;
  /** How gradients of single samples join, for the kernels; the batch's gradient when absent. */
  readonly sampleMode?: number;
  /**
   * Where the inner products of single samples' gradients are added up, `[count, count]`: an address, for
   * the kernels. Weights get no gradient in such a run.
   */
  readonly gram?: number;
  /** The share that a step is to run; the whole batch when absent. */
  readonly part?: BatchPart;
}

/** What a step needs of the regions. */
export interface Access {
  /** Regions that it reads, and that must still hold what was written there. */
  readonly reads: readonly Region[];
  /** Regions that it writes. */
  readonly writes: readonly Region[];
  /** Regions of `reads`, in the place of any of which the first of `writes` may lie. */
  readonly inPlaceOf?: readonly Region[];
}

/** One kernel call, or a few that belong together. */
export interface Step extends Access {
  /** The node it computes for. */
  readonly node: string;
  /** The node's op. */
  readonly op: OpName;
  /** The part of the training step. */
  readonly phase: Phase;
  /** What it does, by the name of its kernel. */
  readonly kernel: string;
  /** Does it. */
  run(call: Call): void;
}

/** A step before its place in the schedule is known. */
export type StepDraft = Omit<Step, "node" | "op" | "phase">;

/** A plan's steps in the order in which they run. */
export interface Schedule {
  /** Images to the output. */
  readonly forward: readonly Step[];
  /** The output's slope to gradients; empty in a plan that cannot train. */
  readonly backward: readonly Step[];
}
