import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

// tfjs prints a banner on stderr at the first kernel call when it believes to run in plain Node, and
// a notebook's grader reads stderr as failure.
tf.env().set("IS_NODE", false);

/** TensorFlow.js: the kit's one copy of it. A second copy would not share backends or tensors. */
export { tf };
