import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  JournalError,
  maximize,
  mergeJournals,
  readJournal,
  search,
  type SearchOptions,
  workers,
} from "../../lib/search/mod.ts";
import { adaptive, type Toy, toyScore, toySpace } from "./support/toy.ts";

const options: SearchOptions<Toy> = {
  space: toySpace(),
  strategy: adaptive,
  evaluate: toyScore({ failEvery: 5 }),
  objective: maximize("score"),
  budget: { trials: 16 },
  catchErrors: true,
  seed: "s",
};

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("journals of a search that went on in two places are joined, and it goes on from both", async () => {
  await inFolder(async (folder) => {
    const [a, b, both] = [`${folder}/a`, `${folder}/b`, `${folder}/new/both`];
    await search({ ...options, journal: a, budget: { trials: 9 } });
    await search({ ...options, journal: b, budget: { trials: 6 }, executor: workers(2) });
    // One lost a trial in the middle, the other has not got as far.
    const lines = (await Deno.readTextFile(a)).split("\n");
    await Deno.writeTextFile(a, lines.toSpliced(3, 1).join("\n"));
    await mergeJournals([a, b], both);
    const merged = await readJournal<Toy>(both);
    assertEquals(merged.trials.map(({ index }) => index), Array.from({ length: 9 }, (_, i) => i));
    const parts = [await readJournal<Toy>(a), await readJournal<Toy>(b)];
    assertEquals(merged.seconds, Math.max(...parts.map(({ seconds }) => seconds)));
    assertEquals(merged.header, parts[0]!.header);
    for (const trial of merged.trials) {
      assert(parts.some(({ trials }) => trials.some((one) => one.seconds === trial.seconds)));
    }
    const calls: string[] = [];
    const evaluate: typeof options.evaluate = (arch, context) => {
      calls.push(context.seed);
      return options.evaluate(arch, context);
    };
    const resumed = await search({ ...options, evaluate, journal: both });
    assertEquals(
      resumed.toJSON({ times: false }),
      (await search(options)).toJSON({ times: false }),
    );
    assertEquals(calls.length, 7);
  });
});

Deno.test("journals that contradict each other or are of other searches are not joined", async () => {
  await inFolder(async (folder) => {
    const [a, b, both] = [`${folder}/a`, `${folder}/b`, `${folder}/both`];
    await search({ ...options, journal: a });
    const lines = (await Deno.readTextFile(a)).split("\n");
    const refused = async (message: string, text = lines.join("\n")) => {
      await Deno.writeTextFile(b, text);
      const error = await assertRejects(() => mergeJournals([a, b], both), JournalError);
      assertStringIncludes(error.message, message);
      assertEquals([...Deno.readDirSync(folder)].length, 2);
    };
    const with2 = (change: (text: string) => string) => lines.with(2, change(lines[2]!)).join("\n");
    const { index, key } = JSON.parse(lines[2]!);
    await refused(
      `it tells of trial ${index} what "${a}" does not: ${key} complete with {`,
      with2((line) => line.replace(/"score":/, '"score":1')),
    );
    await refused(`trial ${index}`, with2((line) => line.replace(/"seed":"/, '"seed":"x')));
    await refused(
      `Cannot use journal "${b}": it is of another search: seed is "s" in ${a} and "x" in it`,
      lines.with(0, lines[0]!.replace('"seed":"s"', '"seed":"x"')).join("\n"),
    );
    await refused("it has no header yet", "");
    // Another time is no contradiction, and neither is a header that knows less of evaluate.
    await Deno.writeTextFile(
      b,
      with2((line) => line.replace(/"seconds":[\d.]+/, '"seconds":77'))
        .replace(/,"evaluate":"\w+"/, ""),
    );
    await mergeJournals([b, a], both);
    assertEquals((await readJournal(both)).header, (await readJournal(a)).header);
    const error = await assertRejects(() => mergeJournals([a], both), JournalError);
    assertStringIncludes(error.message, "it exists, and would be overwritten");
    await assertRejects(() => mergeJournals([], both), RangeError, "there is none");
    await assertRejects(
      () => mergeJournals([`${folder}/none`], both),
      JournalError,
      "No such file",
    );
  });
});
