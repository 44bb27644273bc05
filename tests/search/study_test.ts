import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
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
