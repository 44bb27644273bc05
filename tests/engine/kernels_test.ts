import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { engineInfo, tf } from "naskit/engine/mod.ts";
import { build, loadKernels } from "../../lib/engine/kernels.ts";
import { compileKernels, kernelsUrl } from "../../tools/build_kernels.ts";

const root = new URL("../../", import.meta.url);

/** The ids of a WebAssembly module's sections. */
function sections(binary: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < binary.length;) {
    ids.push(binary[at++] as number);
    let size = 0;
    for (let shift = 0;; shift += 7) {
      const byte = binary[at++] as number;
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
}

/** Runs a script of its own in the repository. */
async function runScript(script: string): Promise<{ code: number; out: string; err: string }> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, script);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", new URL("deno.json", root).pathname, path],
      env: { NO_COLOR: "1" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  } finally {
    await Deno.remove(path);
  }
}

for (const name of ["simd", "relaxed"] as const) {
  Deno.test(`the committed ${name} kernels are what their sources compile to`, async () => {
    assertEquals(await Deno.readFile(kernelsUrl(name)), await compileKernels(name));
  });

  Deno.test(`the ${name} kernels own no data and import memory and scratch alone`, async () => {
    const binary = await Deno.readFile(kernelsUrl(name));
    const data = 11;
    assert(!sections(binary).includes(data), "a data segment would overwrite tensors");
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
    assertEquals(imports.map(({ name }) => name).sort(), ["memory", "scratch"]);
  });
}

Deno.test("engineInfo() names what runs, after a change of build too", async () => {
  const first = build;
  assertEquals(engineInfo(), {
    tfjs: "4.22.0",
    backend: "wasm",
    simd: first === "relaxed" ? "relaxed" : "plain",
  });
  await loadKernels("simd");
  assertEquals(engineInfo().simd, "plain");
  await loadKernels(first);
});

Deno.test("kernels of the kit are on the wasm backend only", () => {
  assertEquals(tf.getBackend(), "wasm");
  assert(tf.getKernel("Conv2DBackpropFilter", "wasm"));
  assert(!tf.getKernel("BatchNormTraining", "cpu"));
});

Deno.test("a training step in a fresh process writes nothing to stderr", async () => {
  const { code, out, err } = await runScript(`
    import { conv2d, tf } from "naskit/engine/mod.ts";
    const filter = tf.variable(tf.ones([3, 3, 1, 2]));
    const { value } = tf.variableGrads(() => conv2d(tf.ones([1, 4, 4, 1]), filter).sum());
    console.log(tf.getBackend(), value.dataSync()[0]);
  `);
  assertEquals({ code, out, err }, { code: 0, out: "wasm 200\n", err: "" });
});

Deno.test("the import fails clearly where WebAssembly does not start", async () => {
  const { code, out } = await runScript(`
    WebAssembly.instantiate = () => Promise.reject(new Error("switched off"));
    try {
      await import("naskit/engine/mod.ts");
    } catch (error) {
      console.log(error.message);
      Deno.exit(3);
    }
  `);
  assertEquals(code, 3);
  assertStringIncludes(out, "its WebAssembly backend did not start");
});
