import { GraphBuilder } from "naskit/graph/mod.ts";

/** What PyTorch does; see the fixture's README. */
export interface TrainingFixture {
  readonly images: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
  readonly others: readonly (readonly number[])[];
  readonly start: { readonly weight: readonly number[]; readonly bias: readonly number[] };
  readonly runs: { readonly [name: string]: FixtureRun };
  readonly schedules: { readonly [name: string]: readonly number[] };
}

/** Twenty steps. */
export interface FixtureRun {
  readonly losses: readonly number[];
  readonly weight: readonly number[];
  readonly bias: readonly number[];
  readonly norms?: readonly number[];
}

/** Reads the fixture. */
export async function trainingFixture(): Promise<TrainingFixture> {
  const file = new URL("../../fixtures/training/training.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(file));
}

/** The fixture's network. */
export function softmaxRegression() {
  const net = new GraphBuilder([1, 1, 6]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  return net.build(net.add("fc", { op: "linear", features: 3 }, flat));
}
