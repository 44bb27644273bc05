/**
 * Networks with weights: build, run, save and load.
 *
 * @module
 */
export { type Init, inits } from "./init.ts";
export { buildModel, type BuildOptions, type ForwardOptions, type Model } from "./model.ts";
export { loadModel, saveModel } from "./save.ts";
