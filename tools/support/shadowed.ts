/** Names that a cell must not take: the kernel's global scope is that of every module. */
import { blanked, importPattern } from "./notebook.ts";

/** A global of JavaScript that a cell takes the name of. */
export interface ShadowedGlobal {
  readonly name: string;
  /** Line of the cell, from 1. */
  readonly line: number;
}

/** Globals in lower case that modules call by their bare names. */
const functions = [
  ...["clearInterval", "clearTimeout", "setInterval", "setTimeout", "queueMicrotask"],
  ...["globalThis", "self", "process", "performance", "crypto", "console", "fetch"],
  ...["parseFloat", "parseInt", "isFinite", "isNaN", "structuredClone"],
];

/** Whether modules count on this name to be JavaScript's. */
function isGlobal(name: string): boolean {
  return functions.includes(name) || (/^[A-Z]/.test(name) && Object.hasOwn(globalThis, name));
}

/** The names that an import clause binds, each with the text that binds it. */
export function bindings(clause: string): { local: string; text: string; braced: boolean }[] {
  const braces = /\{([^}]*)\}/.exec(clause);
  const outside = clause.replace(/\{[^}]*\}/, "").split(",");
  const inside = (braces?.[1] ?? "").split(",");
  const local = (part: string) => part.trim().split(/\s+/).at(-1)!;
  const list = (parts: string[], braced: boolean) =>
    parts.filter((part) => part.trim() !== "")
      .map((part) => ({ local: local(part), text: part.trim(), braced }));
  return [...list(outside, false), ...list(inside, true)];
}

/**
 * The globals that a cell imports or declares under their own names. What a cell declares is seen by the
 * code of all modules, jsdom and plotly too, so that `import { type Proxy }` leaves them without a `Proxy`:
 * the kernel takes a `type` within braces for a value. `import type` binds nothing, nor does a `type` or an
 * `interface`.
 */
export function shadowedGlobals(source: string): ShadowedGlobal[] {
  const found: ShadowedGlobal[] = [];
  const lineAt = (place: number) => source.slice(0, place).split("\n").length;
  const note = (name: string, place: number) => {
    if (isGlobal(name)) found.push({ name, line: lineAt(place) });
  };
  const rest = source.replace(importPattern, (statement, type, clause = "", _quote, _from, at) => {
    for (const { local } of type === undefined ? bindings(clause) : []) {
      note(local, at + statement.search(new RegExp(`\\b${local}\\b(?!\\s+as\\b)`)));
    }
    return statement.replace(/[^\n]/g, " ");
  });
  for (const { name, place } of declarations(blanked(rest))) note(name, place);
  return found;
}

/** The names that statements outside of all brackets declare. Strings and comments are blanks. */
function* declarations(code: string): Generator<{ name: string; place: number }> {
  const outer = outermost(code);
  const statement =
    /(?<![\w$.])(?:(?:const|let|var)\s+([\w$]+|[[{])|(?:class|enum|function)\b\s*\*?\s*([\w$]+))/g;
  for (const match of outer.matchAll(statement)) {
    const [text, variable, other] = match;
    const place = match.index + text.length - (variable ?? other)!.length;
    if (variable === "{" || variable === "[") yield* patternNames(code, place);
    else yield { name: (variable ?? other)!, place };
  }
  // `const a = 1, b = 2;` and, no better, `b = 2`.
  for (
    const { 1: name, index } of outer.matchAll(/(?<=[,;]\s*|^)([A-Za-z_$][\w$]*)\s*=(?![=>])/gm)
  ) {
    yield { name: name!, place: index };
  }
}

/** Code with everything in brackets blanked; the brackets stay. */
function outermost(code: string): string {
  let depth = 0;
  return [...code].map((letter, i) => {
    // A declaration at the very start of a line is in no bracket, whatever a regular expression holds.
    const isStart = i === 0 || code[i - 1] === "\n";
    if (isStart && /^(?:const|let|var|class|enum|function|async)\b/.test(code.slice(i, i + 9))) {
      depth = 0;
    }
    if (/[)\]}]/.test(letter)) depth = Math.max(0, depth - 1);
    const shown = depth === 0 || letter === "\n" ? letter : " ";
    if (/[([{]/.test(letter)) depth++;
    return shown;
  }).join("");
}

/** The names that a pattern binds which opens here: in `{ a, b: c = d, ...e }` they are a, c and e. */
function* patternNames(code: string, start: number): Generator<{ name: string; place: number }> {
  let depth = 0;
  for (const { 0: token, index } of code.slice(start).matchAll(/[[{]|[\]}]|[A-Za-z_$][\w$]*/g)) {
    if (/[[{]/.test(token)) depth++;
    else if (/[\]}]/.test(token)) {
      if (--depth === 0) return;
    } else {
      const [before, after] = [
        code.slice(0, start + index),
        code.slice(start + index + token.length),
      ];
      if (!/=\s*$/.test(before) && /^\s*[,=\]}]/.test(after)) {
        yield { name: token, place: start + index };
      }
    }
  }
}
