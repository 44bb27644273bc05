import { assert } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import type { Proxy } from "naskit/proxy/mod.ts";
import { type Fixture, loadFixture } from "../../support/fixture.ts";

/** The networks with fixed weights, a batch, and the scores that an independent program gives them. */
export const fixtureNames = ["all_conv", "mixed", "sparse"] as const;

/** Reads one of them. The caller owns the model. */
export function fixture(name: string): Promise<Fixture> {
  return loadFixture(new URL(`../../fixtures/nasbench201/${name}.json`, import.meta.url));
}

/** Checks a proxy against the fixtures' value of this name. */
export async function assertFixtures(
  proxy: Proxy,
  value: string,
  { relative = 1e-3 }: { readonly relative?: number } = {},
): Promise<void> {
  for (const name of fixtureNames) {
    const { model, batch, expected } = await fixture(name);
    const score = await proxy.score(model, batch, createRng("unused"));
    model.dispose();
    const wanted = expected[value] as number;
    const error = Math.abs(score - wanted) / Math.abs(wanted);
    assert(error <= relative, `${name}: ${proxy.name} is ${score}, not ${wanted}: off by ${error}`);
  }
}
