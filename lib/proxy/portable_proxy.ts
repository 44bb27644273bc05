import { madeFrom } from "../space/made_from.ts";
import type { EvaluateRecipe } from "../space/mod.ts";
import type { Proxy } from "./proxy.ts";
import { proxies, type ProxyName } from "./registry.ts";

/** How a worker gets a proxy: by its recipe; or what it is told of one that it cannot make. */
export type PackedProxy =
  | { readonly recipe: EvaluateRecipe }
  | { readonly stuck: string; readonly options: Proxy["options"] };

/** A proxy of the kit by its name; one given as such as it is. Throws a `TypeError` for what is neither. */
export function proxyOf(task: string, proxy: Proxy | ProxyName): Proxy {
  if (typeof proxy === "string" && Object.hasOwn(proxies, proxy)) return proxies[proxy];
  if (typeof proxy === "object" && typeof proxy?.score === "function") return proxy;
  throw new TypeError(
    `Cannot ${task}: a proxy must be one such as snip() or one of ${
      Object.keys(proxies).join(", ")
    }, got ${typeof proxy === "string" ? `"${proxy}"` : typeof proxy}`,
  );
}

/** The proxies of a list, which must have different names. */
export function proxiesOf(task: string, list: readonly (Proxy | ProxyName)[]): Proxy[] {
  const found = list.map((proxy) => proxyOf(task, proxy));
  if (found.length === 0) throw new RangeError(`Cannot ${task}: proxies must have at least one`);
  const names = found.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return found;
  throw new RangeError(`Cannot ${task}: proxies must have different names, got ${twice} twice`);
}

/** What can be posted to a worker in place of a proxy. */
export function packProxy(proxy: Proxy): PackedProxy {
  const { name, options, recipe } = proxy;
  return recipe === undefined ? { stuck: name, options } : { recipe };
}

/** The proxy again, in the worker. Throws a `TypeError` for one that cannot be made there. */
export async function unpackProxy(packed: PackedProxy): Promise<Proxy> {
  if ("stuck" in packed) {
    throw new TypeError(
      `a worker cannot make the proxy ${packed.stuck}; give defineProxy a recipe, or use the ` +
        "executor inline()",
    );
  }
  const { module, factory } = packed.recipe;
  return proxyOf(`make a proxy with ${factory} of ${module}`, await madeFrom(packed.recipe));
}
