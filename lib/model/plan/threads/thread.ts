/**
 * The program of the threads that help the one that owns a plan: compiles the same graph for the same
 * memory and does its part of every job, until it is told to end; then it is there for another plan.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { startMachine } from "../../../engine/shared_machine.ts";
import type { Graph } from "../../../graph/mod.ts";
import { type CompileOptions, prepare } from "../prepare.ts";
import { Control, type ControlOptions } from "./control.ts";
import { Member } from "./member.ts";

/** What a thread must know to take part. */
export interface Assignment extends ControlOptions {
  /** Which of the threads it is. */
  readonly index: number;
  /** The network. */
  readonly graph: Graph;
  /** How to compile it. */
  readonly options: CompileOptions;
  /** The kernels, for shared memory. */
  readonly module: WebAssembly.Module;
  /** The memory that all threads share. */
  readonly memory: WebAssembly.Memory;
  /** Where in it the common part begins, and the first thread's own. */
  readonly at: { readonly common: number; readonly own: number };
  /** Where the threads tell each other things. */
  readonly buffer: SharedArrayBuffer;
}

/** What a thread answers before it begins. */
export type Answer = { readonly ready: true } | { readonly ready: false; readonly why: string };

const port = parentPort; // listened to for good, which keeps the thread until it is ended
port?.on("message", async (assignment: Assignment) => {
  const { index, threads, at } = assignment;
  const control = new Control(assignment, assignment.buffer);
  let member;
  try {
    const machine = startMachine(assignment.module, assignment.memory);
    const prepared = prepare(assignment.graph, assignment.options, { machine, threads });
    prepared.place({ common: at.common, own: at.own + index * prepared.ownBytes });
    member = new Member({ prepared, control, index, threads });
  } catch (error) {
    port.postMessage({ ready: false, why: messageOf(error) } satisfies Answer);
    return;
  }
  port.postMessage({ ready: true } satisfies Answer);
  await serve(member, { control, index });
});

async function serve(
  member: Member,
  { control, index }: { readonly control: Control; readonly index: number },
): Promise<void> {
  for (let seen = 0;; seen++) {
    const job = await control.take(seen);
    if (job.kind === "end") return;
    try {
      member.perform(job);
    } catch (error) {
      control.fail(index, messageOf(error));
    }
    control.finish();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
