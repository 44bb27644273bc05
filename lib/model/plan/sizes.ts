/** Sizes that a kernel takes, less the batch, which comes first and is known only when it runs. */
export type WithoutBatch<T extends readonly number[]> = T extends
  readonly [number, ...infer Rest extends readonly number[]] ? Rest : never;
