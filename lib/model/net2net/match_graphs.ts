import { type Graph, type GraphNode, labelOf, type Shape } from "../../graph/mod.ts";
import { channels } from "./atoms.ts";
import { isActivation, whyChanged } from "./deepen.ts";
import { growsInto } from "./grow_kernel.ts";
import { shapesOf } from "./once.ts";
import { type Range, rangesOf } from "./ranges.ts";

/** How a parent's nodes are found in a child, and what the child has beside. */
export interface GraphMatch {
  /** For each node of the parent that matters, the child's node that has its value. */
  readonly found: ReadonlyMap<string, string>;
  /** Nodes of the child that return what they read, and the parent's node that it is the value of. */
  readonly identities: ReadonlyMap<string, string>;
  /** Nodes of the child whose weights are zero. */
  readonly zeros: ReadonlySet<string>;
  /** Inputs of the child's sums that are zero, by sum: their places. */
  readonly silent: ReadonlyMap<string, ReadonlySet<number>>;
  /** Nodes of the child that stand where the parent has a zero: what it is and reads there. */
  readonly awakened: ReadonlyMap<string, string>;
}

/** A graph, its nodes by name without those that return what they read, and what is known of them. */
interface Side {
  readonly graph: Graph;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The node behind an identity. */
  readonly behind: (name: string) => string;
}

/**
 * Finds a parent in a child: nodes of the same kind with the same inputs, as large or larger, once layers
 * that can return what they read, and branches that can be zero, are looked through.
 *
 * @returns The match, or a text on the place where the two part.
 */
export function matchGraphs(parent: Graph, child: Graph): GraphMatch | string {
  // Names tell more than the structure does, where they agree; where they do not they mislead.
  const named = new Matcher(parent, child, true).run();
  if (typeof named !== "string") return named;
  const free = new Matcher(parent, child, false).run();
  return typeof free === "string" ? named : free;
}

class Matcher {
  readonly #parent: Side;
  readonly #child: Side;
  readonly #byName: boolean;
  readonly #ranges: ReadonlyMap<string, Range>;
  /** What was decided, the latest last, so that it can be taken back. */
  readonly #undo: (() => void)[] = [];
  readonly #found = new Map<string, string>();
  readonly #taken = new Map<string, string>();
  readonly #identities = new Map<string, string>();
  readonly #zeros = new Set<string>();
  readonly #silent = new Map<string, ReadonlySet<number>>();
  readonly #awakened = new Map<string, string>();
  /** Pairs that led nowhere, so that they are not tried again on other ways. */
  readonly #hopeless = new Set<string>();
  #failure = { depth: -1, reason: "the two have no more than their outputs' shape in common" };

  constructor(parent: Graph, child: Graph, byName: boolean) {
    this.#parent = sideOf(parent);
    this.#child = sideOf(child);
    this.#byName = byName;
    this.#ranges = rangesOf(parent);
  }

  run(): GraphMatch | string {
    const outputOf = ({ graph, behind }: Side) => behind(graph.output);
    const p = outputOf(this.#parent), c = outputOf(this.#child);
    const [ours, theirs] = [this.#parent.shapes.get(p), this.#child.shapes.get(c)];
    if (ours?.join() !== theirs?.join()) {
      return `the parent returns [${ours?.join(", ")}], and the child [${theirs?.join(", ")}]`;
    }
    if (!this.#match(p, c)) return this.#failure.reason;
    return {
      found: this.#found,
      identities: this.#identities,
      zeros: this.#zeros,
      silent: this.#silent,
      awakened: this.#awakened,
    };
  }

  /** Whether a node of the parent can be found at a node of the child, or behind it. */
  #match(p: string, c: string): boolean {
    const before = this.#found.get(p);
    if (before === c) return true;
    if (this.#hopeless.has(`${p} ${c}`)) return false;
    const inner = node(this.#parent, p), outer = node(this.#child, c);
    if (before === undefined && this.#try(() => this.#matchHere(inner, outer))) return true;
    return this.#try(() => this.#matchBehind(inner, outer)) ||
      this.#try(() => this.#matchTerm(inner, outer)) ||
      before === undefined && this.#try(() => this.#awaken(inner, outer)) ||
      this.#giveUp(p, c, before === undefined);
  }

  /** The node itself. */
  #matchHere(p: GraphNode, c: GraphNode): boolean {
    if (this.#byName && p.name !== c.name && this.#child.nodes.has(p.name)) {
      if (this.#child.nodes.get(p.name)?.op === p.op) return false;
    }
    if (this.#isTaken(c.name)) return false;
    const reason = this.#whySmaller(p, c);
    if (reason !== undefined) return this.#fail(reason);
    this.#set(this.#found, p.name, c.name);
    this.#set(this.#taken, c.name, p.name);
    const ours = this.#inputs(this.#parent, p), theirs = this.#inputs(this.#child, c);
    if (p.op === "add") return this.#matchTerms(ours, theirs, c);
    return ours.length === theirs.length &&
      ours.every((input, i) => this.#match(input, theirs[i] as string));
  }

  /** All terms of a sum among those of a larger one; the others are zero. */
  #matchTerms(ours: readonly string[], theirs: readonly string[], c: GraphNode): boolean {
    const free = new Set(theirs.keys());
    for (const input of ours) {
      const place = [...free].find((i) => this.#try(() => this.#match(input, theirs[i] as string)));
      if (place === undefined) return false;
      free.delete(place);
    }
    return this.#silence(c, free);
  }

  /** Behind a layer that returns what it reads. */
  #matchBehind(p: GraphNode, c: GraphNode): boolean {
    const before = this.#identities.get(c.name);
    if (before === undefined ? this.#isTaken(c.name) : before !== p.name) return false;
    if (!this.#isIdentity(p, c)) return false;
    this.#set(this.#identities, c.name, p.name);
    return this.#match(p.name, this.#inputs(this.#child, c)[0] as string);
  }

  /** At one term of a sum whose others are zero. */
  #matchTerm(p: GraphNode, c: GraphNode): boolean {
    if (c.op !== "add" || this.#taken.has(c.name)) return false;
    const terms = this.#inputs(this.#child, c);
    return terms.some((term, i) =>
      this.#try(() => {
        const others = new Set(terms.keys());
        others.delete(i);
        return this.#match(p.name, term) && this.#silence(c, others);
      })
    );
  }

  /** At a branch where the parent has a zero. */
  #awaken(p: GraphNode, c: GraphNode): boolean {
    if (p.op !== "zero" || c.op === "zero" || this.#isTaken(c.name)) return false;
    const [ours, theirs] = [this.#parent.shapes.get(p.name), this.#child.shapes.get(c.name)];
    if (!isLarger(ours, theirs)) return false;
    this.#set(this.#found, p.name, c.name);
    this.#set(this.#awakened, c.name, p.name);
    return this.#findBefore(this.#inputs(this.#parent, p)[0] as string, c) && this.#quiet(c.name);
  }

  /** Finds what a zero of the parent reads among the nodes that lead to a branch. */
  #findBefore(p: string, c: GraphNode): boolean {
    let at = c;
    while (at.inputs.length > 0) {
      at = node(this.#child, this.#inputs(this.#child, at)[0] as string);
      const before = this.#found.get(p), here = at;
      if (before === at.name) return true;
      const isHere = () => this.#matchHere(node(this.#parent, p), here);
      if (before === undefined && this.#try(isHere)) return true;
    }
    return false;
  }

  /** Makes some terms of a sum zero. */
  #silence(sum: GraphNode, places: ReadonlySet<number>): boolean {
    if (places.size === 0) return true;
    const before = this.#silent.get(sum.name);
    if (before !== undefined) return [...before].join() === [...places].join();
    this.#set(this.#silent, sum.name, places);
    const terms = this.#inputs(this.#child, sum);
    return [...places].every((i) => this.#quiet(terms[i] as string));
  }

  /** Makes a node's value zero by the last weights before it. */
  #quiet(name: string): boolean {
    const c = node(this.#child, name), inputs = this.#inputs(this.#child, c);
    if (this.#zeros.has(name) || c.op === "zero") return true;
    if (this.#taken.has(name)) return false;
    switch (c.op) {
      case "conv":
      case "depthwise":
      case "linear":
        return !this.#identities.has(name) && this.#add(this.#zeros, name);
      case "batchNorm":
        if (c.affine === false) return this.#quiet(inputs[0] as string);
        return !this.#identities.has(name) && this.#add(this.#zeros, name);
      case "add":
      case "concat":
        return inputs.every((input) => this.#quiet(input));
      case "multiply":
        return inputs.some((input) => this.#try(() => this.#quiet(input)));
      case "sigmoid":
      case "hsigmoid":
      case "input":
        return false;
      default:
        return this.#quiet(inputs[0] as string);
    }
  }

  #isIdentity(p: GraphNode, c: GraphNode): boolean {
    const [ours, theirs] = [this.#parent.shapes.get(p.name), this.#child.shapes.get(c.name)];
    switch (c.op) {
      case "conv":
      case "depthwise":
        return c.kernel % 2 === 1 && (c.stride ?? 1) === 1 && isLarger(ours, theirs) &&
          (c.op === "conv" || (c.multiplier ?? 1) === 1);
      case "linear":
        return isLarger(ours, theirs);
      case "batchNorm":
        return c.affine !== false;
      default: {
        if (!isActivation(c.op)) return false;
        const reason = whyChanged(c.op, p, this.#ranges.get(p.name) as Range);
        return reason === undefined ||
          this.#fail(`${c.name} of the child has no part in the parent, and ${reason}`);
      }
    }
  }

  /** Why a node cannot become another by copies of channels and zeros around filters. */
  #whySmaller(p: GraphNode, c: GraphNode): string | undefined {
    const text = (each: GraphNode, { shapes }: Side) =>
      `${each.name} (${labelOf(each)}, [${shapes.get(each.name)?.join(", ")}])`;
    const [ours, theirs] = [this.#parent.shapes.get(p.name), this.#child.shapes.get(c.name)];
    if (isLarger(ours, theirs) && growsInto(p, c)) return undefined;
    const part = `the parent's ${text(p, this.#parent)} cannot become the child's ${
      text(c, this.#child)
    }: `;
    if (p.op !== c.op) return `${part}another op`;
    if (!growsInto(p, c)) return `${part}a smaller filter, or other settings`;
    return part +
      (channels(ours) > channels(theirs) ? "fewer channels" : "another height and width");
  }

  /** Whether a node of the child has a part already. */
  #isTaken(c: string): boolean {
    return this.#taken.has(c) || this.#identities.has(c) || this.#zeros.has(c) ||
      this.#awakened.has(c);
  }

  #inputs(side: Side, { inputs }: GraphNode): string[] {
    return inputs.map(side.behind);
  }

  /** Keeps the reason that lies furthest from the output. */
  #fail(reason: string): false {
    const depth = this.#found.size;
    if (depth > this.#failure.depth) this.#failure = { depth, reason };
    return false;
  }

  #giveUp(p: string, c: string, isFinal: boolean): false {
    if (isFinal) this.#hopeless.add(`${p} ${c}`);
    return false;
  }

  #set<V>(map: Map<string, V>, key: string, value: V): void {
    const before = map.get(key);
    map.set(key, value);
    this.#undo.push(() => before === undefined ? map.delete(key) : map.set(key, before));
  }

  #add(set: Set<string>, value: string): true {
    if (!set.has(value)) {
      set.add(value);
      this.#undo.push(() => set.delete(value));
    }
    return true;
  }

  /** Takes back what was decided where it leads nowhere. */
  #try(attempt: () => boolean): boolean {
    const before = this.#undo.length;
    if (attempt()) return true;
    while (this.#undo.length > before) this.#undo.pop()?.();
    return false;
  }
}

/** Whether a shape has the same sides as another one and as many channels, or more. */
function isLarger(shape: Shape | undefined, larger: Shape | undefined): boolean {
  return shape?.slice(0, -1).join() === larger?.slice(0, -1).join() &&
    channels(shape) <= channels(larger);
}

function node({ nodes }: Side, name: string): GraphNode {
  return nodes.get(name) as GraphNode;
}

function sideOf(graph: Graph): Side {
  const sources = new Map<string, string>();
  const behind = (name: string) => sources.get(name) ?? name;
  for (const { op, name, inputs } of graph.nodes) {
    if (op === "identity") sources.set(name, behind(inputs[0] as string));
  }
  return {
    graph,
    nodes: new Map(graph.nodes.map((each) => [each.name, each])),
    shapes: shapesOf(graph),
    behind,
  };
}
