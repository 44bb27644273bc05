/** Random trees of parts, each with its values listed by another way of counting. */
import type fc from "fast-check";
import {
  choice,
  mapped,
  oneOf,
  type Part,
  product,
  repeat,
  subset,
  walk,
} from "naskit/space/mod.ts";

/** A part and all its values as JSON, made without the part. */
export interface Tree {
  readonly part: Part<unknown>;
  readonly values: readonly string[];
}

/** Trees with at most `most` values. */
export function trees(check: typeof fc, most = 60): fc.Arbitrary<Tree> {
  const { tree } = check.letrec<{ tree: Tree; leaf: Tree }>((tie) => ({
    leaf: check.oneof(choices(check), subsets(check), walks(check)),
    tree: check.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      check.array(tie("tree"), { minLength: 1, maxLength: 3 }).map(list),
      check.array(tie("tree"), { minLength: 1, maxLength: 3 }).map(record),
      check.array(tie("tree"), { minLength: 1, maxLength: 3 }).map(alternatives),
      check.tuple(tie("tree"), check.uniqueArray(check.nat(3), { minLength: 1, maxLength: 3 }))
        .map(([one, counts]) => repeated(one, counts.sort())),
      tie("tree").map(wrapped),
    ),
  }));
  return tree.filter(({ values }) => values.length <= most);
}

function choices(check: typeof fc): fc.Arbitrary<Tree> {
  return check.integer({ min: 1, max: 4 }).map((count) => {
    const options = Array.from({ length: count }, (_, i) => i % 2 === 0 ? i : `option ${i}`);
    return { part: choice(options), values: options.map((each) => JSON.stringify(each)) };
  });
}

function subsets(check: typeof fc): fc.Arbitrary<Tree> {
  const count = check.integer({ min: 1, max: 4 });
  return check.tuple(count, check.uniqueArray(check.nat(4), { minLength: 1, maxLength: 3 }))
    .filter(([count, sizes]) => sizes.every((size) => size <= count))
    .map(([count, sizes]) => {
      const options = "abcd".slice(0, count).split("");
      const values = Array.from(
        { length: 2 ** count },
        (_, bits) => options.filter((_, i) => (bits >> i) % 2 === 1),
      ).filter(({ length }) => sizes.includes(length));
      return { part: subset(options, { sizes }), values: values.map((one) => JSON.stringify(one)) };
    });
}

/** Steps with no more than a sum: not all options lead to the end, and some states meet. */
function walks(check: typeof fc): fc.Arbitrary<Tree> {
  return check.tuple(check.integer({ min: 1, max: 4 }), check.integer({ min: 0, max: 4 }))
    .map(([length, sum]) => {
      const options = ["0", "1", "2"];
      const part = walk({
        decisions: Array.from({ length }, (_, i) => ({ name: `step ${i}`, options })),
        start: 0,
        next: (before, step, at) => {
          const after = before + step;
          // The last step must make the sum even.
          return after <= sum && (at < length - 1 || after % 2 === 0) ? after : undefined;
        },
      });
      const lists = Array.from(
        { length: 3 ** length },
        (_, n) => n.toString(3).padStart(length, "0").split(""),
      ).filter((steps) => {
        const total = steps.reduce((a, b) => a + Number(b), 0);
        return total <= sum && total % 2 === 0;
      });
      return { part, values: lists.map((steps) => JSON.stringify(steps)) };
    });
}

/** Larger trees than this are cut down before their values are listed. */
const limit = 400;

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>(
    (fronts, list) => fronts.flatMap((front) => list.map((each) => [...front, each])),
    [[]],
  );
}

function list(all: readonly Tree[]): Tree {
  const members = withinLimit(all);
  return {
    part: product(members.map(({ part }) => part)),
    values: combinations(members.map(({ values }) => values)).map((each) => `[${each.join(",")}]`),
  };
}

function record(all: readonly Tree[]): Tree {
  const members = withinLimit(all);
  return {
    part: product(Object.fromEntries(members.map(({ part }, i) => [`key${i}`, part]))),
    values: combinations(members.map(({ values }) => values)).map((each) =>
      `{${each.map((value, i) => `"key${i}":${value}`).join(",")}}`
    ),
  };
}

/** The first trees whose combinations are few enough. */
function withinLimit(all: readonly Tree[]): readonly Tree[] {
  let product = 1;
  return all.filter(({ values }, i) => (product *= values.length) <= limit || i === 0);
}

function alternatives(members: readonly Tree[]): Tree {
  return {
    part: oneOf(Object.fromEntries(members.map(({ part }, i) => [`kind${i}`, part]))),
    values: members.flatMap(({ values }, i) =>
      values.map((value) => `{"kind":"kind${i}","value":${value}}`)
    ),
  };
}

function repeated({ part, values }: Tree, all: readonly number[]): Tree {
  const few = all.filter((count) => values.length ** count <= limit);
  const counts = few.length > 0 ? few : [1];
  return {
    part: repeat(part, { counts }),
    values: counts.flatMap((count) =>
      combinations(Array<readonly string[]>(count).fill(values)).map((each) =>
        `[${each.join(",")}]`
      )
    ),
  };
}

function wrapped({ part, values }: Tree): Tree {
  return {
    part: mapped(part, {
      from: (value) => ({ inside: value }),
      to: (value) => (value as { inside: unknown }).inside,
    }),
    values: values.map((value) => `{"inside":${value}}`),
  };
}
