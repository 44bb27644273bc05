import type { Supernet } from "./supernet.ts";

/** What options that hand on their input are called in the spaces of the kit. */
const skipNames: ReadonlySet<string> = new Set(["skip_connect", "identity", "skip"]);

/** An option of a choice. */
interface Taken {
  readonly choice: string;
  readonly place: number;
}

/**
 * How many skip connections an architecture has: in the normal cell where there are also reduction cells, which
 * published limits leave alone.
 *
 * @param supernet A supernet.
 * @param arch One of its architectures.
 *
 * @example
 * ```ts
 * import { countSkips, nasBench201, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const arch = space.decode("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|");
 * assertEquals(countSkips(supernetOf(space), arch), 2);
 * ```
 */
export function countSkips<A>(supernet: Supernet<A>, arch: A): number {
  return skipsOf(supernet, arch).length;
}

function skipsOf<A>({ choices, pathOf }: Supernet<A>, arch: A): Taken[] {
  const path = pathOf(arch);
  return choices.flatMap(({ name: choice, options }) => {
    const place = path.get(choice) ?? -1;
    const counts = skipNames.has(options[place] ?? "") && !choice.startsWith("reduce ");
    return counts ? [{ choice, place }] : [];
  });
}

/**
 * The architecture that weights of the options stand for, with so many skip connections at most: as long as there
 * are more, the one of the least weight is out (Chen et al. 2019). Where there is nothing else to be had they stay.
 */
export function archWithin<A>(
  supernet: Supernet<A>,
  weights: ReadonlyMap<string, ArrayLike<number>>,
  limit = Infinity,
): A {
  const left = new Map([...weights].map(([choice, each]) => [choice, Float64Array.from(each)]));
  const weightOf = ({ choice, place }: Taken) => left.get(choice)?.[place] ?? 0;
  for (;;) {
    const arch = supernet.archOf(left), skips = skipsOf(supernet, arch);
    const [weakest] = skips.filter((skip) => weightOf(skip) > 0)
      .sort((a, b) => weightOf(a) - weightOf(b));
    if (skips.length <= limit || weakest === undefined) return arch;
    (left.get(weakest.choice) as Float64Array)[weakest.place] = 0;
  }
}
