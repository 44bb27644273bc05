/** Timing ours and peers in turns, so that what disturbs the machine disturbs all of them. */
import { median, type Repeats } from "./row.ts";

/** Work that can be timed. */
export interface Runner {
  /** Does the work `times` times; the milliseconds of each. */
  time(times: number): Promise<readonly number[]>;
}

/** How often to time. */
export interface AlternateOptions {
  /** Rounds in which each has its turn. */
  readonly repeats: number;
  /** The most runs in a turn, whose minimum counts. */
  readonly runs: number;
  /** Seconds for which ours runs before anything counts, until V8 has its best code ready. */
  readonly warmUp: number;
}

/** Times our work and the peers', turn by turn. */
export async function alternate(
  ours: Runner,
  peers: Readonly<Record<string, Runner>>,
  { repeats, runs, warmUp }: AlternateOptions,
): Promise<Repeats> {
  const all = Object.entries(peers);
  const warm: number[] = [];
  const until = performance.now() + 1000 * warmUp;
  do warm.push(...await ours.time(1)); while (performance.now() < until);
  let slowest = warm.at(-1) as number;
  for (const [, peer] of all) {
    const [first] = await peer.time(1) as [number];
    slowest = Math.max(slowest, first > slow ? first : median(await peer.time(2)));
  }
  // The same number for all: the minimum of more runs is lower.
  const times = runsPerTurn(slowest, runs);
  const measured: Repeats & { ours: number[]; peers: Record<string, number[]> } = {
    ours: [],
    peers: Object.fromEntries(all.map(([name]) => [name, []])),
  };
  for (let i = 0; i < repeats; i++) {
    measured.ours.push(Math.min(...await ours.time(times)));
    for (const [name, peer] of all) {
      measured.peers[name]?.push(Math.min(...await peer.time(times)));
    }
  }
  return measured;
}

/** Milliseconds from which work is slow: one run of it says enough. */
const slow = 400;

/** Runs in a turn for work of so many milliseconds: turns of about 0.2 s, of two runs or more. */
export function runsPerTurn(milliseconds: number, most: number): number {
  const least = milliseconds > slow ? 1 : 2;
  return Math.min(most, Math.max(least, Math.ceil(200 / milliseconds)));
}

/** Our own work as something to time. */
export function runner(run: () => unknown): Runner {
  return {
    time: async (times) => {
      const milliseconds: number[] = [];
      for (let i = 0; i < times; i++) {
        const start = performance.now();
        await run();
        milliseconds.push(performance.now() - start);
      }
      return milliseconds;
    },
  };
}
