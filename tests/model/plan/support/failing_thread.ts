/** A thread whose first linear layer forward traps. */
import { failOnce } from "./fail_once.ts";

failOnce();
await import("../../../../lib/model/plan/threads/thread.ts");
