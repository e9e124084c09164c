/** Another site's picture, by its address. The page asks for it as a stranger: no cookies, and not who asks. */

import { t } from "@lingui/core/macro";
import type { Problem } from "../wire/shots";

export const MAX_PICTURE_BYTES = 32 * 1024 * 1024;
const WITHIN_MS = 20_000;

/** The address that somebody pasted or dropped, when that is all that they did; null: it is none. */
export function addressOf(text: string): URL | null {
  // A list of addresses may have comments (RFC 2483, section 5).
  const [only, more] = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  if (only === undefined || more !== undefined || !/^https?:\/\/\S+$/i.test(only.trim())) return null;
  try {
    return new URL(only.trim());
  } catch {
    return null;
  }
}

/** What is dropped from another page: the picture's own address, not that of the link around it. */
export function addressOfPicture(html: string): URL | null {
  const source = /<img\b[^>]*?\ssrc\s*=\s*(?:"([^"]+)"|'([^']+)')/i.exec(html);
  return source === null ? null : addressOf((source[1] ?? source[2] ?? "").replaceAll("&amp;", "&"));
}

/** What a layer of it is called. */
export const nameOf = ({ pathname, hostname }: URL): string => {
  const last = pathname.split("/").findLast((part) => part !== "") ?? "";
  try {
    return decodeURIComponent(last) || hostname;
  } catch {
    return last;
  }
};

/** Rejects with a Problem. */
export async function fetchPicture(address: URL, fetcher: typeof fetch = fetch): Promise<Blob> {
  const problem = (message: string, fix: string): Problem => ({
    code: "client.picture",
    message,
    value: address.href.slice(0, 200),
    fix,
  });
  const save = t`Save the picture there, and drop the file`;
  if (address.protocol !== "https:" && address.origin !== globalThis.location?.origin)
    throw problem(t`pictures are fetched over https alone`, save);
  const site = address.hostname;
  let answer: Response;
  try {
    answer = await fetcher(address, {
      mode: "cors",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
  } catch {
    // A page is not told which of the two it is.
    throw problem(t`${site} cannot be reached, or does not let other pages read its pictures`, save);
  }
  if (!answer.ok) throw problem(t`${site} answers ${{ status: answer.status }}`, t`Check the address`);
  const type = answer.headers.get("content-type") ?? "";
  if (!type.startsWith("image/"))
    throw problem(
      t`there is no picture at this address`,
      t`Take the address of the picture itself, not of its page`,
    );
  return new Blob(await within(answer, () => problem(t`the picture is larger than 32 MB`, save)), { type });
}

/** Not more than the limit is read, whatever the answer says of its size. */
async function within(answer: Response, tooLarge: () => Problem): Promise<BlobPart[]> {
  const parts: BlobPart[] = [];
  let bytes = 0;
  const reader = answer.body?.getReader();
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
    bytes += read.value.length;
    if (bytes > MAX_PICTURE_BYTES) {
      await reader?.cancel();
      throw tooLarge();
    }
    parts.push(read.value);
  }
  return parts;
}
