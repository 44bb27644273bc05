/**
 * Puts a file in place when it is on the disk as a whole, so that it is there as it was or as it is to be.
 * Missing folders are made.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const folder = path.replace(/[^/\\]*$/, "");
  if (folder !== "") await Deno.mkdir(folder, { recursive: true });
  const draft = `${path}.part`;
  {
    using file = await Deno.create(draft);
    for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
    await file.syncData();
  }
  await Deno.rename(draft, path);
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export async function checksumOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
