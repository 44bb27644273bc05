import { assert, assertEquals } from "@std/assert";
import { interruptible, releaseInterrupt } from "naskit/plot/interrupt.ts";

const root = new URL("../../", import.meta.url);
// Windows has no SIGINT that one process could send to another.
const ignore = Deno.build.os === "windows";

/** A program that works until it is interrupted; `press` sends it Ctrl-C. */
async function withProgram(
  code: string,
  test: (program: {
    press(): void;
    line(): Promise<string | undefined>;
    status: Promise<Deno.CommandStatus>;
  }) => Promise<void>,
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { interruptible, releaseInterrupt } from "./lib/plot/interrupt.ts";
       const say = (text) => Deno.stdout.write(new TextEncoder().encode(text + "\\n"));
       const work = async (signal) => { while (!signal.aborted) await new Promise((r) => setTimeout(r, 5)); };
       ${code}`,
    ],
    cwd: root,
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    await test({
      press: () => child.kill("SIGINT"),
      status: child.status,
      async line() {
        while (!text.includes("\n")) {
          const { value, done } = await reader.read();
          if (done) return undefined;
          text += value;
        }
        const [first, ...rest] = text.split("\n");
        text = rest.join("\n");
        return first;
      },
    });
  } finally {
    await reader.cancel();
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
  }
}

Deno.test({
  name:
    "interruptible() turns Ctrl-C into an abort with a reason, and the second one ends the process",
  ignore,
  fn: () =>
    withProgram(
      `const signal = interruptible();
       await say("ready");
       await work(signal);
       await say(signal.reason.name + ": " + signal.reason.message);
       await work(interruptible());`,
      async ({ press, line, status }) => {
        assertEquals(await line(), "ready");
        press();
        assertEquals(await line(), "AbortError: Interrupted: Stop or Ctrl-C was pressed");
        press();
        assertEquals((await status).signal, "SIGINT");
      },
    ),
});

Deno.test({
  name: "interruptible() aborts all signals that wait, and in a notebook the next ones too",
  ignore,
  fn: () =>
    withProgram(
      `Object.defineProperty(globalThis, "Deno", {
         value: Object.create(Deno, { jupyter: { value: {} } }),
       });
       const [a, b] = [interruptible(), interruptible()];
       await say("ready");
       await Promise.all([work(a), work(b)]);
       const c = interruptible();
       await say("again " + c.aborted);
       await work(c);
       await say("done");`,
      async ({ press, line, status }) => {
        assertEquals(await line(), "ready");
        press();
        assertEquals(await line(), "again false");
        press();
        assertEquals(await line(), "done");
        assertEquals((await status).code, 0);
      },
    ),
});

Deno.test({
  name: "releaseInterrupt() gives Ctrl-C its meaning back",
  ignore,
  fn: () =>
    withProgram(
      `const signal = interruptible();
       releaseInterrupt();
       await say("ready");
       await work(signal);`,
      async ({ press, line, status }) => {
        assertEquals(await line(), "ready");
        press();
        assertEquals((await status).signal, "SIGINT");
      },
    ),
});

Deno.test("interruptible() keeps no process alive", async () => {
  await withProgram(`interruptible();`, async ({ status }) => {
    assertEquals((await status).code, 0);
  });
});

Deno.test("interruptible() gives a fresh signal each time and leaves nothing behind", () => {
  const [a, b] = [interruptible(), interruptible()];
  assert(a !== b && !a.aborted && !b.aborted);
  releaseInterrupt();
  releaseInterrupt();
});
