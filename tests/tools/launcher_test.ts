import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { root, which } from "../../tools/support/paths.ts";
import { run } from "../../tools/support/process.ts";

const launcher = join(root, "naskit");

/** A copy of the launcher alone, in a repository of its own, with nothing installed. */
async function withBareCopy(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(launcher, join(folder, "naskit"));
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a program that is found under a folder's bin/. */
async function program(folder: string, name: string, body: string): Promise<void> {
  await Deno.mkdir(join(folder, "bin"), { recursive: true });
  await Deno.writeTextFile(join(folder, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** The tools of the system, less those that could install Deno. */
async function systemTools(folder: string): Promise<void> {
  const names = ["sh", "cat", "dirname", "readlink", "mkdir", "mv", "rm", "printf", "tail"];
  for (const name of names) {
    const path = which(name);
    if (path !== undefined) await program(folder, name, `exec ${path} "$@"`);
  }
}

Deno.test("help names every command, from any folder and through links", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(launcher, join(folder, "first"));
    await Deno.symlink("first", join(folder, "second"));
    for (const path of [launcher, join(folder, "second")]) {
      const { code, output } = await run(path, ["help"], { cwd: folder });
      assertEquals(code, 0);
      for (const command of ["lab", "run", "test", "fetch", "doctor", "help"]) {
        assertStringIncludes(output, `./naskit ${command}`);
      }
    }
    const { code, output } = await run("./second", ["run", "no such notebook"], { cwd: folder });
    assertEquals(code, 2);
    assertMatch(
      output,
      /^naskit: no notebook is called 'no such notebook' or begins so; there are/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an unknown command and unknown flags end in exit code 2 and say what there is", async () => {
  const cases: [string[], string][] = [
    [
      ["frobnicate"],
      "no command 'frobnicate'; the commands are lab, run, test, bench, fetch, doctor and help",
    ],
    [["test", "--fast"], "test takes no '--fast'; it has --quick"],
    [["run", "--fast"], "run has no flag '--fast'"],
    [["doctor", "now"], "doctor takes no 'now'"],
  ];
  for (const [args, message] of cases) {
    const { code, output } = await run(launcher, args);
    assertEquals(code, 2, output);
    assertStringIncludes(output, message);
  }
});

Deno.test("doctor installs nothing, and says how to get what is missing", async () => {
  await withBareCopy(async (folder) => {
    await systemTools(folder);
    const env = { PATH: join(folder, "bin"), HOME: folder };
    const { code, output } = await run("./naskit", ["doctor"], { cwd: folder, env });
    assertEquals(code, 1, output);
    assertMatch(output, /^Deno +missing: '.\/naskit lab' installs \d+\.\d+\.\d+ into/);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["bin", "naskit"]);
  });
});

Deno.test("when Deno cannot be installed, the error has what each way said", async () => {
  await withBareCopy(async (folder) => {
    await systemTools(folder);
    await program(folder, "npm", "echo no route to npm >&2; exit 1");
    await program(folder, "python3", "echo no module named pip >&2; exit 1");
    const env = { PATH: join(folder, "bin"), HOME: folder };
    const { code, output } = await run("./naskit", ["run"], { cwd: folder, env });
    assertEquals(code, 1, output);
    for (const way of ["npm", "pip"]) {
      assertMatch(output, new RegExp(`^naskit: installing Deno \\S+ into \\S+ with ${way}$`, "m"));
    }
    assertStringIncludes(output, "\n  npm: no route to npm");
    assertStringIncludes(output, "\n  pip: no module named pip");
    assertStringIncludes(output, "\n  curl: curl is not on the PATH");
  });
});

Deno.test("of two Denos the pinned one is taken, and it gets the command", async () => {
  await withBareCopy(async (folder) => {
    await systemTools(folder);
    const version = /^deno_version=(\S+)$/m.exec(await Deno.readTextFile(launcher))![1]!;
    assertEquals(version, Deno.version.deno);
    await program(folder, "deno", "echo 'deno 1.2.3 (stable)'");
    const own = join(folder, ".tools", "node_modules", "@deno", "any", "deno");
    await Deno.mkdir(dirname(own), { recursive: true });
    const body = `#!/bin/sh\ncase $1 in --version) echo "deno ${version} (stable)" ;; ` +
      `*) echo "own:$*:\${DENO_NO_PACKAGE_JSON-unset}:$DENO_DIR" ;; esac\n`;
    await Deno.writeTextFile(own, body, { mode: 0o755 });
    const env = { PATH: join(folder, "bin"), HOME: folder, DENO_NO_PACKAGE_JSON: "1" };
    const { code, output } = await run("./naskit", ["run", "a b"], { cwd: folder, env });
    assertEquals(code, 0, output);
    const real = await Deno.realPath(folder);
    assertMatch(output, /^own:run -A .*naskit\.ts run a b:unset:/);
    assert(output.trimEnd().endsWith(`:${real}/.tools/deno`), output);
  });
});
