/** One candidate and what became of it. Plain JSON. */
export interface Trial<A> {
  /** Its place in the search, from 0. Rejected candidates are numbered apart. */
  readonly index: number;
  /** The architecture. */
  readonly arch: A;
  /** Its canonical text. */
  readonly key: string;
  /** `rejected` broke a constraint and was never evaluated; `failed` threw while it was. */
  readonly status: "complete" | "failed" | "rejected";
  /** Single numbers: the costs, and those that the evaluation gave. */
  readonly metrics: { readonly [name: string]: number };
  /** Numbers per epoch that the evaluation gave. */
  readonly curves: { readonly [name: string]: readonly number[] };
  /** The seed it was evaluated with. */
  readonly seed: string;
  /** How long the evaluation took, in seconds. */
  readonly seconds: number;
  /** Why it was rejected or failed. */
  readonly reason?: string;
}
