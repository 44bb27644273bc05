/** The numbers that ONNX gives its element types. */
export const onnxType = { float: 1, int64: 7 } as const;

/** The numbers that ONNX gives the kinds of attributes. */
export const onnxAttribute = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A file of ONNX: its messages as far as a network needs them. */
export interface OnnxModel {
  /** The version of the file format. */
  readonly irVersion: number;
  /** What wrote it. */
  readonly producerName: string;
  /** The network. */
  readonly graph: OnnxGraph;
  /** The version of the operators. */
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
}

/** A network: nodes in topological order, and their weights. */
export interface OnnxGraph {
  readonly name: string;
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
}

/** An operator that reads values by name and gives names to what it returns. */
export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}

/** A setting of an operator; `type` is one of {@linkcode onnxAttribute} and says which member it is. */
export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly number[];
}

/** An array; `dataType` is one of {@linkcode onnxType}, `rawData` its values, little-endian. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}

/** What goes in or out, with its shape; a side with a name can have any length. */
export interface OnnxValue {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: {
        readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[];
      };
    };
  };
}
