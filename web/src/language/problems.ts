/** What a problem says, in the page's language. The server's words are English; its codes are the same in every language. */

import { i18n } from "@lingui/core";
import { CODES } from "../wire/codes";
import type { Problem } from "../wire/shots";

/** Of these the page itself says what happened, closer than the code does. */
const OURS = /^(client|project)\./;

/** In English what was said; elsewhere what its code means, where that is known here. */
export function messageOf({ code, message }: Pick<Problem, "code" | "message">): string {
  const meant = CODES[code];
  if (meant === undefined) return message || code;
  const said = message !== "" && (i18n.locale === "en" || OURS.test(code));
  return said ? message : i18n._(meant);
}
