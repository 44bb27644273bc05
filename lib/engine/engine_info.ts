import { build } from "./kernels.ts";
import { tf } from "./tf.ts";

/** What computes. */
export interface EngineInfo {
  /** The version of TensorFlow.js, e.g. `"4.22.0"`. */
  readonly tfjs: string;
  /** Its backend; always `"wasm"`. */
  readonly backend: string;
  /** Whether the kernels use relaxed SIMD, whose multiply-add rounds once, or plain 128-bit SIMD. */
  readonly simd: "relaxed" | "plain";
}

/**
 * Says what the tensors of the kit run on. Equal seeds give equal bits only where the answers are equal.
 *
 * @returns Versions and features.
 *
 * @example
 * ```ts
 * import { engineInfo } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(engineInfo().backend, "wasm");
 * ```
 */
export function engineInfo(): EngineInfo {
  return {
    tfjs: tf.version.tfjs,
    backend: tf.getBackend(),
    simd: build === "relaxed" ? "relaxed" : "plain",
  };
}
