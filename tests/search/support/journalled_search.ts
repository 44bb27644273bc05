/** A search of its own process, for a test to kill: `journalled_search.ts <journal> <workers>`. */
import { killable } from "./killable.ts";
import { search, workers } from "../../../lib/search/mod.ts";

const [journal, count] = Deno.args;
await search({ ...killable, journal: journal!, executor: workers(Number(count)) });
