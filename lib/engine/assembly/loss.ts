import { bytes, loadSome, storeSome } from "./common";
import { exp, log } from "./math";

/**
 * losses [rows] = the cross entropy of the softmax of logits [rows, classes] against labels (int32 [rows]),
 * in nats, with `smoothing` of each target spread evenly over the classes; dlogits [rows, classes] = `scale`
 * times the gradient of each row's loss. Labels must be classes.
 */
export function softmaxCrossEntropy(
  logits: usize,
  labels: usize,
  dlogits: usize,
  losses: usize,
  rows: i32,
  classes: i32,
  smoothing: f64,
  scale: f64,
): void {
  const spread = smoothing / <f64> classes;
  for (let i = 0; i < rows; i++) {
    let most: f32 = -Infinity;
    for (let k = 0; k < classes; k++) most = max<f32>(most, load<f32>(logits + bytes(k)));
    const shift = f32x4.splat(most);
    let sum: f64 = 0, offset: f64 = 0;
    for (let k = 0; k < classes; k += 4) {
      const lanes = min(4, classes - k), at = bytes(k);
      const distance = f32x4.sub(loadSome(logits + at, lanes), shift);
      storeSome(dlogits + at, exp(distance), lanes);
      for (let j = 0; j < lanes; j++) {
        sum += <f64> load<f32>(dlogits + at + bytes(j));
        offset += <f64> load<f32>(logits + at + bytes(j)) - <f64> most;
      }
    }
    const target = load<i32>(labels + bytes(i));
    const own = <f64> load<f32>(logits + bytes(target)) - <f64> most;
    store<f32>(losses + bytes(i), <f32> (log(sum) - (1 - smoothing) * own - spread * offset));
    for (let k = 0; k < classes; k++) {
      const at = dlogits + bytes(k);
      const wanted = spread + (k == target ? 1 - smoothing : 0);
      store<f32>(at, <f32> (scale * (<f64> load<f32>(at) / sum - wanted)));
    }
    logits += bytes(classes);
    dlogits += bytes(classes);
  }
}
