/** All that a run measured, and how it is shown. */
import { type EngineInfo, engineInfo } from "naskit/engine/mod.ts";
import { say } from "../../tools/support/process.ts";
import { type Row, tableText } from "./row.ts";
import type { TorchInfo } from "./torch.ts";

/** Where it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly deno: string;
  readonly v8: string;
}

/** What a figure of the goals is about. */
export interface Detail {
  readonly what: string;
  /** The repeats and whatever else was seen on the way. */
  readonly [name: string]: unknown;
}

/** All that a run measured. */
export interface Report {
  readonly machine: Machine;
  readonly engine: EngineInfo;
  /** `null` without PyTorch. */
  readonly torch: TorchInfo | null;
  readonly quick: boolean;
  /** Means over 1, 5 and 15 minutes of the processes that want to run, ours among them at the end. */
  readonly load: { readonly before: readonly number[]; after: readonly number[] };
  readonly rows: Row[];
  /** By the name of the row. */
  readonly details: Record<string, Detail>;
  /** What was not measured, and why. */
  readonly missing: { readonly name: string; readonly reason: string }[];
  readonly kernels: object[];
  readonly networks: object[];
  readonly proxies: object[];
}

/** A report of nothing yet. */
export function emptyReport(torch: TorchInfo | null, quick: boolean): Report {
  return {
    machine: {
      cpu: cpuName(),
      cores: navigator.hardwareConcurrency,
      system: Deno.build.target,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
    },
    engine: engineInfo(),
    torch,
    quick,
    load: { before: Deno.loadavg(), after: [] },
    rows: [],
    details: {},
    missing: [],
    kernels: [],
    networks: [],
    proxies: [],
  };
}

/** Prints where it is measured. */
export function sayHead({ machine, engine, torch, load }: Report): void {
  const { cpu, cores, deno } = machine;
  say(`${cpu}, ${cores} cores, load ${loadText(load.before)}`);
  say(`naskit: Deno ${deno}, ${engine.simd} SIMD, 1 thread`);
  if (torch === null) return;
  const { version, capability, threads } = torch;
  say(`PyTorch ${version}: ${capability}, ${threads} thread${threads === 1 ? "" : "s"}`);
}

/** Prints a figure as soon as it is there. */
export function sayRow({ name, ours, peer, unit, ratio }: Row): void {
  const beside = peer === null ? "" : `, beside ${peer.toPrecision(3)}`;
  say(
    `  ${name}: ${ours.toPrecision(3)} ${unit}${beside}` +
      (ratio === null ? "" : `, ratio ${ratio.toFixed(2)}`),
  );
}

/** Prints the figures of the goals. */
export function sayGoals({ rows, details, missing, load }: Report): void {
  if (rows.length > 0) {
    say(
      "\nFigures of the goals; ratio: how many times better ours is, the median of the repeats\n",
    );
    const body = rows.map((row) => [
      row.name,
      row.ours.toPrecision(3),
      row.peer?.toPrecision(3) ?? "-",
      row.unit,
      row.ratio?.toFixed(2) ?? "-",
      String(row.repeats),
    ]);
    const head = ["name", "ours", "peer", "unit", "ratio", "repeats"];
    for (const line of tableText(head, body, "lrrlrr")) say(`  ${line}`);
    say();
    for (const { name } of rows) say(`  ${name}: ${details[name]?.what}`);
  }
  if (missing.length > 0) say();
  for (const { name, reason } of missing) say(`  not measured: ${name}: ${reason}`);
  say(`\nload ${loadText(load.before)} before, ${loadText(load.after)} after`);
}

function loadText(load: readonly number[]): string {
  return load.map((each) => each.toFixed(2)).join(" ");
}

function cpuName(): string {
  try {
    const name = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
    return name ?? Deno.build.arch;
  } catch {
    return Deno.build.arch; // only Linux has that file
  }
}
