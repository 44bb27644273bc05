import { assertMatch, assertRejects } from "@std/assert";
import { tf } from "naskit/engine/mod.ts";
import {
  defineProxy,
  type Probe,
  proxies,
  type Proxy,
  proxyContract,
  type ProxyNeeds,
} from "naskit/proxy/mod.ts";

for (const proxy of Object.values(proxies)) {
  Deno.test(`${proxy.name} keeps the contract`, async () => {
    await proxyContract(proxy);
  });
}

function make(needs: ProxyNeeds, score: (net: Probe) => number | Promise<number>): Proxy {
  return defineProxy({ name: "faulty", needs, score });
}

const sum = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
let calls = 0;
const kept: { dispose(): void }[] = [];

const faults: [what: string, proxy: Proxy, rule: RegExp][] = [
  [
    "looks at labels and does not say so",
    make("images", (net) => net.batch.labels[0]!),
    /a proxy that needs the images takes no notice of labels: \d became \d/,
  ],
  [
    "looks at images and does not say so",
    make("weights", (net) => net.batch.images[0]!),
    /a proxy that needs the weights takes no notice of images/,
  ],
  [
    "looks at weights and does not say so",
    make("graph", (net) => sum(net.weights().values().next().value!)),
    /a proxy that needs the graph takes no notice of weights/,
  ],
  [
    "draws from elsewhere",
    make("graph", () => calls++),
    /equal arguments give equal scores: \d+ became \d+/,
  ],
  [
    "changes the images",
    make("images", (net) => (net.batch.images as Float32Array)[0] = 0),
    /it changes nothing: an image is no longer as it was/,
  ],
  [
    "trains the model",
    make("weights", (net) => {
      const [weight] = net.model().params.values();
      tf.tidy(() => weight!.assign(weight!.mul(2)));
      return 1;
    }),
    /it changes nothing: \S+ is no longer as it was/,
  ],
  [
    "leaves a tensor behind",
    make("images", () => (kept.push(tf.scalar(1)), 1)),
    /it leaves nothing behind: there are 1 more tensors and 0 more bytes of plans/,
  ],
  [
    "cannot score what has no batch norm",
    make("images", (net) => net.batchNormStatistics()[0]!.mean[0]!),
    /it scores any graph: it threw /,
  ],
  [
    "gives no number",
    { ...make("graph", () => 1), score: () => "much" as never },
    /it gives a number: for a graph it gave string/,
  ],
  [
    "has no direction",
    { ...make("graph", () => 1), direction: "up" as never },
    /direction must be maximize or minimize, got "up"/,
  ],
];

for (const [what, proxy, rule] of faults) {
  Deno.test(`the contract catches a proxy that ${what}`, async () => {
    const error = await assertRejects(() => proxyContract(proxy), Error);
    assertMatch(error.message, rule);
    assertMatch(error.message, /^Proxy "faulty" breaks its contract: /);
    kept.splice(0).forEach((tensor) => tensor.dispose());
  });
}

Deno.test("the order of images is tried where it is claimed not to matter", async () => {
  const first = make("images", (net) => net.batch.images[0]!);
  const mean = make("images", (net) => sum(net.forward({ statistics: "running" })));
  await proxyContract(first);
  await assertRejects(
    () => proxyContract(first, { anyOrder: 1e-3 }),
    Error,
    "the order of images does not matter",
  );
  await proxyContract(mean, { anyOrder: 0.05 });
});

Deno.test("a proxy that waits keeps the contract as well", async () => {
  await proxyContract(
    make("images", async (net) => {
      await Promise.resolve();
      return sum(net.forward());
    }),
    { runs: 5 },
  );
});
