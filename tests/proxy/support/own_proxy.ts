import { defineProxy, type Proxy } from "naskit/proxy/mod.ts";

/** A proxy that workers can make: how many weights have a size above a bound. */
export function largeWeights(bound: number): Proxy {
  return defineProxy({
    name: "large_weights",
    needs: "weights",
    recipe: { module: import.meta.url, factory: "largeWeights", args: [bound] },
    score: (net) => {
      let count = 0;
      for (const values of net.weights().values()) {
        count += values.filter((value) => Math.abs(value) > bound).length;
      }
      return count;
    },
  });
}
