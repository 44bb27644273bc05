/** What it takes to know what many networks cost. */
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { mobileNetwork, mobileSkeletons, nasBench201, spaceCosts } from "naskit/space/mod.ts";
import { checkEqual } from "./networks.ts";
import type { Repeats } from "./row.ts";

/** How many networks are drawn in a repeat. */
export const sampled = 20_000;

/** Milliseconds to draw networks of Once-for-All's space and cost each, with nothing known before. */
export function measureSampling(repeats: number): Repeats {
  const space = mobileNetwork({
    skeleton: mobileSkeletons.ofaMobileNetV3,
    resolutions: Array.from({ length: 25 }, (_, i) => 128 + 4 * i),
    classes: 1000,
  });
  const rng = createRng("sampling");
  const check = spaceCosts(space);
  for (let i = 0; i < 100; i++) {
    const arch = space.sample(rng);
    const { nodes: _, ...totals } = cost(space.lower(arch));
    checkEqual("space-sample-cost", Object.values(check(arch)), Object.values(totals));
  }
  return measured(repeats, () => {
    const costsOf = spaceCosts(space);
    for (let i = 0; i < sampled; i++) costsOf(space.sample(rng));
  });
}

/** Milliseconds to enumerate all NAS-Bench-201 cells and cost each, with nothing known before. */
export function measureEnumeration(repeats: number): Repeats {
  const space = nasBench201();
  return measured(repeats, () => {
    const costsOf = spaceCosts(space);
    for (const arch of space.enumerate()) costsOf(arch);
  });
}

function measured(repeats: number, run: () => void): Repeats {
  run();
  const ours = Array.from({ length: repeats }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return { ours, peers: {} };
}
