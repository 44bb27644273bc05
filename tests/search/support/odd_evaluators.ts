import { type Evaluate, portable } from "../../../lib/space/evaluate.ts";
import { pause, type Toy } from "./toy.ts";

/** What goes wrong at trial 3. */
export type Mishap =
  | "throw"
  | "throw text"
  | "throw later"
  | "reject later"
  | "close"
  | "exit"
  | "throw after"
  | "give a function";

/** Scores 1, but for a mishap at trial 3. */
export function mishap(kind: Mishap): Evaluate<Toy> {
  return portable(
    { module: import.meta.url, factory: "mishap", args: [kind] },
    async (_arch, { seed }) => {
      if (seed.endsWith("/3")) await happen(kind);
      return { score: 1, ...(kind === "give a function" ? { f: (() => 1) as never } : {}) };
    },
  );
}

class OddError extends RangeError {
  override readonly name = "OddError";
}

async function happen(kind: Mishap): Promise<void> {
  switch (kind) {
    case "throw":
      throw new OddError("on purpose");
    case "throw text":
      throw "only text";
    case "throw later":
      setTimeout(() => {
        throw new OddError("in a timer");
      });
      return await pause(60_000);
    case "reject later":
      Promise.reject(new OddError("nobody waited"));
      return await pause(60_000);
    case "close":
      self.close();
      return await pause(60_000);
    case "exit":
      Deno.exit(3);
      break;
    case "throw after":
      setTimeout(() => {
        throw new OddError("after the search");
      }, 50);
  }
}

/** Writes what it sees of the abort to a file; goes on for ever when told to be `stubborn`. */
export function abortable(file: string, stubborn = false): Evaluate<Toy> {
  return portable(
    { module: import.meta.url, factory: "abortable", args: [file, stubborn] },
    async (_arch, { signal }) => {
      await Deno.writeTextFile(file, "started");
      if (stubborn) { while (true); }
      // The abort may have come while that was written.
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      }
      await Deno.writeTextFile(file, `${signal.reason.name}: ${signal.reason.message}`);
      throw signal.reason;
    },
  );
}

/** Scores with the first of these numbers. */
export function constant(values: Float32Array): Evaluate<Toy> {
  return portable(
    { module: import.meta.url, factory: "constant", args: [values] },
    () => ({ score: values[0]! }),
  );
}

/** Counts how often it is called, which shows how long a worker lives. */
export function counter(label: unknown): Evaluate<Toy> {
  let calls = 0;
  return portable(
    { module: import.meta.url, factory: "counter", args: [label] },
    () => ({ score: ++calls }),
  );
}

/** Scores once so many evaluations run at the same time; gives up after 20 seconds. */
export function meeting(size: number): Evaluate<Toy> {
  return portable(
    { module: import.meta.url, factory: "meeting", args: [size] },
    async () => {
      const room = new BroadcastChannel("meeting");
      const here = new Set<string>();
      const name = crypto.randomUUID();
      // Whoever comes is told of those who are there.
      room.onmessage = ({ data }: MessageEvent<string>) => {
        if (!here.has(data)) room.postMessage(name);
        here.add(data);
      };
      here.add(name);
      room.postMessage(name);
      for (let i = 0; here.size < size && i < 4_000; i++) await pause(5);
      await pause(50);
      room.close();
      if (here.size < size) throw new Error(`only ${here.size} came`);
      return { score: 1 };
    },
  );
}

/** A factory that throws. */
export function brokenFactory(): Evaluate<Toy> {
  throw new Error("no data set");
}

/** A factory of something else. */
export function wrongFactory(): number {
  return 3;
}

export const notAFunction = 3;
