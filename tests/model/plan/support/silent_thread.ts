/** A thread that ends before it is ready. */
import process from "node:process";

process.exit(3);
