/**
 * The program of one worker: makes an evaluate function from its recipe and runs it on demand, one
 * call at a time.
 *
 * @module
 */
import type { Evaluate, EvaluateRecipe, Metrics } from "../space/evaluate.ts";
import { fromText, toText, type WorkerReply, type WorkerRequest } from "./worker_messages.ts";

interface WorkerScope extends EventTarget {
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
  postMessage(reply: WorkerReply): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;
let evaluate: Evaluate<unknown>;
let running: AbortController | undefined;

scope.onmessage = async ({ data: request }) => {
  if (request.kind === "abort") {
    running?.abort(fromText(request.reason));
    return;
  }
  try {
    scope.postMessage({ kind: "done", metrics: await handle(request) });
  } catch (error) {
    scope.postMessage({ kind: "threw", thrown: toText(error) });
  }
};

// Were it silent about these, the other thread would wait for its answer for ever.
scope.addEventListener("error", (event) => {
  event.preventDefault();
  reportDeath((event as ErrorEvent).error);
});
scope.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  reportDeath((event as PromiseRejectionEvent).reason);
});
const [close, exit] = [scope.close.bind(scope), Deno.exit];
scope.close = () => {
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

async function makeEvaluate({ module, factory, args }: EvaluateRecipe): Promise<Evaluate<unknown>> {
  const exports = await import(module);
  if (typeof exports[factory] !== "function") {
    const names = Object.keys(exports).map((name) => `"${name}"`).join(", ");
    throw new TypeError(`the module exports no such function, only ${names || "nothing"}`);
  }
  const made = await exports[factory](...args);
  if (typeof made !== "function") {
    throw new TypeError(`it must return a function, got ${typeof made}`);
  }
  return made;
}

function reportDeath(cause: unknown): void {
  scope.postMessage({ kind: "died", thrown: toText(cause) });
}
