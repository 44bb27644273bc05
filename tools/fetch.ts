/** `./naskit fetch`: gets published tables that the kit does not come with, or checks a copy. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nasBench201Table, nasBenchMacroTable } from "naskit/estimate/mod.ts";
import { root } from "./support/paths.ts";
import { say, UserError } from "./support/process.ts";

/** A published table. */
interface Published {
  readonly title: string;
  readonly paper: string;
  readonly licence: string;
  /** Where its file can be had as it is; absent where no such place is known. */
  readonly address?: string;
  /** What to do where there is no address. */
  readonly advice?: string;
  /** The name under which the loader finds it. */
  readonly file: string;
  /** SHA-256 of all of its values, rounded, in a fixed order. */
  readonly digest: string;
  /** Reads a file as the loader does and gives its values, in ten thousandths of a percent. */
  readonly valuesOf: (path: string) => Promise<number[]>;
}

const published: Readonly<Record<string, Published>> = {
  "nas-bench-macro": {
    title: "NAS-Bench-Macro: 6,561 networks, three trainings each on CIFAR-10",
    paper: "Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search, CVPR 2021",
    licence: "Apache-2.0",
    address: "https://raw.githubusercontent.com/xiusu/NAS-Bench-Macro/master/data/" +
      "nas-bench-macro_cifar10.json",
    file: "nas-bench-macro_cifar10.json",
    digest: "7c7136ebbfea8ccfe4e45094cd34ef7604089032fc661d93ef4e36dae47188db",
    valuesOf: async (path) => {
      const table = await nasBenchMacroTable({ path });
      return [...table.known.enumerate()].flatMap((arch) => {
        const { testAccuracies, params, macs } = table.get(arch);
        return [...testAccuracies.map(fixed), params, macs];
      });
    },
  },
  "nas-bench-201": {
    title: "NAS-Bench-201: 15,625 cells on CIFAR-10, CIFAR-100 and ImageNet16-120",
    paper: "Dong and Yang, NAS-Bench-201, ICLR 2020; Dong et al., NATS-Bench, TPAMI 2021",
    licence: "MIT",
    advice: "No address of it as text is known: its authors offer archives of 2 GB and more on " +
      "Google Drive (https://github.com/D-X-Y/NATS-Bench), which a browser must ask for.\n" +
      "Download one, then\n" +
      "  pip install nats_bench\n" +
      "  python tools/export_nas_bench_201.py ARCHIVE nasbench201.csv\n" +
      "  ./naskit fetch nas-bench-201 --check=nasbench201.csv\n" +
      "If you know where such a CSV file lies, --from=ADDRESS gets it from there.",
    file: "nasbench201.csv",
    digest: "182faf922fc69c48df065f0e690c854a9e7f353a9575e79c0805fa34a3b2d9c8",
    valuesOf: async (path) => {
      const values: number[] = [];
      for (const dataset of ["cifar10", "cifar100", "imageNet16"] as const) {
        const table = await nasBench201Table({ dataset, path });
        for (const arch of table.known.enumerate()) {
          const { index, testAccuracy, validation12, test12 } = table.get(arch);
          values.push(index, ...[testAccuracy, validation12, test12].map(fixed));
        }
      }
      return values;
    },
  },
};

/** No table is larger as text; what is, is something else. */
const mostBytes = 50e6;

/** The command. Returns the exit code: 1 when what came is not what it should be. */
export async function fetchCommand(args: readonly string[]): Promise<number> {
  const { values, positionals: [name, ...rest] } = parse(args);
  if (name === undefined) {
    for (const [each, { title, licence }] of Object.entries(published)) {
      say(`${each.padEnd(17)}${title} (${licence})`);
    }
    say("\n./naskit fetch NAME says where it comes from; with --yes it downloads.");
    return 0;
  }
  const table = published[name];
  if (table === undefined || rest.length > 0) {
    throw new UserError(
      `fetch knows ${Object.keys(published).join(" and ")}, not '${[name, ...rest].join(" ")}'`,
      2,
    );
  }
  const { check, from, sha256, yes } = values;
  if (check !== undefined) return await checkFile(check, table) ? 0 : 1;
  const address = from ?? table.address;
  const folder = values.folder ?? Deno.env.get("NASKIT_DATA") ?? join(root, "data/published");
  say(`${table.title}\n${table.paper}\nlicence  ${table.licence}`);
  if (address === undefined) {
    say(`\n${table.advice}`);
    return 1;
  }
  const target = join(folder, table.file);
  say(`from     ${address}\nto       ${target}`);
  if (!yes) {
    say("\nA few megabytes. Nothing was downloaded: add --yes to do it.");
    return 1;
  }
  return await download(address, target, { table, sha256 });
}

async function download(
  address: string,
  target: string,
  { table, sha256 }: { readonly table: Published; readonly sha256: string | undefined },
): Promise<number> {
  await Deno.mkdir(join(target, ".."), { recursive: true });
  const part = `${target}.part`;
  try {
    const bytes = await get(address);
    const hash = await digestOf(bytes);
    say(`size     ${bytes.length.toLocaleString("en-US")} bytes\nsha256   ${hash}`);
    if (sha256 !== undefined && sha256.toLowerCase() !== hash) {
      throw new UserError(`the file has another SHA-256 than the one given, ${sha256}; not kept`);
    }
    await Deno.writeFile(part, bytes);
    const isKnown = await checkFile(part, table);
    if (!isKnown && sha256 === undefined) {
      throw new UserError(
        "not kept, as it is not verified: get its SHA-256 from somebody you trust and give it as " +
          "--sha256=HEX",
      );
    }
    await Deno.rename(part, target);
  } finally {
    await Deno.remove(part).catch(() => {});
  }
  say(`\n${target} is there. export NASKIT_DATA=${join(target, "..")} lets the kit find it.`);
  return 0;
}

async function get(address: string): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    throw new UserError(`${address} cannot be reached: ${(error as Error).message}`);
  }
  const length = Number(response.headers.get("content-length") ?? 0);
  if (!response.ok || length > mostBytes) {
    await response.body?.cancel();
    throw new UserError(
      response.ok
        ? `${address} has ${length} bytes, which is more than the table`
        : `${address} answered ${response.status}`,
    );
  }
  return await response.bytes();
}

/** Whether a file can be read and has the values that are known of the published table. */
async function checkFile(path: string, { valuesOf, digest }: Published): Promise<boolean> {
  let values: number[];
  try {
    values = await valuesOf(path);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
  const found = await digestOf(new Uint8Array(Int32Array.from(values).buffer));
  const isKnown = found === digest;
  say(`values   ${found}`);
  say(
    isKnown
      ? "         verified: these are the published values that the kit knows"
      : `         NOT verified: the values that the kit knows have ${digest}`,
  );
  return isKnown;
}

/** A share in ten thousandths of a percent, so that files of more digits give the same. */
function fixed(share: number): number {
  return Math.round(1e6 * share);
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        yes: { type: "boolean", default: false },
        folder: text,
        from: text,
        sha256: text,
        check: text,
      },
    });
  } catch (error) {
    throw new UserError(`fetch: ${(error as Error).message}`, 2);
  }
}
