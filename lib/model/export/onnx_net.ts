import {
  type OnnxAttribute,
  onnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxType,
  type OnnxValue,
} from "./onnx_types.ts";
import { uniqueNames } from "./unique_names.ts";

/** Settings of an operator: whole numbers, names, or a fraction as `{ f: 0.5 }`. */
export interface OnnxSettings {
  readonly [name: string]: number | string | readonly number[] | { readonly f: number };
}

/** The name of a value in an {@linkcode OnnxNet}. */
export type OnnxName = string;

/** Versions that runtimes of 2021 and later read. */
const FORMAT = 8, OPERATORS = 14;

/** Operators of ONNX that are put together. */
export class OnnxNet {
  readonly #nameOf = uniqueNames(/\s/g);
  readonly #nodes: OnnxNode[] = [];
  readonly #weights: OnnxTensor[] = [];

  /** Adds an operator. `name` is the value's that it returns. */
  add(
    name: string,
    opType: string,
    input: readonly OnnxName[],
    settings: OnnxSettings = {},
  ): OnnxName {
    return this.addAs(this.#nameOf(name), opType, input, settings);
  }

  /** The same, where the name was kept for it. */
  addAs(
    output: OnnxName,
    opType: string,
    input: readonly OnnxName[],
    settings: OnnxSettings = {},
  ): OnnxName {
    const attribute = Object.entries(settings).map(([name, value]) => attributeOf(name, value));
    this.#nodes.push({ name: output, opType, input, output: [output], attribute });
    return output;
  }

  /** Adds weights. */
  floats(name: string, values: Float32Array, dims: readonly number[]): OnnxName {
    return this.#constant(name, values.slice().buffer, dims, onnxType.float);
  }

  /** Adds a list of whole numbers, such as a shape. */
  integers(name: string, values: readonly number[]): OnnxName {
    const { buffer } = BigInt64Array.from(values, BigInt);
    return this.#constant(name, buffer, [values.length], onnxType.int64);
  }

  #constant(
    name: string,
    buffer: ArrayBuffer,
    dims: readonly number[],
    dataType: number,
  ): OnnxName {
    const unique = this.#nameOf(name);
    this.#weights.push({ name: unique, dims, dataType, rawData: new Uint8Array(buffer) });
    return unique;
  }

  /** Keeps a name for what goes in or out. */
  reserve(name: string): OnnxName {
    return this.#nameOf(name);
  }

  /** The file, of a network from images of one shape to an output of another, without the batch. */
  model(
    input: { readonly name: OnnxName; readonly shape: readonly number[] },
    output: { readonly name: OnnxName; readonly shape: readonly number[] },
  ): OnnxModel {
    return {
      irVersion: FORMAT,
      producerName: "naskit",
      opsetImport: [{ domain: "", version: OPERATORS }],
      graph: {
        name: "network",
        node: this.#nodes,
        initializer: this.#weights,
        input: [valueOf(input)],
        output: [valueOf(output)],
      },
    };
  }
}

function attributeOf(name: string, value: OnnxSettings[string]): OnnxAttribute {
  if (typeof value === "number") return { name, type: onnxAttribute.int, i: value };
  if (typeof value === "string") {
    return { name, type: onnxAttribute.string, s: new TextEncoder().encode(value) };
  }
  if ("f" in value) return { name, type: onnxAttribute.float, f: value.f };
  return { name, type: onnxAttribute.ints, ints: value };
}

function valueOf(
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
): OnnxValue {
  const dim = [{ dimParam: "count" }, ...shape.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: onnxType.float, shape: { dim } } } };
}
