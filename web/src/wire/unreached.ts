/** What is said where a call over HTTP has no answer that this page knows. */

import { t } from "@lingui/core/macro";
import type { Problem } from "./shots";

/** No answer came. */
export const unreached = (message = t`the server cannot be reached`): Problem => ({
  code: "client.connection",
  message,
  value: "",
  fix: t`Try again when the connection is back.`,
});

/** One came, of another shape. */
export const odd = (): Problem => ({
  code: "client.connection",
  message: t`the server answered what this page does not know`,
  value: "",
  fix: t`Reload the page: the server may have another version.`,
});
