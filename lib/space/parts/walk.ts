import type { Rng } from "../../engine/rng.ts";
import type { Decision } from "../space.ts";
import { firstNumbers, type Part, weighted } from "./part.ts";

/** Decisions each of which depends on those before it. */
export interface WalkOptions<S> {
  /** The decisions in order. */
  readonly decisions: readonly Decision[];
  /** All that matters before the first decision: plain JSON. */
  readonly start: S;
  /**
   * All that matters after a choice at a decision, given what mattered before it; `undefined` when
   * that option may not be taken. Equal JSON means that the same may follow.
   */
  readonly next: (state: S, choice: number, decision: number) => S | undefined;
}

/** A state at a decision with all that can follow. */
interface Place {
  readonly size: bigint;
  readonly allowed: readonly number[];
  /** By option; `undefined` where it may not be taken or leads nowhere. */
  readonly next: readonly (Place | undefined)[];
  readonly draw: (rng: Rng) => number;
}

/**
 * A walk through states, one step a decision: which options a decision has depends on the state, and
 * the option taken leads to the next. Its values are the names of the options taken. What matters
 * of the past must fit into a state of which there are few, because all reachable ones are made, once
 * each; the number of walks is counted over them by dynamic programming, and may be astronomical.
 *
 * @throws {RangeError} When no walk reaches the end, or a decision has no or equal options.
 *
 * @example Paths on a grid of three levels, a step up or down at a time
 * ```ts
 * import { walk } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const levels = ["high", "middle", "low"];
 * const path = walk({
 *   decisions: [1, 2, 3].map((layer) => ({ name: `layer ${layer}`, options: levels })),
 *   start: 0,
 *   next: (level, to) => Math.abs(to - level) <= 1 ? to : undefined,
 * });
 * assertEquals(path.size, 12n);
 * assertEquals(path.read([1, 2, 2], 0), ["middle", "low", "low"]);
 * assertEquals(path.allowed([0], 0), [0, 1]);
 * ```
 */
export function walk<S>(
  { decisions, start, next }: WalkOptions<S>,
): Part<readonly string[]> {
  const counts = decisions.map(({ name, options }) => {
    if (options.length === 0 || new Set(options).size < options.length) {
      throw new RangeError(
        `Cannot make a walk: decision "${name}" needs different options, got ${
          JSON.stringify(options)
        }`,
      );
    }
    return options.length;
  });
  const places = counts.map(() => new Map<string, Place | undefined>());
  const end: Place = { size: 1n, allowed: [], next: [], draw: () => 0 };
  // The places behind are made before the one that leads to them, or not at all.
  const placeOf = (state: S, decision: number): Place | undefined => {
    if (decision === counts.length) return end;
    const known = places[decision] as Map<string, Place | undefined>;
    const key = JSON.stringify(state);
    if (known.has(key)) return known.get(key);
    const following = firstNumbers(counts[decision] as number).map((option) => {
      const after = next(state, option, decision);
      return after === undefined ? undefined : placeOf(after, decision + 1);
    });
    const place = makePlace(following);
    known.set(key, place);
    return place;
  };
  const first = placeOf(start, 0);
  if (first === undefined) {
    throw new RangeError("Cannot make a walk: from the start no choices lead to the end");
  }
  return {
    size: first.size,
    decisions,
    allowed: (choices, from) => {
      let place = first;
      for (let i = from; i < choices.length; i++) {
        const option = choices[i] as number;
        const after = place.next[option];
        if (after === undefined) return [];
        place = after;
      }
      return place.allowed;
    },
    draw: (rng, choices) => {
      let place = first;
      while (place !== end) {
        const option = place.draw(rng);
        choices.push(option);
        place = place.next[option] as Place;
      }
    },
    read: (choices, from) =>
      decisions.map(({ options }, i) => options[choices[from + i] as number] as string),
    write: (names, choices) => {
      if (!Array.isArray(names) || names.length !== decisions.length) {
        throw new TypeError(
          `must be an array of ${decisions.length}, got ${JSON.stringify(names)}`,
        );
      }
      let place = first;
      decisions.forEach(({ name, options }, i) => {
        const option = options.indexOf(names[i] as string);
        const after = place.next[option];
        if (after === undefined) {
          const may = place.allowed.map((each) => options[each]).join(", ");
          throw new TypeError(`${name} must be one of ${may}, got ${JSON.stringify(names[i])}`);
        }
        choices.push(option);
        place = after;
      });
    },
  };
}

function makePlace(following: readonly (Place | undefined)[]): Place | undefined {
  const allowed = following.flatMap((place, option) => place === undefined ? [] : [option]);
  if (allowed.length === 0) return undefined;
  const sizes = allowed.map((option) => (following[option] as Place).size);
  const drawOne = weighted(sizes);
  return {
    size: sizes.reduce((sum, size) => sum + size, 0n),
    allowed,
    next: following,
    draw: (rng) => allowed[allowed.length === 1 ? 0 : drawOne(rng)] as number,
  };
}
