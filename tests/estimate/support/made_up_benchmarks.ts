import { createRng } from "naskit/engine/rng.ts";
import { nasBench201, nasBenchMacro } from "naskit/space/mod.ts";

/** Columns of an accuracy that a made-up NAS-Bench-201 has. */
export const accuracyColumns = [
  "c10valid_valid_acc_12ep",
  "c10_test_acc_12ep",
  "c10_test_acc_200ep",
  "c100_valid_acc_12ep",
  "c100_test_acc_12ep",
  "c100_test_acc_200ep",
] as const;

/** A NAS-Bench-201 of drawn numbers as CSV, in random order, with times of CIFAR-100 alone. */
export function madeUp201(): string {
  const rng = createRng("made-up 201");
  const space = nasBench201();
  const rows = rng.shuffle([...space.enumerate()]).map((arch, index) => {
    const accuracies = accuracyColumns.map(() => (rng.int(1_000_000) / 10_000).toString());
    return [index, space.encode(arch), "extra", ...accuracies, rng.int(500)].join(",");
  });
  return [`index,arch,note,${accuracyColumns.join(",")},c100_seconds_12ep`, ...rows, ""].join("\n");
}

/** The entry of a network in NAS-Bench-Macro's JSON. */
export interface MacroEntry {
  readonly test_acc: readonly number[];
  readonly params: number;
  readonly flops: number;
}

/** A NAS-Bench-Macro of drawn numbers. */
export function madeUpMacro(): Record<string, MacroEntry> {
  const rng = createRng("made-up macro");
  const space = nasBenchMacro();
  return Object.fromEntries([...space.enumerate()].map((arch) => [space.encode(arch), {
    test_acc: [0, 1, 2].map(() => rng.int(10_000) / 100),
    params: 1 + rng.int(1_000_000),
    flops: 1 + rng.int(100_000_000),
  }]));
}

/** A file with this text, for the time of a test. */
export async function withFile(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}
