import { paramsProxy } from "./params.ts";
import type { Proxy } from "./proxy.ts";
import { snip } from "./snip.ts";

/** The names of the kit's proxies. */
export type ProxyName =
  | "params"
  | "snip";

/**
 * All proxies of the kit by name, each with its published defaults.
 *
 * @example
 * ```ts
 * import { proxies } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(proxies.snip.needs, "labels");
 * ```
 */
export const proxies: { readonly [name in ProxyName]: Proxy } = {
  params: paramsProxy(),
  snip: snip(),
};
