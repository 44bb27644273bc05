/**
 * The program of one worker: makes an evaluate function from its recipe and runs it on demand, one
 * call at a time.
 *
 * @module
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { madeFrom } from "../space/made_from.ts";
import type { Evaluate, EvaluateRecipe, Metrics } from "../space/evaluate.ts";
import { fromText, toText, type WorkerReply, type WorkerRequest } from "./worker_messages.ts";

const port = parentPort as MessagePort;
let evaluate: Evaluate<unknown>;
let running: AbortController | undefined;

// Deno's other threads have it, and code that evaluates should find there what it finds in them.
Object.defineProperty(globalThis, "self", { value: globalThis, configurable: true });

port.on("message", async (request: WorkerRequest) => {
  if (request.kind === "abort") {
    running?.abort(fromText(request.reason));
    return;
  }
  try {
    post({ kind: "done", metrics: await handle(request) });
  } catch (error) {
    post({ kind: "threw", thrown: toText(error) });
  }
});

// Were it silent about these, the other thread would know less of why it died.
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  reportDeath(event.error);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  reportDeath(event.reason);
});
const [close, exit] = [globalThis.close.bind(globalThis), Deno.exit];
globalThis.close = () => {
  reportDeath(new Error("the evaluation called close()"));
  close();
};
Deno.exit = (code) => {
  reportDeath(new Error(`the evaluation called Deno.exit(${code ?? ""})`));
  return exit(code);
};

async function handle(request: Exclude<WorkerRequest, { kind: "abort" }>): Promise<Metrics> {
  if (request.kind === "open") {
    evaluate = await makeEvaluate(request.recipe);
    return {};
  }
  running = new AbortController();
  return await evaluate(request.arch, { ...request.context, signal: running.signal });
}

async function makeEvaluate(recipe: EvaluateRecipe): Promise<Evaluate<unknown>> {
  const made = await madeFrom<Evaluate<unknown>>(recipe);
  if (typeof made !== "function") {
    throw new TypeError(`it must return a function, got ${typeof made}`);
  }
  return made;
}

function reportDeath(cause: unknown): void {
  post({ kind: "died", thrown: toText(cause) });
}

function post(reply: WorkerReply): void {
  port.postMessage(reply);
}
