import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { atMost } from "../../lib/cost/constraint.ts";
import type { Evaluate } from "../../lib/space/evaluate.ts";
import {
  EvaluationError,
  inline,
  JournalError,
  maximize,
  minimize,
  randomSearch,
  readJournal,
  search,
  type SearchOptions,
  type Study,
  workers,
} from "../../lib/search/mod.ts";
import { portable } from "naskit/space/evaluate.ts";
import { adaptive, type Toy, toyScore, toySpace } from "./support/toy.ts";

const options: SearchOptions<Toy> = {
  space: toySpace(),
  strategy: adaptive,
  evaluate: toyScore({ failEvery: 5 }),
  objective: maximize("score"),
  constraints: [atMost("macs", 70)],
  budget: { trials: 12 },
  seed: "s ✓",
  catchErrors: true,
};

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The same evaluation, with a note of every trial it is called for. */
function counting(evaluate: Evaluate<Toy>, calls: number[]): Evaluate<Toy> {
  return (arch, context) => {
    calls.push(Number(context.seed.split("/").at(-1)));
    return evaluate(arch, context);
  };
}

const timeless = (study: Study<Toy>) => study.toJSON({ times: false });

Deno.test("a journal has a header and one line for each trial, and its folder is made", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/a/b/c.jsonl`;
    const study = await search({ ...options, journal });
    const lines = (await Deno.readTextFile(journal)).split("\n");
    assertEquals(lines.length, 14);
    const { evaluate, ...rest } = JSON.parse(lines[0]!);
    assertMatch(evaluate, /^[0-9a-f]{16}$/);
    assertEquals(rest, {
      naskit: "search journal",
      version: 2,
      space: "toy(4)",
      strategy: "adaptive",
      seed: "s ✓",
      goals: [maximize("score")],
      constraints: [atMost("macs", 70)],
      inFlight: 4,
    });
    const { header, trials, seconds } = await readJournal<Toy>(journal);
    assertEquals(header.space, "toy(4)");
    assertEquals(trials, [...study.trials]);
    assert(seconds > 0 && seconds <= study.seconds);
    // A journal changes nothing in the study.
    assertEquals(timeless(study), timeless(await search(options)));
  });
});

Deno.test("a finished journal gives the study again without evaluating, times included", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    const first = await search({ ...options, journal });
    const text = await Deno.readTextFile(journal);
    const calls: number[] = [];
    const again = await search({ ...options, journal, evaluate: counting(toyScore(), calls) });
    assertEquals(calls, []);
    assertEquals([...again.trials], [...first.trials]);
    assertEquals(timeless(again), timeless(first));
    assert(again.seconds >= first.trials.reduce((sum, { seconds }) => sum + seconds, 0));
    assertEquals(await Deno.readTextFile(journal), text);
  });
});

Deno.test("a larger budget continues a journal, a smaller one gives the first trials", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({ ...options, journal });
    const calls: number[] = [];
    const evaluate = counting(options.evaluate, calls);
    for (const trials of [20, 7]) {
      const budget = { trials };
      const resumed = await search({ ...options, journal, budget, evaluate });
      assertEquals(timeless(resumed), timeless(await search({ ...options, budget })));
    }
    assertEquals(calls, [12, 13, 14, 15, 16, 17, 18, 19]);
    assertEquals((await readJournal(journal)).trials.length, 20);
  });
});

Deno.test("a journal cut anywhere resumes to the same study, whatever the executor", async () => {
  const whole = timeless(await search(options));
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({ ...options, journal, executor: workers(3) });
    const bytes = await Deno.readFile(journal);
    const lineEnds = bytes.reduce<number[]>(
      (ends, byte, i) => (byte === 10 && ends.push(i + 1), ends),
      [],
    );
    const cutAt = async (length: number) => {
      await Deno.writeFile(journal, bytes.subarray(0, length));
      const kept = lineEnds.filter((end) => end <= length).length - 1;
      const calls: number[] = [];
      const evaluate = counting(options.evaluate, calls);
      const study = await search({ ...options, journal, evaluate });
      assertEquals(timeless(study), whole, `cut at ${length}`);
      assertEquals(calls.length, 12 - Math.max(0, kept), `cut at ${length}`);
      const { trials } = await readJournal<Toy>(journal);
      assertEquals(trials.map(({ index }) => index), Array.from({ length: 12 }, (_, i) => i));
    };
    // Every byte of the header and of the last two lines, and random ones between.
    for (let length = 0; length <= lineEnds[0]!; length += 3) await cutAt(length);
    for (let length = lineEnds.at(-3)!; length <= bytes.length; length++) await cutAt(length);
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length), cutAt), { numRuns: 40 });
  });
});

Deno.test("a last line that is whole but broken is cut off, too", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({ ...options, journal });
    const text = await Deno.readTextFile(journal);
    const whole = timeless(await search(options));
    for (
      const tail of [
        "{}\n",
        "x\n",
        '{"index":12}\n',
        "\n",
        "\0\0\0",
        "\0\0\n",
        text.split("\n")[1] + "\n",
      ]
    ) {
      await Deno.writeTextFile(journal, text + tail);
      assertEquals(timeless(await search({ ...options, journal })), whole);
      assertEquals(await Deno.readTextFile(journal), text);
    }
  });
});

Deno.test("a broken line before the last is an error that names the line, and nothing is lost", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({ ...options, journal });
    const lines = (await Deno.readTextFile(journal)).split("\n");
    const cases: [number, string, string][] = [
      [4, lines[4]!.slice(0, 30), "line 5 is broken (Expected ',' or ']'"],
      [4, lines[4]!.slice(1), "line 5 is broken ("],
      [4, "[]", "line 5 is broken (not a trial)"],
      [4, "3", "line 5 is broken (not a JSON object)"],
      [4, "", "line 5 is broken ("],
      [
        4,
        lines[4]!.replace('"complete"', '"rejected"').replace('"failed"', '"rejected"'),
        "line 5 is broken (not a trial)",
      ],
      [4, lines[2]!, "line 5 is broken (trial "],
      [
        0,
        lines[0]!.replace('"version":2', '"version":9'),
        "line 1 is broken (format version 9, this is a reader of version 2)",
      ],
      [0, lines[0]!.slice(0, -1), "line 1 is broken ("],
      [0, lines[1]!, "it is another kind of file"],
    ];
    for (const [line, broken, message] of cases) {
      const text = lines.with(line, broken).join("\n");
      await Deno.writeTextFile(journal, text);
      for (const use of [() => search({ ...options, journal }), () => readJournal(journal)]) {
        const error = await assertRejects<Error>(use, JournalError);
        assertStringIncludes(error.message, `Cannot use journal "${journal}": ${message}`);
      }
      assertEquals(await Deno.readTextFile(journal), text);
    }
  });
});

Deno.test("another file is not taken for a journal and left alone", async () => {
  await inFolder(async (folder) => {
    for (const text of ["my thesis", "my thesis\n", '{"index":0}', '{"naskit":"x', "\n"]) {
      const journal = `${folder}/notes.txt`;
      await Deno.writeTextFile(journal, text);
      await assertRejects(
        () => search({ ...options, journal }),
        JournalError,
        "it is another kind of file",
      );
      assertEquals(await Deno.readTextFile(journal), text);
    }
  });
});

Deno.test("a journal of another search is refused with the differences", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({ ...options, journal });
    const text = await Deno.readTextFile(journal);
    const cases: [Partial<SearchOptions<Toy>>, string][] = [
      [{ space: toySpace(5) }, 'space is "toy(4)" in it and "toy(5)" in this search'],
      [
        { strategy: randomSearch() },
        'strategy is "adaptive" in it and "randomSearch(unique: true)" in',
      ],
      [{ seed: 7 }, 'seed is "s ✓" in it and "7" in this search'],
      [
        { objective: minimize("score") },
        'goals is [{"metric":"score","direction":"maximize"}] in it and [{',
      ],
      [
        { constraints: [] },
        'constraints is [{"metric":"macs","bound":"atMost","limit":70}] in it and []',
      ],
      [{ inFlight: 5 }, "inFlight is 4 in it and 5 in this search"],
      [
        { seed: 7, inFlight: 5 },
        'search: seed is "s ✓" in it and "7" in this search; inFlight is 4 in',
      ],
    ];
    for (const [change, message] of cases) {
      const error = await assertRejects(
        () => search({ ...options, ...change, journal }),
        JournalError,
      );
      assertStringIncludes(error.message, "it is of another search: ");
      assertStringIncludes(error.message, message);
      assertEquals(error.path, journal);
    }
    assertEquals(await Deno.readTextFile(journal), text);
  });
});

Deno.test("a journal is not continued with an evaluate function of another recipe", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    const made = (...args: unknown[]) =>
      portable({ module: import.meta.url, factory: "made", args }, toyScore({ failEvery: 5 }));
    const of = (...args: unknown[]) => search({ ...options, evaluate: made(...args), journal });
    await of({ images: Float32Array.of(1, 2), epochs: 3 });
    await of({ epochs: 3, images: Float32Array.of(1, 2) });
    for (
      const args of [
        [{ images: Float32Array.of(1, 3), epochs: 3 }],
        [{ images: Float64Array.of(1, 2), epochs: 3 }],
        [{ images: Float32Array.of(1, 2), epochs: "3" }],
        [{ images: Float32Array.of(1, 2) }],
        [{ images: Float32Array.of(1, 2), epochs: 3 }, undefined],
      ]
    ) {
      await assertRejects(
        () => of(...args),
        JournalError,
        "evaluate was made with other data or options; give this search another journal",
      );
    }
    // A plain function says nothing of what it was made with.
    await search({ ...options, evaluate: (a, c) => toyScore({ failEvery: 5 })(a, c), journal });
  });
});

Deno.test("inFlight is taken from the journal when it is not given", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    const expected = await search({ ...options, inFlight: 2 });
    await search({ ...options, inFlight: 2, budget: { trials: 5 }, journal });
    const resumed = await search({
      ...options,
      executor: { size: 6, open: inline().open },
      journal,
    });
    assertEquals(timeless(resumed), timeless(expected));
  });
});

Deno.test("a strategy that now asks for something else is an error", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({ ...options, journal });
    const lines = (await Deno.readTextFile(journal)).split("\n");
    const record = JSON.parse(lines[3]!);
    const key = record.key === "0,0,0,0" ? "0,0,0,1" : "0,0,0,0";
    await Deno.writeTextFile(journal, lines.with(3, JSON.stringify({ ...record, key })).join("\n"));
    const error = await assertRejects(() => search({ ...options, journal }), JournalError);
    assertStringIncludes(
      error.message,
      `trial ${record.index} is ${key} in it, but the strategy now asks for ${record.key}; `,
    );
  });
});

Deno.test("a second search on the same journal is refused while the first runs", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    let tried = false;
    await search({
      ...options,
      journal,
      onProgress: async ({ done }) => {
        if (done !== 3) return;
        await assertRejects(
          () => search({ ...options, journal }),
          JournalError,
          "another search is writing it",
        );
        assertEquals((await readJournal(journal)).trials.length >= 3, true);
        tried = true;
      },
    });
    assert(tried);
    assertEquals((await readJournal(journal)).trials.length, 12);
  });
});

Deno.test("a trial is on the disk before it is reported", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    await search({
      ...options,
      journal,
      inFlight: 1,
      onProgress: async ({ done }) => {
        assertEquals((await readJournal(journal)).trials.length, done);
      },
    });
  });
});

Deno.test("an error keeps what had finished in the journal; the next run tries that trial again", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    let broken = true;
    const calls: number[] = [];
    const evaluate = counting((arch, { seed }) => {
      if (broken && seed.endsWith("/7")) throw new Error("disk full");
      return { score: arch.widths[0]! };
    }, calls);
    const careful = { ...options, evaluate, journal, catchErrors: false };
    const error = await assertRejects(() => search(careful), EvaluationError);
    assertEquals([...error.study.trials], [...(await readJournal(journal)).trials]);
    assertEquals(error.study.trials.length, 7);
    broken = false;
    calls.length = 0;
    const study = await search(careful);
    assertEquals(calls, [7, 8, 9, 10, 11]);
    assertEquals(study.trials.length, 12);
  });
});

Deno.test("an aborted search goes on from its journal", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    const slow = { ...options, evaluate: toyScore({ sleep: 4, failEvery: 5 }), journal };
    for (const stopAfter of [2, 5, 9]) {
      const controller = new AbortController();
      const study = await search({
        ...slow,
        executor: workers(2),
        signal: controller.signal,
        onProgress: ({ done }) => {
          if (done === stopAfter) controller.abort();
        },
      });
      assertEquals(study.stopped, "aborted");
      assertEquals([...study.trials], [...(await readJournal<Toy>(journal)).trials]);
    }
    assertEquals(timeless(await search(slow)), timeless(await search(options)));
  });
});

Deno.test("the time of earlier parts counts towards the study's and the budget's seconds", async () => {
  await inFolder(async (folder) => {
    const journal = `${folder}/x.jsonl`;
    const timed = { ...options, evaluate: toyScore({ sleep: 100 }), inFlight: 1, journal };
    const first = await search({ ...timed, budget: { trials: 3 } });
    const again = await search({ ...timed, budget: { seconds: 0.15 } });
    assertEquals([...again.trials], [...first.trials]);
    assertEquals(again.stopped, "budget");
    assert(again.seconds >= 0.15);
  });
});

Deno.test("a journal that cannot be written is an error before any work", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const journal of [folder, `${folder}/file/x.jsonl`, ""]) {
      const calls: number[] = [];
      const evaluate = counting(toyScore(), calls);
      const error = await assertRejects(
        () => search({ ...options, evaluate, journal }),
        JournalError,
      );
      assertMatch(error.message, /^Cannot use journal ".*": /);
      assertEquals(calls, []);
    }
  });
});

Deno.test({
  name: "without write permission a journal is an error that says so",
  permissions: { read: true, write: false },
  fn: async () => {
    await assertRejects(
      () => search({ ...options, journal: "runs/x.jsonl" }),
      JournalError,
      'Cannot use journal "runs/x.jsonl": Requires write access to',
    );
  },
});

Deno.test("a disk that takes no more ends the search with a JournalError", async () => {
  const error = await assertRejects(
    () => search({ ...options, journal: "/dev/full" }),
    JournalError,
  );
  assertMatch(error.message, /^Cannot use journal "\/dev\/full": /);
});

Deno.test("readJournal() of nothing says so", async () => {
  await inFolder(async (folder) => {
    await assertRejects(() => readJournal(`${folder}/none`), JournalError, "No such file");
    await Deno.writeTextFile(`${folder}/empty`, "");
    await assertRejects(() => readJournal(`${folder}/empty`), JournalError, "it has no header yet");
  });
});
