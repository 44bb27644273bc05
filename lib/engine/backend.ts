import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

// tfjs prints a banner on stderr at the first kernel call when it believes to run in plain Node, and
// a notebook shows what lands there as trouble.
tf.env().set("IS_NODE", false);
// The threaded binary needs worker scripts that only browsers can start.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);

/** The parts of tfjs's wasm backend that the kernels use. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(size: number): number;
    _free(address: number): void;
    readonly tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: {
    get(dataId: object): { id: number; memoryOffset: number; refCount: number };
  };
  dataIdNextNumber: number;
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  incRef(dataId: object): void;
}

if (!await tf.setBackend("wasm")) {
  throw new Error(
    "Cannot start TensorFlow.js: its WebAssembly backend did not start. It needs a runtime with " +
      "128-bit SIMD and read access to the binaries of npm:@tensorflow/tfjs-backend-wasm",
  );
}

const backend = tf.backend() as unknown as WasmBackend;

/** The memory that tensors live in. A view on its buffer is dead after the next allocation. */
export const memory: WebAssembly.Memory = backend.wasm.asm.memory;

/** Where a tensor's bytes begin in {@linkcode memory}. Throws a `TypeError` on another dtype. */
export function pointer(tensor: tf.TensorInfo, dtype: "float32" | "int32" = "float32"): number {
  if (tensor.dtype !== dtype) {
    throw new TypeError(`Cannot run a kernel on a ${tensor.dtype} tensor: it must be ${dtype}`);
  }
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** Float32 tensors of the given shapes, which `fill` writes at the addresses it gets, in order. */
export function allFilled(
  shapes: readonly (readonly number[])[],
  fill: (addresses: readonly number[]) => void,
): tf.TensorInfo[] {
  const made: tf.TensorInfo[] = [];
  try {
    for (const shape of shapes) {
      const info = backend.makeOutput(shape, "float32");
      made.push(info);
      if (pointer(info) === 0) {
        throw new RangeError(
          `Cannot allocate a tensor of shape [${shape}]: the WebAssembly heap is full`,
        );
      }
    }
    fill(made.map((info) => pointer(info)));
  } catch (error) {
    for (const { dataId } of made) backend.disposeData(dataId);
    throw error;
  }
  return made;
}

/** A float32 tensor, which `fill` writes at the address it gets. */
export function filled(
  shape: readonly number[],
  fill: (address: number) => void,
): tf.TensorInfo {
  return allFilled([shape], ([address]) => fill(address as number))[0] as tf.TensorInfo;
}

/** A second tensor on the same bytes, which last as long as either. */
export function share({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/** Whether other tensors (clones, reshapes) share a tensor's bytes, so that writing would change them. */
export function isShared(tensor: tf.TensorInfo): boolean {
  return backend.dataIdMap.get(tensor.dataId).refCount > 1;
}

/**
 * Tells the backend that a tensor's bytes were changed in place. Its own kernels pack the weights of
 * convolutions and matrix products once and keep them by tensor id, so that the bytes need a new one.
 */
export function changed(tensor: tf.Tensor): void {
  const data = backend.dataIdMap.get(tensor.dataId);
  backend.wasm.tfjs.disposeData(data.id);
  data.id = backend.dataIdNextNumber++;
  backend.wasm.tfjs.registerTensor(data.id, tensor.size, data.memoryOffset);
}

let scratchAddress = 0;
let scratchSize = 0;

/**
 * A buffer of at least `size` bytes that lasts until the next call; kernels ask for it through their
 * `scratch` import. It only ever grows.
 */
export function scratch(size: number): number {
  const wanted = size >>> 0;
  if (wanted > scratchSize) {
    if (scratchSize > 0) backend.wasm._free(scratchAddress);
    scratchSize = 0;
    scratchAddress = backend.wasm._malloc(wanted) >>> 0;
    if (scratchAddress === 0) {
      throw new RangeError(
        `Cannot allocate ${wanted} bytes of scratch: the WebAssembly heap is full`,
      );
    }
    scratchSize = wanted;
  }
  return scratchAddress;
}
