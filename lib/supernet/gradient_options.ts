import type { AugmentOptions, Dataset } from "../data/mod.ts";
import type { ProgressListener } from "../engine/mod.ts";
import { type Graph, inferShapes } from "../graph/mod.ts";
import type { Init } from "../model/mod.ts";
import { checkCost, type CostLoss } from "./cost_loss.ts";
import type { GradientMethod, LogitSettings } from "./gradient_method.ts";
import type { Decision } from "../space/mod.ts";

/** How the weights of a supernet are trained: SGD, with a learning rate that falls along half a cosine. */
export interface SupernetTraining {
  /**
   * The learning rate at the first step; 0.025 when absent, as published for thousands of steps. In a few hundred
   * weights get further with 0.1.
   */
  readonly learningRate?: number;
  /** The learning rate that it falls to; 0.001 when absent. */
  readonly end?: number;
  /** Momentum; 0.9 when absent. */
  readonly momentum?: number;
  /** L2 weight decay; 3e-4 when absent. */
  readonly weightDecay?: number;
  /** The length that the gradients of a step may have together; 5 when absent. */
  readonly clipNorm?: number;
  /** How they start; `"heNormal"` when absent. */
  readonly init?: Init;
}

/** What is done about cells that fill with skip connections. */
export interface SkipOptions {
  /**
   * How many an architecture may have at most: the weakest of more give way to what else there is (Chen et al.
   * 2019, P-DARTS). Any number when absent.
   */
  readonly limit?: number;
  /** The search ends with an epoch whose architecture has so many (Liang et al. 2019, DARTS+); never when absent. */
  readonly stopAt?: number;
}

/** When options are dropped: each choice keeps the best. */
export interface Drop {
  /** After how many epochs. */
  readonly after: number;
  /** How many options each choice keeps. */
  readonly keep: number;
}

/**
 * How to search by gradients. What is absent is as DARTS (Liu, Simonyan & Yang 2019) has it for CIFAR-10, but
 * for the number of epochs: 10 instead of 50. So that logits get as far as there, their learning rate is the
 * method's times the published number of steps by that of this search, and 0.05 at most.
 */
export interface GradientOptions {
  /** Determines everything random. */
  readonly seed: string;
  /** Passes over the weights' images; 10 when absent. */
  readonly epochs?: number;
  /** Images in a step; 64 when absent. */
  readonly batchSize?: number;
  /** How weights are trained. */
  readonly weights?: SupernetTraining;
  /** How logits begin and are moved; the method's when absent, with the learning rate told of above. */
  readonly logits?: Partial<LogitSettings>;
  /** Which part of the training images is for the weights, in (0, 1); the rest is for the logits. 0.5 when absent. */
  readonly share?: number;
  /** Epochs at the beginning in which only weights move; 0 when absent. */
  readonly warmUp?: number;
  /** Random flips and shifts of the training images; none when absent. */
  readonly augment?: AugmentOptions;
  /** A loss on what the network is expected to cost; none when absent. */
  readonly cost?: CostLoss;
  /** What is done about skip connections; nothing when absent. */
  readonly skips?: SkipOptions;
  /**
   * When options are dropped, as in P-DARTS, though the network does not get deeper with it; never when absent.
   */
  readonly drops?: readonly Drop[];
  /**
   * A file that the search is written to after every epoch, whole or not at all, and goes on from where it is
   * there: to the last bit what it would be without a stop. None when absent.
   */
  readonly checkpoint?: string;
  /** Stops the search; what was found until then is returned. */
  readonly signal?: AbortSignal;
  /** Told after every epoch. */
  readonly onProgress?: ProgressListener;
}

/** All that decides how a search goes, but for the supernet, the images and the costs. */
export interface GradientSettings {
  readonly seed: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly weights: Required<SupernetTraining>;
  readonly logits: LogitSettings;
  readonly share: number;
  readonly warmUp: number;
  readonly augment: AugmentOptions | undefined;
  readonly skips: SkipOptions;
  readonly drops: readonly Drop[];
}

/** The longest step of logits that is chosen for a short search. */
const LONGEST = 0.05;

/** The options with all defaults filled in. Throws a `RangeError` on one out of range. */
export function settingsOf(
  options: GradientOptions,
  { method, images }: { readonly method: GradientMethod; readonly images: number },
): GradientSettings {
  const { epochs = 10, batchSize = 64, share = 0.5, warmUp = 0 } = options;
  const { augment, skips = {}, drops = [], weights } = options;
  const learns = method.learns ?? true;
  const settings: GradientSettings = {
    seed: options.seed,
    epochs,
    batchSize,
    weights: {
      learningRate: 0.025,
      end: 0.001,
      momentum: 0.9,
      weightDecay: 3e-4,
      clipNorm: 5,
      init: "heNormal",
      ...weights,
    },
    logits: { ...method.logits, ...options.logits },
    share: learns ? share : 1,
    warmUp,
    augment,
    skips,
    drops,
  };
  check(settings, { images, learns });
  if (options.logits?.learningRate !== undefined) return settings;
  const steps = (epochs - warmUp) * Math.ceil(images * settings.share / batchSize);
  const { learningRate } = method.logits;
  const longer = learningRate * Math.max(1, (method.publishedSteps ?? 0) / Math.max(1, steps));
  const chosen = Math.max(learningRate, Math.min(longer, LONGEST));
  return { ...settings, logits: { ...settings.logits, learningRate: chosen } };
}

function check(
  settings: GradientSettings,
  { images, learns }: { readonly images: number; readonly learns: boolean },
): void {
  const require = (name: string, value: unknown, holds: boolean, expected: string) => {
    if (holds) return;
    throw new RangeError(
      `Cannot search: ${name} must be ${expected}, got ${
        typeof value === "number" ? value : JSON.stringify(value)
      }`,
    );
  };
  const isWhole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  const isFrom0 = (value: number) => value >= 0 && value < Infinity;
  const { epochs, batchSize, weights, logits, share, warmUp, skips, drops } = settings;
  require("seed", settings.seed, typeof settings.seed === "string", "a text");
  require("epochs", epochs, isWhole(epochs, 1), "a positive whole number");
  require("batchSize", batchSize, isWhole(batchSize, 1), "a positive whole number");
  require("share", share, !learns || share > 0 && share < 1, "in (0, 1)");
  require(
    "warmUp",
    warmUp,
    isWhole(warmUp, 0) && warmUp <= epochs,
    `a whole number up to ${epochs}`,
  );
  const { learningRate, end, clipNorm } = weights;
  require(
    "weights.learningRate",
    learningRate,
    learningRate > 0 && isFrom0(learningRate),
    "above 0",
  );
  require("weights.end", end, isFrom0(end) && end <= learningRate, `from 0 to ${learningRate}`);
  require("weights.clipNorm", clipNorm, clipNorm > 0, "above 0");
  for (const name of ["learningRate", "epsilon"] as const) {
    const value = logits[name];
    require(`logits.${name}`, value, value > 0 && isFrom0(value), "above 0");
  }
  for (const name of ["weightDecay", "deviation"] as const) {
    require(`logits.${name}`, logits[name], isFrom0(logits[name]), "at least 0");
  }
  for (const name of ["beta1", "beta2"] as const) {
    require(`logits.${name}`, logits[name], logits[name] >= 0 && logits[name] < 1, "in [0, 1)");
  }
  for (const [name, value = 0] of Object.entries(skips)) {
    require(`skips.${name}`, value, isWhole(value, 0), "a whole number");
  }
  for (const { after, keep } of drops) {
    require(
      "drops",
      { after, keep },
      isWhole(after, 1) && isWhole(keep, 1),
      "whole numbers from 1",
    );
  }
  const least = learns ? 2 : 1;
  require("train", images, images >= least, `at least ${least} images`);
}

/** Throws a `RangeError` unless a supernet has choices and costs are theirs. */
export function checkChoices(choices: readonly Decision[], cost: CostLoss | undefined): void {
  if (choices.length === 0) {
    throw new RangeError("Cannot search: the supernet must have choices, got none");
  }
  if (cost) checkCost(cost, choices);
}

/** Throws a `RangeError` unless there are images, all of which a network reads, with labels that it tells apart. */
export function checkImages(
  datasets: { readonly [name: string]: Dataset },
  graph: Graph,
): void {
  const shapes = inferShapes(graph);
  const input = graph.nodes.find(({ op }) => op === "input")?.name ?? "";
  const size = sizeText(shapes.get(input)), classes = shapes.get(graph.output)?.at(-1) ?? 0;
  for (const [name, { labels, shape }] of Object.entries(datasets)) {
    if (labels.length === 0 || sizeText(shape) !== size) {
      throw new RangeError(
        `Cannot search: ${name} must hold images of ${size}, which the supernet reads, got ` +
          `${labels.length} of ${sizeText(shape)}`,
      );
    }
    const wrong = labels.find((label) => label >= classes);
    if (wrong === undefined) continue;
    throw new RangeError(
      `Cannot search: labels of ${name} must be below ${classes}, which the supernet tells apart, got ${wrong}`,
    );
  }
}

function sizeText(shape: readonly number[] = []): string {
  return `[${shape.join(", ")}]`;
}
