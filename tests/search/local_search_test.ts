import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import {
  localSearch,
  maximize,
  minimize,
  strategyContract,
  type Trial,
} from "../../lib/search/mod.ts";
import { type Drive, drive } from "./support/drive.ts";
import { type Toy, toySpace } from "./support/toy.ts";

const space = toySpace(5);

const value = ({ widths }: Toy) => createRng(widths.join()).int(40);

const base: Omit<Drive<Toy>, "strategy"> = {
  space,
  goals: [maximize("value")],
  trials: 400,
  evaluate: (arch) => ({ value: value(arch) }),
};

const neighbours = (arch: Toy) => [...space.neighbours(arch)].map((each) => space.encode(each));

for (
  const options of [
    {},
    { improvement: "first" },
    { unique: false },
    { improvement: "first", unique: false, steps: 2 },
    { steps: 1, climbs: 2 },
  ] as const
) {
  Deno.test(`localSearch(${JSON.stringify(options)}) keeps the contract`, async () => {
    await strategyContract(localSearch(options));
  });
}

Deno.test("it tries all neighbours of a place, each once, and moves to the best of them", () => {
  const [trials] = drive({ ...base, strategy: localSearch({ unique: false, climbs: 5 }) });
  let at = 0;
  for (let climb = 0; climb < 5; climb++) {
    let here = trials[at++]!;
    assertEquals(here.parents, undefined);
    for (let step = 0;; step++) {
      const tried = trials.slice(at, at += 10);
      assertEquals(tried.map(({ key }) => key).sort(), neighbours(here.arch).sort());
      for (const trial of tried) assertEquals(trial.parents, [here.index]);
      for (const trial of tried) assertEquals(trial.notes, { climb, step });
      const best = tried.reduce((a, b) => b.metrics.value! > a.metrics.value! ? b : a);
      if (best.metrics.value! <= here.metrics.value!) break;
      here = best;
    }
  }
  // The last climb is the end.
  assertEquals(at, trials.length);
});

Deno.test("the best of a climb has no better neighbour", () => {
  for (const improvement of ["best", "first"] as const) {
    for (const inFlight of [1, 6]) {
      for (const goal of [maximize("value"), minimize("value")]) {
        const sign = goal.direction === "maximize" ? 1 : -1;
        const strategy = localSearch({ improvement, unique: false, climbs: 4 });
        const [trials] = drive({ ...base, goals: [goal], strategy, inFlight });
        for (let climb = 0; climb < 4; climb++) {
          const own = trials.filter(({ notes }) => notes!.climb === climb);
          const best = own.reduce((a, b) =>
            sign * b.metrics.value! > sign * a.metrics.value! ? b : a
          );
          for (const arch of space.neighbours(best.arch)) {
            assert(sign * value(arch) <= sign * best.metrics.value!);
          }
        }
      }
    }
  }
});

/** Values without ties, so that the way up is determined. */
const exact = (arch: Toy) => value(arch) + Number(space.encode(arch).replaceAll(",", "")) / 1e6;

Deno.test("from any start a climb takes the way of steepest ascent, through known places too", () => {
  const ascent = (arch: Toy): Toy[] => {
    const best = [...space.neighbours(arch)].reduce((a, b) => exact(b) > exact(a) ? b : a);
    return [arch, ...(exact(best) > exact(arch) ? ascent(best) : [])];
  };
  for (let seed = 0; seed < 40; seed++) {
    const [trials] = drive({
      ...base,
      strategy: localSearch({ climbs: 3 }),
      evaluate: (arch) => ({ value: exact(arch) }),
      rng: createRng(seed),
    });
    const tried = new Set(trials.map(({ key }) => key));
    const starts = trials.filter(({ parents }) => parents === undefined);
    const expected = starts.flatMap(({ arch }) => ascent(arch)).flatMap((
      place,
    ) => [space.encode(place), ...neighbours(place)]);
    assertEquals(starts.length, 3);
    assertEquals(tried, new Set(expected));
  }
});

Deno.test("the first that is better is moved to at once", () => {
  const [trials] = drive({
    ...base,
    strategy: localSearch({ improvement: "first", unique: false, climbs: 4 }),
  });
  let here = trials[0]!;
  for (const trial of trials.slice(1)) {
    if (trial.parents === undefined) here = trial;
    else assertEquals(trial.parents, [here.index]);
    if (trial.metrics.value! > here.metrics.value!) here = trial;
  }
});

Deno.test("with several in flight, a late outcome of an earlier place still counts", () => {
  // Everything asked for is better than all before.
  const [trials] = drive<Toy>({
    ...base,
    trials: 30,
    strategy: localSearch({ improvement: "first", unique: false }),
    evaluate: (_arch, index) => ({ value: index }),
    inFlight: 4,
  });
  // After the start it is where the last outcome that was told brought it.
  for (const { index, parents } of trials.slice(5)) assertEquals(parents, [index - 4]);
});

Deno.test("no architecture is tried twice, until none is left; unless told otherwise", () => {
  for (const improvement of ["best", "first"] as const) {
    for (const inFlight of [1, 5]) {
      const [trials] = drive({ ...base, strategy: localSearch({ improvement }), inFlight });
      assertEquals(trials.length, 243);
      assertEquals(new Set(trials.map(({ key }) => key)).size, 243);
    }
  }
  const [trials] = drive({ ...base, strategy: localSearch({ unique: false }) });
  assertEquals(trials.length, 400);
});

Deno.test("what is known of a neighbour from before saves trials and changes no place", () => {
  const climb = (unique: boolean) =>
    drive({
      ...base,
      strategy: localSearch({ unique, climbs: 1 }),
      evaluate: (arch) => ({ value: exact(arch) }),
    })[0];
  const [known, again] = [climb(true), climb(false)];
  const best = (trials: Trial<Toy>[]) => Math.max(...trials.map(({ metrics }) => metrics.value!));
  assertEquals(best(known), best(again));
  assert(known.length < again.length);
});

Deno.test("a climb ends after as many moves as told", () => {
  for (const improvement of ["best", "first"] as const) {
    const [trials] = drive<Toy>({
      ...base,
      space: toySpace(10),
      strategy: localSearch({ improvement, steps: 2, climbs: 7 }),
      evaluate: ({ widths }) => ({ value: widths.reduce((sum, width) => sum + width, 0) }),
      inFlight: 3,
    });
    assertEquals(trials.filter(({ parents }) => parents === undefined).length, 7);
    assert(trials.every(({ notes }) => notes!.step! <= 1));
  }
});

Deno.test("rejected and failed candidates are no place to go to, nor to start from", () => {
  for (const inFlight of [1, 4]) {
    let candidates = 0;
    const [trials, rejected] = drive({
      ...base,
      strategy: localSearch(),
      inFlight,
      evaluate: (arch) =>
        (["failed", "rejected", { value: value(arch) }] as const)[candidates++ % 3]!,
    });
    assertEquals(trials.length + rejected.length, 243);
    for (const { parents = [] } of trials) {
      assert(parents.every((parent) => trials[parent]!.status === "complete"));
    }
  }
});

Deno.test("bad options are refused", () => {
  assertThrows(
    () => localSearch({ improvement: "any" as "first" }),
    TypeError,
    'Cannot make localSearch: improvement must be "best" or "first", got any',
  );
  assertThrows(() => localSearch({ steps: 0 }), RangeError, "steps must be a positive integer");
  assertThrows(() => localSearch({ climbs: 0.5 }), RangeError, "climbs must be a positive integer");
  assertThrows(
    () => localSearch()(space, createRng("x"), [maximize("a"), minimize("b")]),
    RangeError,
    "localSearch pursues one objective",
  );
});

Deno.test("its options are part of its name", () => {
  assertEquals(
    localSearch().strategyName,
    "localSearch(improvement: best, unique: true, steps: any, climbs: any)",
  );
});
