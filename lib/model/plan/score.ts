import type { BatchEvaluation } from "./plan.ts";

/** How many rows have their highest logit, the first if several are, at their label. */
export function countCorrect(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  return labels.reduce(
    (correct, label, row) => correct + (highest(logits, row * classes, classes) === label ? 1 : 0),
    0,
  );
}

/** Reads a batch's loss, classes and probabilities off its logits. */
export function score(logits: Float32Array, labels: Int32Array): BatchEvaluation {
  const count = labels.length, classes = logits.length / count;
  const predictions = new Int32Array(count), confidence = new Float32Array(count);
  let loss = 0, correct = 0;
  labels.forEach((label, row) => {
    const start = row * classes;
    const best = highest(logits, start, classes), most = logits[start + best] as number;
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp((logits[start + k] as number) - most);
    predictions[row] = best;
    confidence[row] = 1 / sum;
    loss += Math.log(sum) - ((logits[start + label] as number) - most);
    if (best === label) correct++;
  });
  return { loss: loss / count, correct, predictions, confidence };
}

function highest(logits: Float32Array, start: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) {
    if ((logits[start + k] as number) > (logits[start + best] as number)) best = k;
  }
  return best;
}
