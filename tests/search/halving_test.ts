import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { hyperbandBrackets, rungEpochs } from "naskit/search/halving/rungs.ts";
import {
  asha,
  hyperband,
  maximize,
  minimize,
  randomSearch,
  strategyContract,
  successiveHalving,
} from "naskit/search/mod.ts";
import { type Toy, toySpace } from "./support/toy.ts";
import { adaptive } from "./support/toy.ts";
import { play } from "./support/play.ts";

const space = toySpace(5);
const goals = [maximize("score")];

/** A value that does not depend on the epochs, so that the best of the first rung stay the best. */
const valueOf = (arch: Toy) => createRng(JSON.stringify(arch))();
const { encode } = space;

for (
  const make of [
    successiveHalving({ maxEpochs: 9 }),
    successiveHalving({ maxEpochs: 4, eta: 2, count: 3, strategy: adaptive }),
    hyperband({ maxEpochs: 9 }),
    hyperband({ maxEpochs: 8, minEpochs: 2, eta: 2, strategy: adaptive }),
    asha({ maxEpochs: 9 }),
    asha({ maxEpochs: 8, eta: 2, strategy: adaptive }),
  ]
) {
  Deno.test(`${make.strategyName} keeps the contract`, async () => {
    await strategyContract(make);
  });
}

Deno.test("the brackets of Hyperband are those of its paper's table", () => {
  const shown = hyperbandBrackets({ maxEpochs: 81, minEpochs: 1, eta: 3 })
    .map((rungs) => rungs.map(({ count, epochs }) => `${count}@${epochs}`).join(" "));
  assertEquals(shown, [
    "81@1 27@3 9@9 3@27 1@81",
    "34@3 11@9 3@27 1@81",
    "15@9 5@27 1@81",
    "8@27 2@81",
    "5@81",
  ]);
});

Deno.test("rungs grow by eta to the longest training, and rounding loses none", () => {
  assertEquals(rungEpochs({ maxEpochs: 243, minEpochs: 1, eta: 3 }), [1, 3, 9, 27, 81, 243]);
  assertEquals(rungEpochs({ maxEpochs: 8, minEpochs: 1, eta: 2 }), [1, 2, 4, 8]);
  assertEquals(rungEpochs({ maxEpochs: 8, minEpochs: 1, eta: 3 }), [3, 8]);
  assertEquals(rungEpochs({ maxEpochs: 12, minEpochs: 2, eta: 2 }), [3, 6, 12]);
  assertEquals(rungEpochs({ maxEpochs: 5, minEpochs: 5, eta: 3 }), [5]);
});

Deno.test("the best of each rung go on, whatever is in flight and whatever fails", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 6 }),
    fc.constantFrom("maximize" as const, "minimize" as const),
    fc.integer({ min: 2, max: 20 }),
    fc.string(),
    (inFlight, direction, failEvery, seed) => {
      const goal = { metric: "score", direction };
      const strategy = successiveHalving({ maxEpochs: 9 })(space, createRng(seed), [goal]);
      const trials = play(strategy, {
        encode,
        inFlight,
        trials: 13,
        score: ({ arch }, index) => index % failEvery === 1 ? undefined : valueOf(arch),
      });
      const onRung = (epochs: number) => trials.filter((trial) => trial.epochs === epochs);
      assertEquals(onRung(1).length, 9);
      for (const [low, high] of [[1, 3], [3, 9]] as const) {
        const places = low === 1 ? 3 : 1;
        const sign = direction === "maximize" ? -1 : 1;
        const best = onRung(low).filter(({ status }) => status === "complete")
          .sort((a, b) => sign * (a.metrics.score! - b.metrics.score!)).slice(0, places);
        assertEquals(onRung(high).map(({ key }) => key), best.map(({ key }) => key));
        assertEquals(onRung(high).map(({ parents }) => parents), best.map(({ index }) => [index]));
        assertEquals(new Set(onRung(high).map(({ notes }) => notes!.rung)).size, best.length && 1);
        // A whole rung is known before the next begins.
        if (best.length > 0) {
          assert(onRung(low).at(-1)!.index < onRung(high)[0]!.index);
        }
      }
    },
  ));
});

Deno.test("a rejected proposal is replaced, so that the rung is full", () => {
  const strategy = successiveHalving({ maxEpochs: 3 })(space, createRng("r"), goals);
  const asked: (number | undefined)[] = [];
  let index = 0;
  for (let n = 0; n < 8; n++) {
    const { arch, epochs } = strategy.ask()!;
    const isRejected = n === 1 || n === 2;
    if (!isRejected) asked.push(epochs);
    strategy.tell({
      index: isRejected ? n : index++,
      arch,
      key: encode(arch),
      status: isRejected ? "rejected" : "complete",
      metrics: isRejected ? {} : { score: n },
      curves: {},
      seed: "",
      seconds: 0,
    });
  }
  assertEquals(asked, [1, 1, 1, 3, 1, 1]);
});

Deno.test("when nothing is left to propose, what there is is halved, and then it ends", () => {
  const small = toySpace(1); // Three architectures.
  for (
    const [make, epochs] of [
      [successiveHalving({ maxEpochs: 9 }), [1, 1, 1, 3, 9]],
      // Brackets of 9, 5 and 3, of three architectures each.
      [hyperband({ maxEpochs: 9 }), [1, 1, 1, 3, 9, 3, 3, 3, 9, 9, 9, 9]],
      [asha({ maxEpochs: 9 }), [1, 1, 1, 3]],
    ] as const
  ) {
    const strategy = make(small, createRng("few"), goals);
    const trials = play(strategy, {
      encode: small.encode,
      trials: 100,
      score: ({ arch }) => valueOf(arch),
    });
    assertEquals(trials.map((trial) => trial.epochs), [...epochs]);
    assertEquals(strategy.ask(), undefined);
  }
});

Deno.test("ASHA promotes a member of the best one in eta whenever there is one, the highest rung first", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5 }),
    fc.constantFrom(2, 3, 4),
    fc.string(),
    (inFlight, eta, seed) => {
      const strategy = asha({ maxEpochs: eta ** 2, eta })(space, createRng(seed), goals);
      const epochs = [1, eta, eta ** 2];
      const told: { rung: number; index: number; value: number; key: string }[] = [];
      const promoted = new Set<number>();
      const out: { rung: number; index: number; value: number; key: string }[] = [];
      for (let index = 0; index < 60; index++) {
        if (out.length === inFlight) {
          const { rung, value, key, ...rest } = out.shift()!;
          told.push({ rung, value, key, ...rest });
          strategy.tell({
            index: rest.index,
            arch: space.decode(key),
            key,
            status: "complete",
            metrics: { score: value },
            curves: {},
            seed: "",
            seconds: 0,
          });
        }
        // By brute force: what the paper's get_job gives.
        let expected: { rung: number; index: number } | undefined;
        for (const rung of [1, 0]) {
          const members = told.filter((member) => member.rung === rung)
            .sort((a, b) => b.value - a.value || a.index - b.index);
          const best = members.slice(0, Math.floor(members.length / eta))
            .find((member) => !promoted.has(member.index));
          if (best !== undefined) {
            expected = { rung: rung + 1, index: best.index };
            promoted.add(best.index);
            break;
          }
        }
        const proposal = strategy.ask()!;
        assertEquals(proposal.epochs, epochs[expected?.rung ?? 0]);
        assertEquals(proposal.parents, expected && [expected.index]);
        out.push({
          rung: expected?.rung ?? 0,
          index,
          value: valueOf(proposal.arch),
          key: encode(proposal.arch),
        });
      }
    },
  ));
});

Deno.test("options that make no sense are refused", () => {
  for (const make of [successiveHalving, hyperband, asha]) {
    const refused: [Parameters<typeof make>[0], string][] = [
      [{ maxEpochs: 0 }, "maxEpochs must be a whole number from 1 up, got 0"],
      [{ maxEpochs: 2, minEpochs: 1.5 }, "minEpochs must be a whole number from 1 up, got 1.5"],
      [{ maxEpochs: 2, minEpochs: 3 }, "minEpochs (3) must be at most maxEpochs (2)"],
      [{ maxEpochs: 2, eta: 1 }, "eta must be a number from 2 up, got 1"],
      [{ maxEpochs: 2, strategy: {} as never }, "strategy must be a strategy such as randomSearch"],
    ];
    for (const [options, message] of refused) {
      assertThrows(() => make(options), Error, message);
    }
    const begin = () => make({ maxEpochs: 9 })(space, createRng(1), [...goals, minimize("macs")]);
    assertThrows(begin, RangeError, "pursues one objective, got 2 (score, macs)");
  }
  assertThrows(() => successiveHalving({ maxEpochs: 9, count: 0 }), RangeError, "count must be");
  assertEquals(
    asha({ maxEpochs: 9 }).strategyName,
    `asha(epochs: 1 to 9, eta: 3, strategy: ${randomSearch().strategyName})`,
  );
});
