/** A search of its own process, for a test to kill: `journalled_search.ts <journal> <workers>`. */
import { killable } from "./killable.ts";
import { inline, search, workers } from "../../../lib/search/mod.ts";

const [journal, count] = Deno.args;
const executor = Number(count) === 0 ? inline() : workers(Number(count));
await search({ ...killable, journal: journal!, executor });
