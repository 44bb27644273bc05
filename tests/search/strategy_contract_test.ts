import { createRng } from "naskit/engine/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  defineStrategy,
  maximize,
  minimize,
  type Proposal,
  type Strategy,
  strategyContract,
  type StrategyMaker,
} from "../../lib/search/mod.ts";
import { isPlainJson } from "../../lib/search/contract/plain_json.ts";
import type { Json } from "../../lib/engine/json.ts";
import type { Rng } from "../../lib/engine/rng.ts";
import type { SearchSpace } from "../../lib/space/space.ts";
import { adaptive } from "./support/toy.ts";

Deno.test("a sound adaptive strategy keeps the contract", async () => {
  await strategyContract(adaptive);
});

/** A sound strategy, in pieces for a fault to replace: it mutates what it was told of last. */
class Sound<A> implements Strategy<A> {
  asked = 0;
  last: string | null = null;

  constructor(readonly space: SearchSpace<A>, readonly rng: Rng) {}

  ask(): Proposal<A> | undefined {
    const draw = this.rng.split(this.asked++);
    return {
      arch: this.last === null
        ? this.space.sample(draw)
        : this.space.mutate(this.space.decode(this.last), draw),
    };
  }
  tell({ key, status }: Parameters<Strategy<A>["tell"]>[0]): void {
    if (status === "complete") this.last = key;
  }
  snapshot(): Json {
    return { asked: this.asked, last: this.last };
  }
  restore(state: Json): void {
    const saved = state as { asked: number; last: string | null };
    [this.asked, this.last] = [saved.asked, saved.last];
  }
}

type Fault = <A>(sound: Sound<A>) => Partial<Strategy<A>>;

/** The sound strategy with some of its methods replaced. */
function faulty(fault: Fault): StrategyMaker {
  return defineStrategy("faulty", (space, rng) => {
    const sound = new Sound(space, rng);
    return {
      ask: () => sound.ask(),
      tell: (trial) => sound.tell(trial),
      snapshot: () => sound.snapshot(),
      restore: (state) => sound.restore(state),
      ...fault(sound),
    };
  });
}

let shared = 0;

const faults: [what: string, fault: Fault, rule: RegExp][] = [
  [
    "asks for what is not in the space",
    (sound) => ({
      ask: () => ({
        arch: { picks: sound.space.decisions.map(({ options }) => options.length) } as never,
      }),
    }),
    /ask gives a member of the space: it threw "Not an architecture of scenario/,
  ],
  [
    "asks for an architecture with something else in it",
    (sound) => ({ ask: () => ({ arch: { ...sound.ask()!.arch, score: 3 } }) }),
    /ask gives a member of the space: it gave \{"picks":\[.*\],"score":3\}/,
  ],
  [
    "asks for what is not plain data",
    (sound) => ({ ask: () => ({ arch: { ...sound.ask()!.arch, note: undefined } }) }),
    /ask gives a member of the space: it is not plain JSON/,
  ],
  [
    "asks for nothing",
    () => ({ ask: () => undefined }),
    /the first ask gives an architecture/,
  ],
  [
    "throws when it has nothing left",
    (sound) => ({
      ask: () => {
        if (sound.asked >= 4) throw new Error("empty");
        return sound.ask();
      },
    }),
    /ask does not throw: it threw "empty"/,
  ],
  [
    "asks again after it had ended",
    (sound) => ({ ask: () => ++sound.asked % 5 === 0 ? undefined : sound.ask() }),
    /a strategy that has nothing left to try stays so/,
  ],
  [
    "cannot take a failed trial",
    (sound) => ({
      tell: (trial) => {
        if (trial.metrics.value === undefined && trial.status === "failed") {
          throw new Error("no value");
        }
        sound.tell(trial);
      },
    }),
    /tell takes a failed trial: it threw "no value"/,
  ],
  [
    "cannot take a rejected trial",
    (sound) => ({
      tell: (trial) => {
        if (trial.status === "rejected") throw new Error("was never asked");
        sound.tell(trial);
      },
    }),
    /tell takes a rejected trial: it threw "was never asked"/,
  ],
  [
    "knows its architectures by identity",
    (sound) => {
      const mine = new Set<unknown>();
      return {
        ask: () => {
          const proposal = sound.ask();
          mine.add(proposal?.arch);
          return proposal;
        },
        tell: ({ arch }) => {
          if (!mine.has(arch)) throw new Error("not mine");
        },
      };
    },
    /tell takes a \w+ trial: it threw "not mine"/,
  ],
  [
    "draws from elsewhere",
    (sound) => ({
      ask: () => {
        sound.asked++;
        return { arch: sound.space.sample(createRng(crypto.randomUUID())) };
      },
    }),
    /equal seeds ask for equal architectures: ask \d+ gave .* first and .* then/,
  ],
  [
    "shares state between its instances",
    (sound) => ({ ask: () => (sound.asked = shared++, sound.ask()) }),
    /equal seeds ask for equal architectures/,
  ],
  [
    "changes a trial that it was told",
    (sound) => ({
      tell: (trial) => {
        (trial.metrics as { [name: string]: number }).rank = 1;
        sound.tell(trial);
      },
    }),
    /nothing that was asked or told is changed: a trial it was told, .* became /,
  ],
  [
    "changes an architecture that it asked for",
    (sound) => {
      let arch: { picks?: number[] } | undefined;
      return {
        ask: () => {
          arch?.picks?.reverse();
          const next = sound.ask();
          arch = next?.arch as typeof arch;
          return next;
        },
      };
    },
    /nothing that was asked or told is changed: a proposal it made, .* became /,
  ],
  [
    "asks for no whole number of epochs",
    (sound) => ({ ask: () => ({ ...sound.ask()!, epochs: 0.5 }) }),
    /epochs are a positive whole number: it asked for 0\.5/,
  ],
  [
    "names a parent that it was not told of",
    (sound) => ({ ask: () => ({ ...sound.ask()!, parents: [99] }) }),
    /parents are trials that it was told: it named 99/,
  ],
  [
    "saves what is not plain JSON",
    (sound) => {
      const seen = new Map<string, number>();
      return {
        tell: (trial) => (seen.set(trial.key, 1), sound.tell(trial)),
        snapshot: () => ({ ...(sound.snapshot() as Record<string, Json>), seen }) as never,
      };
    },
    /a snapshot is plain JSON/,
  ],
  [
    "cannot be saved",
    () => ({
      snapshot: () => {
        throw new Error("not yet");
      },
    }),
    /snapshot does not throw: it threw "not yet"/,
  ],
  [
    "saves a list that it goes on writing to",
    (sound) => {
      const told: string[] = [];
      return {
        tell: (trial) => (told.push(trial.key), sound.tell(trial)),
        snapshot: () => ({ ...(sound.snapshot() as Record<string, Json>), told }),
      };
    },
    /a snapshot stays as it is: .* became /,
  ],
  [
    "counts its snapshots",
    (sound) => ({
      snapshot: () => {
        const state = sound.snapshot();
        sound.asked++;
        return state;
      },
    }),
    /taking a snapshot changes nothing/,
  ],
  [
    "forgets a part of its state",
    (sound) => ({ snapshot: () => ({ asked: sound.asked, last: null }) }),
    /a restored strategy goes on as if nothing had been/,
  ],
  [
    "draws from a generator that it does not save",
    (sound) => ({
      ask: () => {
        sound.asked++;
        return { arch: sound.space.sample(sound.rng) };
      },
    }),
    /a restored strategy goes on as if nothing had been/,
  ],
  [
    "cannot be restored",
    () => ({
      restore: () => {
        throw new Error("too old");
      },
    }),
    /restore takes a snapshot: it threw "too old"/,
  ],
  [
    "goes on writing to the state it was restored from",
    (sound) => {
      let told: Json[] = [];
      return {
        tell: (trial) => (told.push(trial.key), sound.tell(trial)),
        snapshot: () => ({ ...(sound.snapshot() as Record<string, Json>), told: [...told] }),
        restore: (state) => {
          told = (state as { told: Json[] }).told;
          sound.restore(state);
        },
      };
    },
    /restore keeps the state it is given as it is: .* became /,
  ],
  [
    "adds to what it knows when it is restored",
    (sound) => {
      const seen = new Set<string>();
      return {
        ask: () => {
          while (true) {
            if (BigInt(seen.size) >= sound.space.size) return undefined;
            const arch = sound.space.sample(sound.rng.split(sound.asked++));
            const key = sound.space.encode(arch);
            if (seen.has(key)) continue;
            seen.add(key);
            return { arch };
          }
        },
        snapshot: () => ({ asked: sound.asked, last: null, seen: [...seen] }),
        restore: (state) => {
          sound.restore(state);
          for (const key of (state as { seen: string[] }).seen) seen.add(key);
        },
      };
    },
    /restore goes back to an earlier state of the same strategy/,
  ],
];

for (const [what, fault, rule] of faults) {
  Deno.test(`the contract catches a strategy that ${what}`, async () => {
    const error = await assertRejects(() => strategyContract(faulty(fault)), Error);
    const [first, scenario] = error.message.split("\nScenario: ");
    assertMatch(first!, /^Strategy "faulty" breaks its contract: /);
    assertMatch(first!, rule);
    // The scenario is plain data that has been made small.
    const { options, outcomes } = JSON.parse(scenario!);
    assert(options.length <= 4 && outcomes.length <= 12, scenario);
  });
}

Deno.test("the pieces are sound as long as no fault replaces one", async () => {
  await strategyContract(faulty(() => ({})));
});

Deno.test("a maker without a name is refused", async () => {
  const nameless = Object.assign(adaptive.bind(null), { strategyName: "" }) as StrategyMaker;
  await assertRejects(
    () => strategyContract(nameless),
    Error,
    "Strategy breaks its contract: strategyName must be a text",
  );
  assertThrows(
    () => defineStrategy("", () => ({}) as never),
    TypeError,
    "Cannot define a strategy: strategyName must be a text",
  );
});

Deno.test("goals refuse a metric without a name", () => {
  assertThrows(() => maximize(""), TypeError, "Cannot maximize: metric must be the name");
  assertThrows(() => minimize(undefined as never), TypeError, "Cannot minimize: metric must be");
});

Deno.test("isPlainJson() tells what JSON keeps from what it does not", () => {
  for (const value of [null, 1, "a", true, [], {}, [1, [{ a: null }]], Object.create(null)]) {
    assertEquals(isPlainJson(value), true);
  }
  const kept = [undefined, NaN, Infinity, 1n, () => 1, new Map(), new Date(), [undefined], [, 1]];
  for (const value of [...kept, { a: undefined }, { a: [NaN] }, new Uint8Array(1), Symbol()]) {
    assertEquals(isPlainJson(value), false);
  }
});
