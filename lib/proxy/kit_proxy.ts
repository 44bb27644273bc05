import { defineProxy, type ProxyDefinition } from "./define_proxy.ts";
import type { Proxy } from "./proxy.ts";

/**
 * A proxy of the kit, which any thread can make again: by the function of a module that makes it, with the
 * settings of the definition as its options.
 *
 * @param module The module's address, `import.meta.url`.
 * @param factory The function's name.
 */
export function kitProxy(
  module: string,
  factory: string,
  definition: Omit<ProxyDefinition, "recipe">,
): Proxy {
  const proxy = defineProxy(definition);
  return { ...proxy, recipe: { module, factory, args: [proxy.options] } };
}
