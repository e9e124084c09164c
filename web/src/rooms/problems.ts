/** What a room's socket says when it refuses something. */

import { t } from "@lingui/core/macro";
import type { Problem } from "../wire/shots";

export const refused = (): Problem => ({
  code: "room.link",
  message: t`the room cannot be joined`,
  value: "",
  fix: t`Ask who shared it for a new link.`,
});

/** Text of the server -> a Problem; what is none is told as it is. */
export function readProblem(text: string): Problem {
  try {
    const said = JSON.parse(text) as Partial<Record<keyof Problem, unknown>> | null;
    const of = (name: keyof Problem) => (typeof said?.[name] === "string" ? said[name] : "");
    if (of("code") !== "")
      return { code: of("code"), message: of("message"), value: of("value"), fix: of("fix") };
  } catch {
    // Another server's words.
  }
  return { ...refused(), message: text.slice(0, 200) };
}
