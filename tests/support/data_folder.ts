/**
 * The path of a published table in the folder that `NASKIT_DATA` names, for checks that run only
 * where the table is; `undefined` where it is not.
 */
export function publishedTable(file: string): string | undefined {
  const folder = Deno.env.get("NASKIT_DATA");
  if (folder === undefined) return undefined;
  const path = `${folder}/${file}`;
  try {
    Deno.statSync(path);
    return path;
  } catch {
    return undefined;
  }
}
