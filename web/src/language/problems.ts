/** What a problem says, in the page's language. The server's words are English; its codes are the same in every language. */

import { i18n } from "@lingui/core";
import { CODES } from "../wire/codes";
import { translated } from "../wire/said";
import type { Problem } from "../wire/shots";

/** Of these the page itself says what happened, closer than the code does. */
const OURS = /^(client|project)\./;

/** In English what was said; elsewhere the same where it is known here, else what its code means. */
export function messageOf({ code, message }: Pick<Problem, "code" | "message">): string {
  const meant = CODES[code];
  if (meant === undefined) return message || code;
  if (message !== "" && i18n.locale === "en") return message;
  return translated(message) ?? (message !== "" && OURS.test(code) ? message : i18n._(meant));
}

/** What to do: the server's own words where they are not known here. */
export const fixOf = ({ fix }: Pick<Problem, "fix">): string => translated(fix) ?? fix;
