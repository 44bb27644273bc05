import { assert, assertEquals } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import { inline, JournalError, readJournal, search, workers } from "../../lib/search/mod.ts";
import { killable } from "./support/killable.ts";
import { pause, type Toy, toyScore } from "./support/toy.ts";

const program = new URL("./support/journalled_search.ts", import.meta.url).pathname;
const KILLS = 20;

function start(journal: string, workerCount: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, journal, String(workerCount)],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Waits until the journal has so many lines, or its writer has ended. */
async function grown(journal: string, lines: number, child: Deno.ChildProcess): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  const count = async () =>
    (await Deno.readTextFile(journal).catch(() => "")).split("\n").length - 1;
  while (!ended && await count() < lines) await pause(1);
}

Deno.test(`a search killed at ${KILLS} random points resumes to the uninterrupted study`, async () => {
  const folder = await Deno.makeTempDir();
  const rng = createRng("kills");
  const quick = toyScore({ failEvery: 9 });
  const whole = (await search({ ...killable, evaluate: quick })).toJSON({ times: false });
  let killed = 0;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const journal = `${folder}/${kill}.jsonl`;
      const workerCount = kill % 3;
      const child = start(journal, workerCount);
      // Somewhere from before the header to shortly before the end, and not at a line's end.
      await grown(journal, rng.int(58), child);
      await pause(6 * rng());
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      if ((await child.status).signal === "SIGKILL") killed++;

      const before = await readJournal<Toy>(journal).catch((error) => {
        assert(error instanceof JournalError);
        return { trials: [] };
      });
      const evaluated: number[] = [];
      const study = await search({
        ...killable,
        evaluate: (arch, context) => {
          evaluated.push(Number(context.seed.split("/").at(-1)));
          return quick(arch, context);
        },
        executor: inline(),
        journal,
      });
      assertEquals(study.toJSON({ times: false }), whole);
      // What was recorded is kept to the byte, and only what was not is evaluated, each once.
      const recorded = before.trials.map(({ index }) => index);
      const after = (await readJournal<Toy>(journal)).trials;
      assertEquals(after, [...study.trials]);
      for (const trial of before.trials) assertEquals(after[trial.index], trial);
      assertEquals(
        [...recorded, ...evaluated].sort((a, b) => a - b),
        after.map(({ index }) => index),
      );
    }
    assert(killed >= KILLS - 2, `only ${killed} were killed in time`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("one journal survives several kills in a row, and resumes in workers", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  try {
    for (const lines of [8, 20, 35, 47]) {
      const child = start(journal, 2);
      await grown(journal, lines, child);
      child.kill("SIGKILL");
      assertEquals((await child.status).signal, "SIGKILL");
    }
    const resumed = await search({ ...killable, journal, executor: workers(2) });
    const whole = await search({ ...killable, evaluate: toyScore({ failEvery: 9 }) });
    assertEquals(resumed.toJSON({ times: false }), whole.toJSON({ times: false }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
