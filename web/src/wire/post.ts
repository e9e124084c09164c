/** Asking the gateway about what is here, as whoever edits here: by the page's token, in a room by its link too. */

import { t } from "@lingui/core/macro";
import { refusalOf } from "./refusal";
import type { Problem } from "./shots";

export interface Asker {
  readonly root: string;
  readonly token: string;
  room(): { readonly id: string; readonly link: string } | null;
}

/** Resolves with an answer that is ok; rejects with a Problem. unread: what did not happen, and what else can be done. */
export async function post(
  { root, token, room }: Asker,
  path: string,
  body: BodyInit | null,
  unread: { readonly message: string; readonly fix: string },
): Promise<Response> {
  const url = new URL(path, root);
  const headers = new Headers();
  const at = room();
  if (token !== "") headers.set("authorization", `Bearer ${token}`);
  if (at !== null) url.searchParams.set("room", at.id);
  if (at?.link) headers.set("lightbrush-link", at.link);
  const answer = await fetch(url, { method: "POST", body, headers }).catch(() => null);
  const code = "client.connection";
  if (answer === null)
    throw { code, message: unread.message, value: "", fix: t`Try again when it is back.` } satisfies Problem;
  if (!answer.ok) throw await refusalOf(answer, { code, ...unread });
  return answer;
}
