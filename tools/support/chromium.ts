/** The browser that the tests look at notebooks with. */
import { which } from "./paths.ts";

/** The path of a Chromium or Chrome on the PATH. */
export function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    const path = which(name);
    if (path !== undefined) return path;
  }
  return undefined;
}
