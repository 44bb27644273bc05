/**
 * Neural architecture search in Deno notebooks: composable search spaces, strategies, estimators
 * and costs on TensorFlow.js.
 *
 * @module
 */
export * from "./lib/engine/mod.ts";
