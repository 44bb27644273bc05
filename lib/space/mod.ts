/**
 * What can be built: search spaces, and the contract that all of them keep.
 *
 * @module
 */
export type { Benchmark } from "./benchmark.ts";
export { type Block, type BlockChain, lowerChain } from "./blocks.ts";
export { type CellOp, cellOps } from "./cells/layers.ts";
export type { CellOutline } from "./cells/outline.ts";
export {
  type BrokenLimit,
  type ComparedSpace,
  compareSpaces,
  type CompareSpacesOptions,
  type NamedSpace,
  type SpaceComparison,
  type SpaceFit,
} from "./compare_spaces.ts";
export {
  type CompoundArch,
  compoundScaling,
  type CompoundScalingOptions,
} from "./compound_scaling.ts";
export { spaceContract, type SpaceContractOptions } from "./contract/contract.ts";
export {
  type DartsArch,
  type DartsCell,
  type DartsNode,
  type DartsOp,
  dartsOps,
  dartsPrimitives,
} from "./darts/arch.ts";
export { dartsGenotype, dartsGenotypes, type DartsLogits } from "./darts/genotype.ts";
export { parseDartsGenotype, printDartsGenotype } from "./darts/text.ts";
export { dartsCell, dartsCellClass, dartsCells, type DartsCellsOptions } from "./darts_cells.ts";
export type { DeepLabArch } from "./deep_lab/grid.ts";
export {
  type DeepLabLogits,
  mostProbablePath,
  type ProbablePath,
} from "./deep_lab/most_probable_path.ts";
export { type DeepLabPaths, deepLabPaths } from "./deep_lab/paths.ts";
export { deepLabGrid, type DeepLabGridOptions } from "./deep_lab_grid.ts";
export {
  type ChainDefinition,
  type DecisionsDefinition,
  defineSpace,
  type GraphDefinition,
  type PartDefinition,
  type SpaceDefinition,
  type SpaceDefinitionBase,
} from "./define.ts";
export { enasMacroCount, enasMicroCount, type EnasMicroCounts } from "./enas/count.ts";
export {
  enasMacro,
  type EnasMacroArch,
  type EnasMacroLayer,
  type EnasMacroOp,
  enasMacroOps,
  type EnasMacroOptions,
} from "./enas_macro.ts";
export {
  type Evaluate,
  type EvaluateContext,
  type EvaluateRecipe,
  type Metrics,
  portable,
  type PortableOptions,
} from "./evaluate.ts";
export {
  type LectureArch,
  type LectureBlock,
  type LectureCell,
  type LectureCombiner,
  lectureCombiners,
} from "./lecture/arch.ts";
export {
  countLectureCells,
  type LectureCountOptions,
  type LectureCounts,
} from "./lecture/count.ts";
export {
  lectureCell,
  lectureCellClass,
  lectureCells,
  type LectureCellsOptions,
  lectureSteps,
} from "./lecture_cells.ts";
export type { ManualNetworkOptions } from "./manual/frame.ts";
export { mobileNetLike, type MobileNetLikeOptions } from "./manual/mobile_net_like.ts";
export { resNetLike, type ResNetLikeOptions } from "./manual/res_net_like.ts";
export { vggLike, type VGGLikeOptions } from "./manual/vgg_like.ts";
export type { MobileArch, MobileBlock } from "./mobile/arch.ts";
export {
  type MobileActivation,
  type MobileScale,
  type MobileSkeleton,
  type MobileStage,
  roundChannels,
  scaleMobileSkeleton,
} from "./mobile/skeleton.ts";
export { type MobileSkeletons, mobileSkeletons } from "./mobile/skeletons.ts";
export { mobileNetwork, type MobileNetworkOptions } from "./mobile_network.ts";
export { nasBench201, nasBench201Cell, nasBench201Class } from "./nas_bench_201.ts";
export {
  type NasBench201Arch,
  nasBench201Edges,
  type NasBench201Op,
  nasBench201Ops,
  type NasBench201Options,
} from "./nas_bench_201_ops.ts";
export { type NasBench201PathOptions, nasBench201Paths } from "./nas_bench_201_paths.ts";
export {
  nasBenchMacro,
  type NasBenchMacroArch,
  type NasBenchMacroOp,
  nasBenchMacroOps,
  type NasBenchMacroOptions,
} from "./nas_bench_macro.ts";
export { choice } from "./parts/choice.ts";
export { mapped, type MappedOptions } from "./parts/mapped.ts";
export { oneOf, type OneOfValue } from "./parts/one_of.ts";
export type { Part, PartValue } from "./parts/part.ts";
export { product, type ProductValue } from "./parts/product.ts";
export { repeat, type RepeatOptions } from "./parts/repeat.ts";
export { spacePart } from "./parts/space_part.ts";
export { subset, type SubsetOptions } from "./parts/subset.ts";
export { walk, type WalkOptions } from "./parts/walk.ts";
export { sampleByDecision } from "./sample_by_decision.ts";
export type { Path, Relaxed, RelaxOptions } from "./relaxed.ts";
export type { Decision, SearchSpace } from "./space.ts";
export { spaceCosts, type TotalCosts } from "./space_costs.ts";
export { subspace, type SubspaceOptions } from "./subspace.ts";
export { widthResolutionGrid, type WidthResolutionSpace } from "./width_resolution_grid.ts";
