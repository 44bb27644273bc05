/** The only file that knows the notebook's kernel. */
import type { MimeBundle } from "./mime.ts";

interface Kernel {
  display(
    bundle: MimeBundle,
    options: { raw: true; update?: boolean; display_id?: string },
  ): Promise<void>;
}

/** The notebook's kernel; `undefined` elsewhere, where asking for it throws. */
function kernel(): Kernel | undefined {
  try {
    return Reflect.get(Deno, "jupyter") as Kernel | undefined;
  } catch {
    return undefined;
  }
}

/** Whether the code runs in a notebook. */
export function inNotebook(): boolean {
  return kernel() !== undefined;
}

/** Which output a bundle is for. */
export interface DisplayTarget {
  /** The output's name; a new output without a name when absent. */
  readonly id?: string;
  /** Whether it replaces what the output of that name shows. */
  readonly update?: boolean;
}

/** Sends a bundle to the notebook. Throws outside one. */
export async function display(bundle: MimeBundle, target: DisplayTarget = {}): Promise<void> {
  const to = kernel();
  if (to === undefined) throw new Error("Cannot display: this is not a notebook");
  await to.display(bundle, {
    raw: true,
    ...(target.id === undefined ? {} : { display_id: target.id }),
    ...(target.update ? { update: true } : {}),
  });
}

/**
 * Waits until what was sent has left. The kernel may say that a cell has ended before it has sent
 * the cell's last outputs, and viewers stop listening then; a timer's turn is enough for them.
 */
export function outputsSent(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
