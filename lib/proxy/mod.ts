/**
 * Training-free scores of networks, each one file behind one interface.
 *
 * @module
 */
export { alteredBatch, type AlteredBatchOptions } from "./altered_batch.ts";
export { averageRank } from "./average_rank.ts";
export type { BatchNormStatistics, NormalisedRun } from "./batch_norm_statistics.ts";
export { chanceAgreement } from "./chance_agreement.ts";
export type { CodedOp, CodeOptions } from "./codes.ts";
export { proxyContract, type ProxyContractOptions } from "./contract/proxy_contract.ts";
export { correlations } from "./correlations.ts";
export { defineProxy, type ProxyDefinition } from "./define_proxy.ts";
export { epe, epeScore } from "./epe.ts";
export { fisher, type FisherOptions } from "./fisher.ts";
export { gradNorm } from "./grad_norm.ts";
export { gradNormZen } from "./grad_norm_zen.ts";
export { gradsign, type GradSignOptions, signAgreement } from "./gradsign.ts";
export { grasp } from "./grasp.ts";
export { jacobCov, jacobCovScore } from "./jacob_cov.ts";
export { l2Norm } from "./l2_norm.ts";
export { distinctCodes, linearRegions } from "./linear_regions.ts";
export { macsProxy } from "./macs.ts";
export type { ScoreOptions } from "./mean_score.ts";
export { channelCorrelations, meco, type MecoOptions } from "./meco.ts";
export { naswot, naswotScore } from "./naswot.ts";
export { noiseBatch, type NoiseBatchOptions } from "./noise_batch.ts";
export { conditionNumber, ntk } from "./ntk.ts";
export type { InitOptions, RunOptions } from "./options.ts";
export { paramsProxy } from "./params.ts";
export { plain } from "./plain.ts";
export {
  type GradientTap,
  type LayerGradient,
  Probe,
  type ProbeOptions,
  type SampleGradientOptions,
  type Tap,
  type TapOptions,
} from "./probe.ts";
export type { Proxy, ProxyCost, ProxyNeeds } from "./proxy.ts";
export { type ProxyGuess, proxyGuess } from "./proxy_guess.ts";
export { proxies, type ProxyName } from "./registry.ts";
export { metricOfScore, scoreOfMetric } from "./score_metric.ts";
export { scoreWith, type ScoreWithOptions } from "./score_with.ts";
export type { ScoreColumn } from "./score_column.ts";
export { type DrawnScores, scoreDraws, type ScoreDrawsOptions } from "./score_draws.ts";
export type { Deviation } from "./signal_to_noise.ts";
export { snip } from "./snip.ts";
export { swap, type SwapOptions } from "./swap.ts";
export { synflow, type SynflowOptions } from "./synflow.ts";
export { vote } from "./vote.ts";
export { zen } from "./zen.ts";
export { zenRunningVar } from "./zen_running_var.ts";
export type { ZenOptions } from "./zen_runs.ts";
export { zico, type ZicoOptions } from "./zico.ts";
