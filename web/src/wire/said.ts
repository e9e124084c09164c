/** What the server and the page's workers say to people, of which they know the English words alone: fixes, and closer messages. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/** In the page's language where it is known here; null where not. */
export function translated(said: string): string | null {
  const known = KNOWN.get(said.replace(/\.$/, ""));
  return known === undefined ? null : i18n._(known);
}

const KNOWN: ReadonlyMap<string, MessageDescriptor> = new Map([
  ["the server does not keep this picture", msg`the server does not keep this picture`],
  [
    "a picture is neither on the server nor in this browser",
    msg`a picture is neither on the server nor in this browser`,
  ],
  ["the server does not take this picture", msg`the server does not take this picture`],
  ["this file cannot be read as a picture", msg`this file cannot be read as a picture`],
  ["this browser cannot run the engine", msg`this browser cannot run the engine`],
  ["the engine of this browser stopped", msg`the engine of this browser stopped`],
  ["the server did not read the prompts", msg`the server did not read the prompts`],
  ["the server has other weights by now", msg`the server has other weights by now`],
  ["the picture that came back is damaged", msg`the picture that came back is damaged`],
  [
    "the server closed the connection before it answered",
    msg`the server closed the connection before it answered`,
  ],
  [
    "Give it more room for assets, or use fewer pictures",
    msg`Give it more room for assets, or use fewer pictures`,
  ],
  ["Bring it again", msg`Bring it again`],
  ["Try another picture", msg`Try another picture`],
  ["Use a PNG, JPEG or WebP file", msg`Use a PNG, JPEG or WebP file`],
  [
    "The server renders on. Choose this browser again to try once more",
    msg`The server renders on. Choose this browser again to try once more`,
  ],
  ["What is drawn is kept. Try again when it is back", msg`What is drawn is kept. Try again when it is back`],
  ["Try again, or render on the server", msg`Try again, or render on the server`],
  ["Draw on; the next one replaces it", msg`Draw on; the next one replaces it`],
  ["Reload the page", msg`Reload the page`],
  ["Try again", msg`Try again`],
  ["Try again when the connection is back", msg`Try again when the connection is back`],
  ["Ask who shared it for a new one", msg`Ask who shared it for a new one`],
  ["Ask who shared the room for another link", msg`Ask who shared the room for another link`],
  ["Ask for another link", msg`Ask for another link`],
  ["Send a smaller picture", msg`Send a smaller picture`],
  ["Close one of them", msg`Close one of them`],
  ["Wait until it is done", msg`Wait until it is done`],
  ["Update Lightbrush", msg`Update Lightbrush`],
  ["Try again in a moment", msg`Try again in a moment`],
  [
    "Try again later, or raise the settings `max_sessions` or `max_queue`",
    msg`Try again later, or raise the settings \`max_sessions\` or \`max_queue\``,
  ],
  [
    "Try again later, or raise the setting `asset_bytes`",
    msg`Try again later, or raise the setting \`asset_bytes\``,
  ],
  ["Stop it first", msg`Stop it first`],
  ["Shrink it", msg`Shrink it`],
  ["Revoke one", msg`Revoke one`],
  [
    "Remove one, or raise the setting `recordings_bytes`",
    msg`Remove one, or raise the setting \`recordings_bytes\``,
  ],
  ["Remove a finished one", msg`Remove a finished one`],
  ["Reload the page or upgrade", msg`Reload the page or upgrade`],
  [
    "Open the address that `lightbrush serve` printed; it carries the token",
    msg`Open the address that \`lightbrush serve\` printed; it carries the token`,
  ],
  [
    "Open it by the address that `lightbrush serve` printed",
    msg`Open it by the address that \`lightbrush serve\` printed`,
  ],
  ["Make room", msg`Make room`],
  ["Make room on the disk, or cancel or remove jobs", msg`Make room on the disk, or cancel or remove jobs`],
  ["End one", msg`End one`],
  ["Cancel it first", msg`Cancel it first`],
  ["Cancel one", msg`Cancel one`],
  ["Copy the address anew: Perform, Output", msg`Copy the address anew: Perform, Output`],
  [
    "Close another page of yours, or raise the setting `user_sessions`",
    msg`Close another page of yours, or raise the setting \`user_sessions\``,
  ],
  [
    "Clear pictures that were pasted, or begin a new document",
    msg`Clear pictures that were pasted, or begin a new document`,
  ],
  ["Change the shot, or see the gateway's log", msg`Change the shot, or see the gateway's log`],
]);
