import { assert, assertEquals } from "@std/assert";
import { createRng, type Rng } from "../../lib/engine/rng.ts";
import { inline, JournalError, readJournal, search, workers } from "../../lib/search/mod.ts";
import { killable } from "./support/killable.ts";
import { pause, type Toy, toyScore } from "./support/toy.ts";

const program = new URL("./support/journalled_search.ts", import.meta.url).pathname;
const kills = Deno.env.has("NASKIT_QUICK") ? 8 : 50;
/** How many are killed at the same time: starting one takes longer than what it does. */
const atOnce = 2;
const quick = toyScore({ failEvery: 9 });

function start(journal: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, journal, "2"],
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

/** Kills a search in two workers at some point. Says whether it was still running. */
async function killAt(journal: string, lines: number, rng: Rng): Promise<boolean> {
  const child = start(journal);
  // A little behind a line's end, so that the next line may be half written.
  await grown(journal, lines, child);
  await pause(4 * rng());
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  return (await child.status).signal === "SIGKILL";
}

/** Resumes it here, and checks that nothing is lost or done twice. */
async function checkResumed(journal: string, whole: unknown): Promise<void> {
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
    Array.from({ length: 60 }, (_, index) => index),
  );
}

Deno.test(`a search in two workers, killed at ${kills} random points, resumes to the uninterrupted study`, async () => {
  const folder = await Deno.makeTempDir();
  const rng = createRng("kills");
  const whole = (await search({ ...killable, evaluate: quick })).toJSON({ times: false });
  let [next, killed] = [0, 0];
  const killSome = async () => {
    while (next < kills) {
      const kill = next++;
      const draw = rng.split(kill);
      const journal = `${folder}/${kill}.jsonl`;
      // From before the header to the last trials, one in each stretch between.
      const lines = Math.floor((kill + draw()) / kills * 60);
      if (await killAt(journal, lines, draw)) killed++;
      await checkResumed(journal, whole);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, killSome));
    assert(killed >= 0.8 * kills, `only ${killed} of ${kills} were killed in time`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("one journal survives several kills in a row, and resumes in workers", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  try {
    for (const lines of [8, 20, 35, 47]) {
      assert(await killAt(journal, lines, createRng(lines)));
    }
    const resumed = await search({ ...killable, journal, executor: workers(2) });
    const whole = await search({ ...killable, evaluate: quick });
    assertEquals(resumed.toJSON({ times: false }), whole.toJSON({ times: false }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
