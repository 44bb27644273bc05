import protobuf from "protobufjs/light";
import type { OnnxModel } from "./onnx_types.ts";

type Field = readonly [type: string, id: number, rule?: "repeated"];

/** The numbers of fields as `onnx.proto` of ONNX has them. */
const messages: { readonly [name: string]: { readonly [field: string]: Field } } = {
  Model: {
    irVersion: ["int64", 1],
    producerName: ["string", 2],
    graph: ["Graph", 7],
    opsetImport: ["OperatorSet", 8, "repeated"],
  },
  OperatorSet: { domain: ["string", 1], version: ["int64", 2] },
  Graph: {
    node: ["Node", 1, "repeated"],
    name: ["string", 2],
    initializer: ["Tensor", 5, "repeated"],
    input: ["Value", 11, "repeated"],
    output: ["Value", 12, "repeated"],
  },
  Node: {
    input: ["string", 1, "repeated"],
    output: ["string", 2, "repeated"],
    name: ["string", 3],
    opType: ["string", 4],
    attribute: ["Attribute", 5, "repeated"],
  },
  Attribute: {
    name: ["string", 1],
    f: ["float", 2],
    i: ["int64", 3],
    s: ["bytes", 4],
    ints: ["int64", 8, "repeated"],
    type: ["int32", 20],
  },
  Tensor: {
    dims: ["int64", 1, "repeated"],
    dataType: ["int32", 2],
    name: ["string", 8],
    rawData: ["bytes", 9],
  },
  Value: { name: ["string", 1], type: ["Type", 2] },
  Type: { tensorType: ["TensorType", 1] },
  TensorType: { elemType: ["int32", 1], shape: ["Shape", 2] },
  Shape: { dim: ["Dimension", 1, "repeated"] },
  Dimension: { dimValue: ["int64", 1], dimParam: ["string", 2] },
};

const root = new protobuf.Root();
for (const [name, fields] of Object.entries(messages)) {
  const type = new protobuf.Type(name);
  for (const [field, [kind, id, rule]] of Object.entries(fields)) {
    type.add(new protobuf.Field(field, id, kind, rule));
  }
  root.add(type);
}
const modelType = root.lookupType("Model");

/** The bytes of a file. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}

/** Reads the bytes of a file. */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  const options = { longs: Number, arrays: true };
  return modelType.toObject(modelType.decode(bytes), options) as unknown as OnnxModel;
}
