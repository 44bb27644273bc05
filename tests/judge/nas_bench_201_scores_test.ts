import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { nasBench201Table } from "naskit/estimate/mod.ts";
import {
  nasBench201Chosen,
  nasBench201Scores,
  type Scoreboard,
  type ScoredInput,
} from "naskit/judge/mod.ts";
import { scoredImages } from "naskit/judge/nas_bench_201_scores.ts";
import { averageRank, gradsign, meco } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { spearman } from "naskit/stats/mod.ts";

// The published accuracies, of which the kit has no copy.
const ignore = Deno.env.get("NASKIT_DATA") === undefined;
const names = ["params", "gradsign", "naswot", "swap", "meco", "zico", "synflow"] as const;

/** The networks that nothing was chosen by, or the others. */
async function boardOf(input: ScoredInput, part: "judged" | "chosen"): Promise<Scoreboard> {
  const table = await nasBench201Table({ dataset: "cifar10" });
  const scores = await nasBench201Scores({ input });
  const isWanted = (index: number) => index < nasBench201Chosen === (part === "chosen");
  return scores.scoreboard(table, {
    networks: scores.archs.filter(({ index }) => isWanted(index)),
    proxies: names,
    fitness: "test200",
    resamples: 2,
  });
}

function rankingOf(board: Scoreboard, team: readonly string[]): number {
  const columns = team.map((name) => board.data.proxies.find((each) => each.name === name)!);
  return spearman(averageRank(columns), board.data.accuracies);
}

Deno.test(
  "parameters rank NAS-Bench-201 as they must, proxies about as published",
  { ignore },
  async () => {
    const [images, noise] = [await boardOf("images", "judged"), await boardOf("noise", "judged")];
    assertEquals([images.networks, noise.networks], [1000, 1000]);
    const rho = (board: Scoreboard, name: string) => rankingOf(board, [name]);
    assertAlmostEquals(rho(images, "params"), 0.75, 0.01);
    // Published: GradSign 0.77, SynFlow 0.74, NASWOT 0.78, ZiCo 0.80, on CIFAR-10's own images.
    assertAlmostEquals(rho(noise, "gradsign"), 0.77, 0.05);
    assertAlmostEquals(rho(noise, "synflow"), 0.74, 0.05);
    assertAlmostEquals(rho(images, "naswot"), 0.78, 0.06);
    assertAlmostEquals(rho(noise, "zico"), 0.8, 0.05);
    // Noise is what GradSign ranks by, and images what activation patterns do.
    assert(rho(noise, "gradsign") > rho(images, "gradsign") + 0.05);
    for (const name of ["naswot", "swap"]) assert(rho(images, name) > rho(noise, name) + 0.05);
  },
);

Deno.test(
  "the team that was chosen on other networks ranks by more than 0.9",
  { ignore },
  async () => {
    const [chosen, judged] = [await boardOf("images", "chosen"), await boardOf("images", "judged")];
    const teams = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b]));
    const best = teams.toSorted((a, b) => rankingOf(chosen, b) - rankingOf(chosen, a))[0]!;
    assertEquals(best, ["swap", "meco"]);
    assert(rankingOf(judged, best) > 0.9);
    assert(rankingOf(judged, ["meco"]) > 0.85);
  },
);

Deno.test("a saved score is what the proxy gives", async () => {
  const scores = await nasBench201Scores({ input: "noise" });
  // A network that costs little: its gradients are quickly there.
  const row = scores.rows.filter(({ index }) => index >= nasBench201Chosen)
    .toSorted((a, b) => a.scores.macs! - b.scores.macs!)[40]!;
  const space = nasBench201();
  const graph = space.lower(space.fromChoices([...row.operations].map(Number)));
  const batch = await scoredImages("noise", 48);
  for (const proxy of [gradsign(), meco()]) {
    const rng = createRng(`nas-bench-201/${row.index}/proxies`).split(0);
    const score = await proxy.score(graph, batch, rng), saved = row.scores[proxy.name]!;
    assertAlmostEquals(score, saved, 1e-4 * saved);
  }
});
