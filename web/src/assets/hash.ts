/** SHA-256. The browser's own is missing on pages served over plain http to another machine. */

import { digest } from "lib0/hash/sha256";

const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** 64 lower-case hex digits. */
export async function sha256(
  bytes: Uint8Array<ArrayBuffer>,
  subtle: SubtleCrypto | undefined = crypto.subtle,
): Promise<string> {
  return hex(subtle ? new Uint8Array(await subtle.digest("SHA-256", bytes)) : digest(bytes));
}
