import type { Rng } from "../engine/rng.ts";
import { changesBetween, type Made, madeBy } from "./contract/made.ts";
import type { SearchSpace } from "./space.ts";

/** Options of {@linkcode subspace}. */
export interface SubspaceOptions {
  /** What is added to the space's name, which tells the two apart. */
  readonly name: string;
}

/** How often a random child is drawn again that is not a member. */
const draws = 50;

/**
 * The part of a space that holds some of its architectures, such as those a table knows. Samples,
 * neighbours, mutants and children stay within; choices and texts of other architectures are
 * refused.
 *
 * What `allowed` gives leads to members. Which of them are near each other is told by the decisions of
 * the whole space, whether the members leave one open or not. Neighbours are those of the whole space
 * that are members: where members are few there may be none. A mutant is one of the members that differ
 * from its parent in as few decisions as any does, each as likely: in one where there are neighbours. A
 * child, and a mutant at a rate, is drawn until it is a member, 50 times at most; then it is a parent.
 *
 * ({@linkcode spaceContract} takes a decision that members leave no option for one that is not made, so
 * that the neighbours and mutants of few members do not pass it.)
 *
 * @param space The whole space.
 * @param members Architectures of it, each counted once.
 * @throws {RangeError} When there are no members, or one is not an architecture of the space.
 *
 * @example Cells without pooling
 * ```ts
 * import { createRng, nasBench201, subspace } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const whole = nasBench201();
 * const members = [...whole.enumerate()].filter((arch) => !arch.includes("avg_pool_3x3"));
 * const space = subspace(whole, members, { name: "no pooling" });
 * assertEquals(space.size, 4n ** 6n);
 * const rng = createRng("nas");
 * assert(!space.mutate(space.sample(rng), rng).includes("avg_pool_3x3"));
 * ```
 */
export function subspace<A>(
  space: SearchSpace<A>,
  members: Iterable<A>,
  { name }: SubspaceOptions,
): SearchSpace<A> {
  const fullName = `${space.name}, ${name}`;
  const byKey = new Map<string, readonly number[]>();
  for (const arch of members) {
    const choices = space.toChoices(arch);
    byKey.set(choices.join(), choices);
  }
  if (byKey.size === 0) throw new RangeError(`Cannot make subspace "${name}": it has no members`);
  const all = [...byKey.values()];

  const isMember = (arch: A) => byKey.has(space.toChoices(arch).join());
  const check = (arch: A): A => {
    if (isMember(arch)) return arch;
    throw new RangeError(`Not an architecture of ${fullName}: ${space.encode(arch)}`);
  };
  const drawMember = (draw: () => A, otherwise: A): A => {
    for (let i = 0; i < draws; i++) {
      const arch = draw();
      if (isMember(arch)) return arch;
    }
    return otherwise;
  };
  let made: readonly Made[] | undefined;
  // Evolution asks for the same ones again and again.
  const nearestBy = new Map<string, readonly (readonly number[])[]>();
  const nearestTo = (arch: A): readonly (readonly number[])[] => {
    made ??= all.map((choices) => madeBy(space, space.fromChoices(choices)));
    const own = madeBy(space, arch);
    let least = Infinity;
    let near: (readonly number[])[] = [];
    for (const other of made) {
      const changes = changesBetween(own, other);
      if (changes === 0 || changes > least) continue;
      if (changes < least) [least, near] = [changes, []];
      near.push(other.choices);
    }
    return near;
  };
  const nearest = (arch: A, rng: Rng): A => {
    if (all.length === 1) {
      throw new RangeError(`Cannot mutate: ${fullName} has a single architecture`);
    }
    const key = space.toChoices(arch).join();
    const near = nearestBy.get(key) ?? nearestTo(arch);
    nearestBy.set(key, near);
    return space.fromChoices(rng.pick(near));
  };

  let sorted: readonly (readonly number[])[] | undefined;
  let options: ReadonlyMap<string, readonly number[]> | undefined;
  const { chain, paths, network } = space;

  return {
    name: fullName,
    decisions: space.decisions,
    size: BigInt(all.length),
    allowed: (prefix) => {
      options ??= optionsOf(all);
      const found = options.get(prefix.join());
      if (found !== undefined) return found;
      space.allowed(prefix); // refuses more choices than there are
      throw new RangeError(`No architecture of ${fullName} begins with the choices [${prefix}]`);
    },
    fromChoices: (choices) => check(space.fromChoices(choices)),
    toChoices: (arch) => space.toChoices(check(arch)),
    sample: (rng) => space.fromChoices(rng.pick(all)),
    *enumerate() {
      sorted ??= all.toSorted(compareChoices);
      for (const choices of sorted) yield space.fromChoices(choices);
    },
    *neighbours(arch) {
      for (const other of space.neighbours(check(arch))) if (isMember(other)) yield other;
    },
    mutate: (arch, rng, rate) =>
      rate === undefined
        ? nearest(check(arch), rng)
        : drawMember(() => space.mutate(check(arch), rng, rate), arch),
    crossover: (a, b, rng) =>
      drawMember(() => space.crossover(check(a), check(b), rng), rng() < 0.5 ? a : b),
    encode: (arch) => space.encode(arch),
    decode: (text) => {
      const arch = space.decode(text);
      if (isMember(arch)) return arch;
      throw new SyntaxError(`Cannot decode "${text}": it is not in ${fullName}`);
    },
    lower: (arch) => space.lower(arch),
    ...(chain === undefined ? {} : { chain }),
    ...(paths === undefined ? {} : { paths }),
    ...(network === undefined ? {} : { network }),
  };
}

/** The order in which a space enumerates: by the first choice in which two differ. */
function compareChoices(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((choice, i) => choice !== b[i]);
  return (a[i] ?? 0) - (b[i] ?? 0);
}

/** By the choices before it, the options of the next decision that lead to a member. */
function optionsOf(members: readonly (readonly number[])[]): Map<string, readonly number[]> {
  const options = new Map<string, Set<number>>();
  for (const choices of members) {
    choices.forEach((choice, i) => {
      const prefix = choices.slice(0, i).join();
      const known = options.get(prefix) ?? new Set();
      options.set(prefix, known.add(choice));
    });
  }
  return new Map([...options].map(([prefix, set]) => [prefix, [...set].sort((a, b) => a - b)]));
}
