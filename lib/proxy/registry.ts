import { epe } from "./epe.ts";
import { fisher } from "./fisher.ts";
import { gradNorm } from "./grad_norm.ts";
import { gradNormZen } from "./grad_norm_zen.ts";
import { gradsign } from "./gradsign.ts";
import { grasp } from "./grasp.ts";
import { jacobCov } from "./jacob_cov.ts";
import { l2Norm } from "./l2_norm.ts";
import { linearRegions } from "./linear_regions.ts";
import { macsProxy } from "./macs.ts";
import { meco } from "./meco.ts";
import { naswot } from "./naswot.ts";
import { ntk } from "./ntk.ts";
import { paramsProxy } from "./params.ts";
import { plain } from "./plain.ts";
import type { Proxy } from "./proxy.ts";
import { snip } from "./snip.ts";
import { swap } from "./swap.ts";
import { synflow } from "./synflow.ts";
import { zen } from "./zen.ts";
import { zenRunningVar } from "./zen_running_var.ts";
import { zico } from "./zico.ts";

/** The names of the kit's proxies. */
export type ProxyName =
  | "params"
  | "macs"
  | "l2_norm"
  | "grad_norm"
  | "grad_norm_zen"
  | "plain"
  | "snip"
  | "grasp"
  | "fisher"
  | "synflow"
  | "synflow_bn"
  | "jacob_cov"
  | "naswot"
  | "swap"
  | "meco"
  | "zico"
  | "ntk"
  | "linear_regions"
  | "epe"
  | "zen"
  | "zen_running_var"
  | "gradsign"
  | "gradsign_mean";

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
  macs: macsProxy(),
  l2_norm: l2Norm(),
  grad_norm: gradNorm(),
  grad_norm_zen: gradNormZen(),
  plain: plain(),
  snip: snip(),
  grasp: grasp(),
  fisher: fisher(),
  synflow: synflow(),
  synflow_bn: synflow({ batchNorm: true }),
  jacob_cov: jacobCov(),
  naswot: naswot(),
  swap: swap(),
  meco: meco(),
  zico: zico(),
  ntk: ntk(),
  linear_regions: linearRegions(),
  epe: epe(),
  zen: zen(),
  zen_running_var: zenRunningVar(),
  gradsign: gradsign(),
  gradsign_mean: gradsign({ reduction: "mean" }),
};
