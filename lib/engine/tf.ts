import * as tf from "@tensorflow/tfjs";
import "./register.ts";

/** TensorFlow.js: the kit's one copy of it. A second copy would not share backends or tensors. */
export { tf };
