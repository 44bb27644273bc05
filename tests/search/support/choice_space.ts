import { GraphBuilder } from "../../../lib/graph/builder.ts";
import { choice, defineSpace, repeat, type SearchSpace } from "../../../lib/space/mod.ts";

/** Independent decisions with so many options each. */
export function independentSpace(counts: readonly number[]): SearchSpace<readonly number[]> {
  return defineSpace<readonly number[]>({
    name: counts.join("×"),
    decisions: counts.map((count, i) => ({
      name: `decision ${i}`,
      options: Array.from({ length: count }, (_, option) => String(option)),
    })),
    fromChoices: (choices) => [...choices],
    toChoices: (arch) => [...arch],
    lower: chain,
  });
}

/** One to three layers of three widths: how many decisions there are is itself decided. */
export const nestedSpace: SearchSpace<readonly number[]> = defineSpace({
  name: "one to three",
  part: repeat(choice([2, 4, 6]), { counts: [1, 2, 3] }),
  lower: chain,
});

function chain(widths: readonly number[]) {
  const net = new GraphBuilder([1, 1, 1]);
  const last = widths.reduce(
    (x, width, i) => net.add(`conv${i}`, { op: "conv", kernel: 1, channels: width + 1 }, x),
    net.input,
  );
  return net.build(net.add("pool", { op: "globalAvgPool" }, last));
}
