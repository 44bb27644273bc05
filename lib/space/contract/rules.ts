import type { Rng } from "../../engine/rng.ts";
import { cost } from "../../cost/cost.ts";
import { inferShapes } from "../../graph/infer.ts";
import { lowerChain } from "../blocks.ts";
import type { SearchSpace } from "../space.ts";
import { spaceCosts } from "../space_costs.ts";
import { same } from "./failure.ts";
import { changesBetween, type Made, madeBy } from "./made.ts";

/** A rule that holds for any two architectures and any generator. */
export type Rule<A> = [name: string, holds: (a: A, b: A, rng: Rng) => boolean];

/** Neighbours that are looked at in a space where there may be astronomically many. */
const mostNeighbours = 500;

/** The promises of a space that can be tried on one or two architectures. */
export function rules<A>(space: SearchSpace<A>): Rule<A>[] {
  return [...memberRules(space), ...variationRules(space), ...graphRules(space)];
}

function memberRules<A>(space: SearchSpace<A>): Rule<A>[] {
  const isMember = membership(space);
  return [
    ["an architecture is plain JSON", (a) => same(JSON.parse(JSON.stringify(a)), a)],
    ["fromChoices undoes toChoices", isMember],
    ["allowed gives options of the decision, in increasing order", (a) => {
      const choices = space.toChoices(a);
      return space.decisions.every(({ options }, i) => {
        const may = space.allowed(choices.slice(0, i));
        return may.includes(choices[i] as number) &&
          may.every((option, at) =>
            Number.isInteger(option) && option < options.length &&
            option > (at === 0 ? -1 : may[at - 1] as number)
          );
      });
    }],
    ["decode undoes encode", (a) => same(space.decode(space.encode(a)), a)],
    [
      "encode tells architectures apart",
      (a, b) => same(a, b) === (space.encode(a) === space.encode(b)),
    ],
    ["sample gives a member", (_a, _b, rng) => isMember(space.sample(rng))],
    [
      "sample is determined by the seed",
      (_a, _b, rng) => same(space.sample(rng.split("s")), space.sample(rng.split("s"))),
    ],
  ];
}

function variationRules<A>(space: SearchSpace<A>): Rule<A>[] {
  const isMember = membership(space);
  const made = (arch: A) => madeBy(space, arch);
  const single = space.size === 1n;
  return [
    [
      "mutate changes exactly one decision, beside those whose choice is no longer allowed",
      (a, _b, rng) => single || isMutant(space, a, space.mutate(a, rng)),
    ],
    ["mutate at rate 0 changes nothing", (a, _b, rng) => same(space.mutate(a, rng, 0), a)],
    ["mutate at a rate gives a member", (a, _b, rng) => isMember(space.mutate(a, rng, 0.5))],
    [
      "mutate and crossover leave the parents as they were",
      (a, b, rng) => {
        const before = JSON.stringify([a, b]);
        if (!single) space.mutate(a, rng);
        space.crossover(a, b, rng);
        return JSON.stringify([a, b]) === before;
      },
    ],
    [
      "crossover takes each decision from a parent that makes it, where it may",
      (a, b, rng) => {
        const child = space.crossover(a, b, rng);
        return isMember(child) && isChild(space, made(child), [made(a), made(b)]);
      },
    ],
    [
      "neighbours are the members that differ in one decision, each once",
      (a) => {
        const own = made(a);
        const all = few(space.neighbours(a));
        return all.every((other) => isMember(other) && changesBetween(own, made(other)) === 1) &&
          new Set(all.map((other) => space.encode(other))).size === all.length;
      },
    ],
    [
      "an architecture is a neighbour of its neighbours",
      (a, _b, rng) => {
        const all = few(space.neighbours(a));
        if (all.length === 0) return true;
        const key = space.encode(a);
        const back = few(space.neighbours(rng.pick(all)));
        return back.length === mostNeighbours || back.some((each) => space.encode(each) === key);
      },
    ],
  ];
}

function graphRules<A>(space: SearchSpace<A>): Rule<A>[] {
  const { chain } = space;
  const costsOf = spaceCosts(space);
  return [
    ["lower gives a valid graph", (a) => inferShapes(space.lower(a)).size > 0],
    [
      "lower is a function of the architecture",
      (a) => same(space.lower(a), space.lower(structuredClone(a))),
    ],
    [
      "a graph is plain JSON",
      (a) => same(JSON.parse(JSON.stringify(space.lower(a))), space.lower(a)),
    ],
    [
      "chain gives the blocks of the same graph",
      (a) => chain === undefined || same(lowerChain(chain(a)), space.lower(a)),
    ],
    [
      "blocks of a chain have different names",
      (a) => {
        const names = chain?.(a).blocks.map(({ name }) => name) ?? [];
        return new Set(names).size === names.length;
      },
    ],
    [
      "what a network costs follows from its blocks",
      (a) => {
        const { nodes: _, ...totals } = cost(space.lower(a));
        return chain === undefined || same(costsOf(a), totals);
      },
    ],
  ];
}

function membership<A>(space: SearchSpace<A>): (arch: A) => boolean {
  return (arch) => same(space.fromChoices(space.toChoices(arch)), arch);
}

/** Whether one decision changed, and others only where their choice is not allowed behind it. */
function isMutant<A>(space: SearchSpace<A>, parent: A, mutant: A): boolean {
  const [before, after] = [madeBy(space, parent), madeBy(space, mutant)];
  const first = before.choices.findIndex((choice, i) => choice !== after.choices[i]);
  return first >= 0 &&
    before.choices.every((choice, i) =>
      i <= first || choice === after.choices[i] || !before.made[i] || !after.made[i] ||
      !space.allowed(after.choices.slice(0, i)).includes(choice)
    );
}

function isChild<A>(space: SearchSpace<A>, child: Made, parents: readonly Made[]): boolean {
  return child.choices.every((choice, i) => {
    if (!child.made[i]) return true;
    const may = space.allowed(child.choices.slice(0, i));
    const givers = parents.filter((parent) =>
      parent.made[i] && may.includes(parent.choices[i] as number)
    );
    return givers.length === 0 || givers.some((parent) => parent.choices[i] === choice);
  });
}

function few<A>(all: Iterable<A>): A[] {
  const first: A[] = [];
  for (const each of all) {
    if (first.push(each) === mostNeighbours) break;
  }
  return first;
}
