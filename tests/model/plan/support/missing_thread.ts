/** A thread that says it is ready and then does nothing. */
import { parentPort } from "node:worker_threads";

parentPort?.once("message", () => parentPort?.postMessage({ ready: true }));
