/**
 * Makes names for a format that does not have all characters: what matches `foreign` becomes `_`, and a name
 * that was given away before gets a number.
 */
export function uniqueNames(foreign: RegExp): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const plain = name.replaceAll(foreign, "_").replace(/^[^A-Za-z0-9]/, "n$&");
    let unique = plain;
    for (let i = 2; taken.has(unique); i++) unique = `${plain}_${i}`;
    taken.add(unique);
    return unique;
  };
}
