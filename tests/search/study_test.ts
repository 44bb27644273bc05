import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import { table } from "../../lib/plot/table.ts";
import { nasBench201, type NasBench201Arch } from "../../lib/space/mod.ts";
import { maximize, minimize, Study, type StudyData, type Trial } from "../../lib/search/mod.ts";

/** A complete trial with this score, 0.5 s long; a failed one when it is `undefined`. */
function trial(index: number, score: number | undefined, metrics = {}): Trial<string> {
  return {
    index,
    arch: `arch ${index}`,
    key: `k${index}`,
    status: score === undefined ? "failed" : "complete",
    metrics: { macs: 10 * index, ...metrics, ...(score === undefined ? {} : { score }) },
    curves: { loss: [2, 1] },
    seed: `s/trial/${index}`,
    seconds: 0.5,
    ...(score === undefined ? { reason: 'said "no",\nthen left' } : {}),
  };
}

const data: StudyData<string> = {
  space: "letters",
  strategy: "by hand",
  seed: "s",
  goals: [maximize("score")],
  trials: [
    trial(0, undefined),
    trial(1, 3),
    trial(2, 5),
    trial(3, undefined),
    trial(4, 5),
    trial(5, 4),
    trial(7, 6),
  ],
  rejected: [],
  stopped: "budget",
  seconds: 4,
};

Deno.test("best() is the earliest of the best, in either direction", () => {
  assertEquals(new Study(data).best().index, 7);
  assertEquals(new Study({ ...data, trials: data.trials.slice(0, 6) }).best().index, 2);
  assertEquals(new Study({ ...data, goals: [minimize("score")] }).best().index, 1);
});

Deno.test("best() of nothing says what became of the trials", () => {
  const error = assertThrows(
    () => new Study({ ...data, trials: [trial(0, undefined)] }).best(),
    Error,
  );
  assertEquals(
    error.message,
    "Cannot name the best trial: none is complete, 1 failed and 0 were rejected " +
      '(the first: said "no",\nthen left)',
  );
  const rejected = { ...trial(0, undefined), status: "rejected", reason: "macs is 9" } as const;
  assertThrows(
    () => new Study({ ...data, trials: [], rejected: [rejected] }).best(),
    Error,
    "none is complete, 0 failed and 1 were rejected (the first: macs is 9)",
  );
});

Deno.test("incumbent() follows the best, counting the time of all trials", () => {
  const study = new Study(data);
  assertEquals(
    study.incumbent().map(({ index, value, seconds, trial }) => [
      index,
      value,
      seconds,
      trial.index,
    ]),
    [[1, 3, 1, 1], [2, 5, 1.5, 2], [3, 5, 2, 2], [4, 5, 2.5, 2], [5, 5, 3, 2], [7, 6, 3.5, 7]],
  );
  assertEquals(new Study({ ...data, trials: [] }).incumbent(), []);
});

Deno.test("paretoFront() is what no other trial beats, by brute force", () => {
  const trials = Array.from(
    { length: 40 },
    (_, i) => trial(i, (i * 7) % 11, { macs: (i * 5) % 13 }),
  );
  const study = new Study({ ...data, trials: [...trials, trial(40, undefined, { macs: 0 })] });
  const expected = trials.filter((a) =>
    !trials.some((b) =>
      b.metrics.score! >= a.metrics.score! && b.metrics.macs! <= a.metrics.macs! &&
      (b.metrics.score! > a.metrics.score! || b.metrics.macs! < a.metrics.macs!)
    )
  );
  assert(expected.length > 1 && expected.length < 40);
  assertEquals(study.paretoFront({ score: "maximize", macs: "minimize" }), expected);
});

Deno.test("paretoFront() refuses no metrics and unknown ones", () => {
  const study = new Study(data);
  assertThrows(() => study.paretoFront({}), RangeError, "directions names no metric");
  assertThrows(
    () => study.paretoFront({ score: "maximize", latency: "minimize" }),
    RangeError,
    'trial 1 has no metric "latency", only "macs", "score"',
  );
});

Deno.test("only the trials with the most epochs seen so far are the best", () => {
  const trained = (index: number, score: number | undefined, epochs?: number) => ({
    ...trial(index, score, { macs: index }),
    ...(epochs === undefined ? {} : { epochs }),
  });
  const trials = [
    trained(0, 5, 1),
    trained(1, 3, 3),
    trained(2, 9, 1),
    trained(3, 4, 3),
    trained(4, undefined, 9),
    trained(5, 2),
    trained(6, 8, 9),
  ];
  const study = new Study({ ...data, trials });
  assertEquals(study.incumbent().map(({ trial }) => trial.index), [0, 1, 1, 3, 3, 5, 5]);
  assertEquals(study.best().index, 5);
  assertEquals(study.paretoFront({ score: "maximize" }).map(({ index }) => index), [5]);
  assertEquals(study.top(3).map(({ index }) => index), [5]);
  const short = new Study({ ...data, trials: trials.slice(0, 4) });
  assertEquals(short.best().index, 3);
  assertEquals(short.top(9).map(({ index }) => index), [3, 1]);
});

Deno.test("incumbent() tells another metric of the trial that was chosen", () => {
  const study = new Study({
    ...data,
    trials: [
      trial(0, 1),
      trial(1, 3, { testScore: 30 }),
      trial(2, 2, { testScore: 99 }),
      trial(3, 4, { testScore: 10 }),
    ],
  });
  const reported = study.incumbent({ report: "testScore" }).map(({ reported }) => reported);
  assertEquals(reported, [undefined, 30, 30, 10]);
  assertEquals(
    study.incumbent({ ...minimize("macs"), report: "score" }).map(({ reported }) => reported),
    [1, 1, 1, 1],
  );
  assertThrows(
    () => study.incumbent({ report: "testscore" }),
    RangeError,
    'trial 0 has no metric "testscore", only "macs", "score"',
  );
  assertThrows(
    () => study.incumbent({ metric: "macs" }),
    TypeError,
    "a goal must have a metric and a direction, got macs and undefined",
  );
});

Deno.test("hypervolume() grows as the front does", () => {
  const study = new Study({
    ...data,
    trials: [
      trial(0, undefined),
      trial(1, 1, { macs: 2 }),
      trial(2, 2, { macs: 3 }),
      trial(3, 1, { macs: 3 }),
      trial(4, undefined),
      trial(5, 3, { macs: 1 }),
      trial(6, 9, { macs: 20 }),
    ],
  });
  const directions = { score: "maximize", macs: "minimize" } as const;
  assertEquals(
    study.hypervolume({ score: 0, macs: 4 }, directions).map((step) => Object.values(step)),
    [[1, 2, 1], [2, 3, 1.5], [3, 3, 2], [4, 3, 2.5], [5, 9, 3], [6, 9, 3.5]],
  );
  assertEquals(new Study(data).hypervolume({ score: 2 }).at(-1)?.value, 4);
  assertThrows(
    () => study.hypervolume({ score: 0 }, directions),
    RangeError,
    'reference lacks "macs"',
  );
  assertThrows(() => study.hypervolume({}, {}), RangeError, "directions names no metric");
});

Deno.test("importance() finds what a score was made of, and what it was not", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const rng = createRng("importance");
  const trials = Array.from({ length: 300 }, (_, index): Trial<NasBench201Arch> => {
    const arch = space.sample(rng.split(index));
    const [a, b, c, d] = space.toChoices(arch) as [number, number, number, number];
    // Variances of 8, 2, and 4 from two together; then some noise.
    const score = 2 * a + b + 4 * Number(c % 2 === d % 2) + 0.5 * rng.normal();
    return { ...trial(index, score), arch, key: space.encode(arch) };
  });
  const study = new Study({ ...data, space: space.name, trials, rejected: [] });
  const found = study.importance(space);
  assertEquals(found.map(({ decision }) => decision), space.decisions.map(({ name }) => name));
  const [a, b, ...others] = found as [typeof found[0], typeof found[0], ...typeof found];
  const total = 8 + 2 + 3.9936 + 0.25;
  assertAlmostEquals(a.share, 8 / total, 0.1);
  assertAlmostEquals(b.share, 2 / total, 0.06);
  assert(a.share > 3 * a.chance && b.share > b.chance);
  for (const { share } of others) assert(share < 0.05);
  for (const { chance } of found) assert(chance > 0.001 && chance < 0.05);
  assertEquals(study.importance(space), found);
  assert(study.importance(space, { seed: "other" })[0]!.share !== a.share);
  assertThrows(
    () => study.importance({ ...space, name: "another" }),
    RangeError,
    `the study is of ${space.name}, got space another`,
  );
  assertThrows(
    () => new Study({ ...study, trials: trials.slice(0, 9) }).importance(space),
    RangeError,
    "it takes 10 complete trials, got 9",
  );
});

Deno.test("top() gives the best trials as rows of a table, each outcome once", () => {
  const study = new Study({
    ...data,
    trials: [
      trial(0, 3, { accuracy: 0.5 }),
      trial(1, undefined),
      trial(2, 5),
      { ...trial(3, 5), repeats: 2 },
      { ...trial(4, 3), parents: [0, 2] },
    ],
  });
  assertEquals(study.top(2), [
    { rank: 1, score: 5, index: 2, key: "k2", seconds: 0.5, macs: 20 },
    { rank: 2, score: 3, index: 0, key: "k0", seconds: 0.5, macs: 0, accuracy: 0.5 },
  ]);
  assertEquals(study.top(9).length, 3);
  assertEquals(study.top(1, minimize("macs"))[0]!.index, 0);
  assertThrows(() => study.top(0), RangeError, "count must be a positive integer, got 0");
  assertEquals(table(study.top(3)).columns.slice(0, 3), ["rank", "score", "index"]);
});

Deno.test("merge() numbers trials on, and what they name with them", () => {
  const part = (seed: string, more: Partial<StudyData<string>> = {}) =>
    new Study<string>({
      ...data,
      seed,
      trials: [trial(0, 1), { ...trial(2, 3), parents: [0], repeats: 0 }],
      rejected: [{ ...trial(0, 1), status: "rejected", repeats: 2 }],
      ...more,
    });
  const both = Study.merge([part("a"), part("b", { stopped: "early" }), part("c")]);
  assertEquals([both.seed, both.strategy, both.stopped, both.seconds], [
    "a, b, c",
    "by hand",
    "early",
    12,
  ]);
  assertEquals(both.trials.map(({ index, parents, repeats }) => [index, parents, repeats]), [
    [0, undefined, undefined],
    [2, [0], 0],
    [3, undefined, undefined],
    [5, [3], 3],
    [6, undefined, undefined],
    [8, [6], 6],
  ]);
  assertEquals(both.rejected.map(({ index, repeats }) => [index, repeats]), [[0, 2], [1, 5], [
    2,
    8,
  ]]);
  assertEquals(Study.merge([part("a", { strategy: "x" }), part("a")]).strategy, "x + by hand");
  const cases: [Study<string>[], string][] = [
    [[], "there is none"],
    [
      [part("a"), part("b", { space: "digits" })],
      "studies[1] is of space digits, the first of letters",
    ],
    [[part("a"), part("b", { goals: [] })], "studies[1] has the goals [], the first has [{"],
    [[part("a"), part("b"), part("a")], 'studies[2] is studies[0] again: by hand, seed "a"'],
  ];
  for (const [studies, message] of cases) {
    assertThrows(() => Study.merge(studies), RangeError, `Cannot merge studies: ${message}`);
  }
});

Deno.test("toRows() has a column for all that a trial can have", () => {
  const more = {
    epochs: 4,
    parents: [3, 5],
    repeats: 1,
    notes: { entropy: 0.5 },
    failures: ["no", "no, no"],
  };
  const study = new Study({
    ...data,
    trials: [{ ...trial(6, undefined, { epochs: 7 }), ...more }],
  });
  assertEquals(study.toRows(), [{
    index: 6,
    key: "k6",
    status: "failed",
    seed: "s/trial/6",
    seconds: 0.5,
    epochs: 4,
    parents: "3 5",
    repeats: 1,
    macs: 60,
    "metrics.epochs": 7,
    "notes.entropy": 0.5,
    failures: "no; no, no",
    reason: 'said "no",\nthen left',
  }]);
});

Deno.test("toRows() is flat, and a metric never hides a field of the trial", () => {
  const study = new Study({
    ...data,
    trials: [trial(0, 2, { seconds: 9, reason: 8 }), trial(1, undefined)],
  });
  assertEquals(study.toRows(), [
    {
      index: 0,
      key: "k0",
      status: "complete",
      seed: "s/trial/0",
      seconds: 0.5,
      macs: 0,
      "metrics.seconds": 9,
      "metrics.reason": 8,
      score: 2,
    },
    {
      index: 1,
      key: "k1",
      status: "failed",
      seed: "s/trial/1",
      seconds: 0.5,
      macs: 10,
      reason: 'said "no",\nthen left',
    },
  ]);
});

Deno.test("toCSV() keeps RFC 4180 and can be read back", () => {
  const study = new Study({
    ...data,
    trials: [trial(0, 1.5), trial(1, undefined, { '"a,b"': 3 })],
  });
  const csv = study.toCSV();
  assertEquals(
    csv,
    'index,key,status,seed,seconds,macs,score,"""a,b""",reason\r\n' +
      "0,k0,complete,s/trial/0,0.5,0,1.5,,\r\n" +
      '1,k1,failed,s/trial/1,0.5,10,,3,"said ""no"",\nthen left"\r\n',
  );
  const [header, ...lines] = parseCsv(csv);
  assertEquals(
    lines.map((line) =>
      Object.fromEntries(line.flatMap((field, i) => field === "" ? [] : [[header![i], field]]))
    ),
    study.toRows().map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))
    ),
  );
});

/** A reader of RFC 4180, character by character. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  let [line, field, quoted]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quoted && char === '"' && text[i + 1] === '"') field += text[++i];
    else if (char === '"') quoted = !quoted;
    else if (quoted) field += char;
    else if (char === ",") [field] = ["", line.push(field)];
    else if (char === "\r" && text[i + 1] === "\n") {
      lines.push([...line, field]);
      [line, field] = [[], ""];
      i++;
    } else field += char;
  }
  return lines;
}

Deno.test("toJSON() makes the study again, and leaves times out on request", () => {
  const study = new Study(data);
  const back = new Study<string>(JSON.parse(JSON.stringify(study)));
  assertEquals(back, study);
  assertEquals(study.toJSON(), data);
  const timeless = study.toJSON({ times: false });
  assertEquals(timeless.seconds, 0);
  assert(timeless.trials.every(({ seconds }) => seconds === 0));
  assertEquals(study.trials[0]!.seconds, 0.5);
});

Deno.test("toString() sums the study up, and a notebook shows that", () => {
  const study = new Study(data);
  assertEquals(
    String(study),
    'by hand on letters, seed "s": 7 trials, 2 failed, 4.0 s; stopped by its budget\n' +
      "best score 6 in trial 7: k7",
  );
  const symbol = Symbol.for("Jupyter.display");
  const shown = (study as unknown as Record<symbol, () => unknown>)[symbol]!();
  assertEquals(shown, { "text/plain": String(study) });
  const empty = new Study({ ...data, trials: [], stopped: "aborted" });
  assertStringIncludes(String(empty), "0 trials, 4.0 s; aborted\nno score yet");
});
