/**
 * Compiles the engine's AssemblyScript kernels: `deno run -A tools/build_kernels.ts` rewrites
 * `lib/engine/kernels_simd.wasm` and `lib/engine/kernels_relaxed.wasm`.
 *
 * @module
 */
import asc from "assemblyscript/asc";

/** The two builds: plain 128-bit SIMD, and relaxed SIMD with its fused multiply-add. */
export type Build = "simd" | "relaxed";

const engine = new URL("../lib/engine/", import.meta.url);

// The module lives in the memory of tfjs's wasm backend, so that it must own none of it: no runtime, no
// data. The maximum must not be below the backend's.
const options = [
  "--runtime=stub",
  "--importMemory",
  "--noExportMemory",
  "--initialMemory=1",
  "--maximumMemory=65536",
  "--memoryBase=0",
  "--use=abort=",
  "--noAssert",
  // Not more: higher levels sink additions to where their sums are used, and the blocks of the kernels, whose
  // order is chosen for the values that it keeps in registers, then spill them.
  "-O1",
  "--enable=simd",
  "--enable=bulk-memory",
];

/** The path of a committed build. */
export function kernelsUrl(build: Build): URL {
  return new URL(`kernels_${build}.wasm`, engine);
}

/** Compiles one build in memory. Throws with the compiler's messages when it does not compile. */
export async function compileKernels(build: Build): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "assembly/index.ts",
      "--outFile=kernels.wasm",
      ...options,
      ...(build === "relaxed" ? ["--enable=relaxed-simd"] : []),
    ],
    {
      readFile: (name: string) => readText(new URL(name, engine)),
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || binary === undefined) {
    throw new Error(`Cannot compile the ${build} kernels: ${error?.message}\n${stderr.toString()}`);
  }
  return Uint8Array.from(binary);
}

function readText(url: URL): string | null {
  try {
    return Deno.readTextFileSync(url);
  } catch {
    return null; // the compiler probes several paths for each import
  }
}

if (import.meta.main) {
  for (const build of ["simd", "relaxed"] as const) {
    const bytes = await compileKernels(build);
    Deno.writeFileSync(kernelsUrl(build), bytes);
    // deno-lint-ignore no-console
    console.log(`kernels_${build}.wasm: ${bytes.length} bytes`);
  }
}
