import type { GraphBuilder } from "../../graph/mod.ts";
import type { Block, BlockChain } from "../blocks.ts";
import { addCellOp, addHead, addProjection, addStem, type CellOp, halfOf } from "./layers.ts";

/** A value of a network that is made step by step: `[size, size, channels]`. */
export interface StepValue {
  /** Its number among the values of the network. */
  readonly id: number;
  /** Height and width in pixels. */
  readonly size: number;
  /** Its channels. */
  readonly channels: number;
}

/** What makes one value of others. */
export interface Step {
  /** What a reader calls it; unique in its network. */
  readonly name: string;
  /** What it does: steps with equal keys add equal nodes behind values of equal shapes. */
  readonly key: string;
  /** The values that it reads; one may come twice. */
  readonly reads: readonly StepValue[];
  /** Height and width of its value in pixels. */
  readonly size: number;
  /** The channels of its value. */
  readonly channels: number;
  /** Adds its nodes behind those that compute what it reads, and returns the one that computes its value. */
  readonly add: (net: GraphBuilder, from: readonly string[]) => string;
}

/** A network as steps, each of which becomes a block of a chain: it is given what is still read. */
export class Steps {
  /** The image. */
  readonly input: StepValue;
  readonly #steps: Step[] = [];

  constructor(size: number, channels: number) {
    this.input = { id: 0, size, channels };
  }

  /** Adds a step and returns its value. */
  add(step: Step): StepValue {
    const { size, channels } = step;
    return { id: this.#steps.push(step), size, channels };
  }

  /** The network up to the last step, whose value is the output, as blocks. */
  chain(): BlockChain {
    const { size, channels } = this.input;
    const steps = this.#steps;
    // By value, the last step that reads it; none reads the output.
    const lastRead = new Int32Array(steps.length + 1).fill(steps.length);
    for (let at = 0; at < steps.length; at++) {
      for (const { id } of (steps[at] as Step).reads) lastRead[id] = at;
    }
    const alive = [0];
    const blocks: Block[] = [];
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at] as Step;
      const places = step.reads.map(({ id }) => alive.indexOf(id));
      let kept = "";
      let count = 0;
      for (let place = 0; place < alive.length; place++) {
        const id = alive[place] as number;
        const isKept = (lastRead[id] as number) > at;
        kept += isKept ? "+" : "-";
        if (isKept) alive[count++] = id;
      }
      alive.length = count;
      alive.push(at + 1);
      blocks.push(blockOf(step, places, kept));
    }
    return { input: [size, size, channels], blocks };
  }
}

/**
 * A step as a block that reads the values in some places and gives, beside its own, those in the places
 * with a plus.
 */
function blockOf(
  { name, key, add }: Step,
  places: readonly number[],
  kept: string,
): Block {
  return {
    name,
    key: `${key} of ${places.join()} keeping ${kept}`,
    add: (net, values) => {
      const made = add(net, places.map((place) => values[place] as string));
      return [...values.filter((_, place) => kept[place] === "+"), made];
    },
  };
}

/** The first layer of a network, as a step. */
export function stemStep(steps: Steps, channels: number): StepValue {
  const { size } = steps.input;
  return steps.add({
    name: "stem",
    key: `stem ${channels}`,
    reads: [steps.input],
    size,
    channels,
    add: (net) => addStem(net, { channels, size }).name,
  });
}

/** An operation of a cell as a step; nothing is none. */
export function opStep(
  steps: Steps,
  name: string,
  { op, stride, from }: {
    readonly op: CellOp;
    readonly stride: 1 | 2;
    readonly from: StepValue;
  },
): StepValue {
  if (op === "skip_connect" && stride === 1) return from;
  const { size, channels } = from;
  return steps.add({
    name,
    key: `${op}, stride ${stride}`,
    reads: [from],
    size: stride === 2 ? halfOf(size) : size,
    channels,
    add: (net, [node]) =>
      addCellOp(net, name, { op, stride, from: { name: node as string, size, channels } }).name,
  });
}

/** What gives a value other channels, and half the size where one is asked for, as a step. */
export function projectionStep(
  steps: Steps,
  name: string,
  { channels, size, from }: {
    readonly channels: number;
    readonly size: number;
    readonly from: StepValue;
  },
): StepValue {
  return steps.add({
    name,
    key: `project to ${channels}, size ${size}`,
    reads: [from],
    size,
    channels,
    add: (net, [node]) =>
      addProjection(net, name, { channels, size, from: { ...from, name: node as string } }).name,
  });
}

/** Values of one size added up, or side by side, as a step. */
export function combineStep(
  steps: Steps,
  name: string,
  { combine, from }: { readonly combine: "add" | "concat"; readonly from: readonly StepValue[] },
): StepValue {
  const { size, channels } = from[0] as StepValue;
  return steps.add({
    name,
    key: combine,
    reads: from,
    size,
    channels: combine === "add" ? channels : from.reduce((sum, each) => sum + each.channels, 0),
    add: (net, nodes) => net.add(name, { op: combine }, ...nodes),
  });
}

/** The mean of each channel and the logits, as the last step of a network. */
export function headStep(
  steps: Steps,
  { classes, relu, from }: {
    readonly classes: number;
    readonly relu: boolean;
    readonly from: StepValue;
  },
): void {
  steps.add({
    name: "head",
    key: "head",
    reads: [from],
    size: 1,
    channels: classes,
    add: (net, [node]) => addHead(net, { classes, relu, from: { ...from, name: node as string } }),
  });
}
