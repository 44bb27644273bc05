/** What the parts of a run share. */
import { say } from "../../tools/support/process.ts";
import type { BenchArguments, Part } from "./arguments.ts";
import type { NetworkOptions, Setting } from "./networks.ts";
import { type Detail, type Report, sayRow } from "./report.ts";
import type { Row } from "./row.ts";
import type { Torch } from "./torch.ts";

/** How much is measured. */
export interface Extent {
  /** Of a figure of the goals. */
  readonly repeats: number;
  /** Of a figure in the wider tables. */
  readonly tableRepeats: number;
  /** What the table of networks crosses. */
  readonly channels: readonly number[];
  readonly batches: readonly number[];
  readonly sizes: readonly number[];
  /** Networks of the table of proxies. */
  readonly proxies: readonly Omit<Setting, "work">[];
  /** Rows of the table of kernels. */
  readonly kernels: number;
  /** Trainings in a turn of the workers. */
  readonly trainings: number;
  /** Seconds that torch.compile may take for a network; 0 leaves it out. */
  readonly compile: number;
  /** Seconds after which the wider tables take up nothing more. */
  readonly seconds: number;
}

/** All of it, within 8 minutes. */
export const full: Extent = {
  repeats: 7,
  tableRepeats: 3,
  channels: [4, 8, 16, 32],
  batches: [32, 64],
  sizes: [8, 16, 32],
  proxies: [
    { channels: 8, batch: 64, size: 16 },
    { channels: 16, cells: 5, batch: 64, size: 32 },
    { channels: 16, cells: 5, batch: 128, size: 32 },
  ],
  kernels: Infinity,
  trainings: 16,
  compile: 75,
  seconds: 420,
};

/** The goals with fewer repeats and a little of the tables, within 2 minutes. */
export const quick: Extent = {
  repeats: 7,
  tableRepeats: 3,
  channels: [8, 16],
  batches: [64],
  sizes: [16],
  proxies: [{ channels: 8, batch: 64, size: 16 }],
  kernels: 4,
  trainings: 2,
  compile: 0,
  seconds: 80,
};

/** A run. */
export class Context {
  readonly extent: Extent;
  readonly #only: readonly Part[];
  readonly #start = performance.now();

  constructor(args: BenchArguments, readonly torch: Torch | undefined, readonly report: Report) {
    this.extent = args.quick ? quick : full;
    this.#only = args.only;
  }

  wants(part: Part): boolean {
    return this.#only.includes(part);
  }

  /** How the networks of the goals are measured. */
  options(warmUp: number): NetworkOptions {
    return { torch: this.torch, repeats: this.extent.repeats, runs: 8, warmUp };
  }

  /** Takes a figure of the goals into the report. */
  add(row: Row, detail: Detail): void {
    this.report.rows.push(row);
    this.report.details[row.name] = detail;
    sayRow(row);
  }

  /** Says that something is not measured. */
  miss(name: string, reason: string): void {
    this.report.missing.push({ name, reason });
  }

  /** Whether time is up for more of a table. */
  isLate(what: string): boolean {
    if ((performance.now() - this.#start) / 1000 < this.extent.seconds) return false;
    this.miss(what, "time was up");
    say(`  left out, as time is up: ${what}`);
    return true;
  }
}
