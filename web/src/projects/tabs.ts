/**
 * Pages of one browser that have the same project open tell each other what they change, so that they show the same and
 * nothing that either does is lost. What each keeps, it keeps itself (doc/keep.ts).
 */

import * as Y from "yjs";
import type { Channel } from "./catalogue";

export const channelOf = (project: string): string => `lightbrush-project-${project}`;

type Message =
  | { readonly type: "here"; readonly vector: Uint8Array; readonly answers: boolean }
  | { readonly type: "update"; readonly update: Uint8Array }
  /** Is there anybody? */
  | { readonly type: "who" }
  | { readonly type: "me" }
  /** The project was deleted for good. */
  | { readonly type: "gone" };

const PATIENCE_MS = 400;
/** An update that says nothing: two empty lists. */
const EMPTY_BYTES = 2;

/** kept: the origin of what comes from the disk, which whoever wrote it has told already. Returns the way out. */
export function joinTabs(y: Y.Doc, channel: Channel, kept: object | null, gone: () => void): () => void {
  const say = (message: Message) => channel.postMessage(message);
  const missing = (vector: Uint8Array) => {
    const update = Y.encodeStateAsUpdate(y, vector);
    if (update.length > EMPTY_BYTES) say({ type: "update", update });
  };
  channel.onmessage = ({ data }: MessageEvent) => {
    const message = data as Message;
    switch (message.type) {
      case "here":
        missing(message.vector);
        if (!message.answers) say({ type: "here", vector: Y.encodeStateVector(y), answers: true });
        return;
      case "update":
        Y.applyUpdate(y, message.update, channel);
        return;
      case "who":
        say({ type: "me" });
        return;
      case "gone":
        gone();
    }
  };
  const tell = (update: Uint8Array, origin: unknown) => {
    if (origin !== channel && (kept === null || origin !== kept)) say({ type: "update", update });
  };
  y.on("update", tell);
  say({ type: "here", vector: Y.encodeStateVector(y), answers: false });
  return () => {
    y.off("update", tell);
    channel.onmessage = null;
  };
}

/** Does any other page have it open? A page that the browser has put to sleep may not answer. */
export function isOpenElsewhere(channel: Channel, patience_ms = PATIENCE_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patience_ms);
    channel.onmessage = ({ data }: MessageEvent) => {
      if ((data as Message).type !== "me") return;
      clearTimeout(timer);
      resolve(true);
    };
    channel.postMessage({ type: "who" } satisfies Message);
  });
}

export const sayGone = (channel: Channel): void => channel.postMessage({ type: "gone" } satisfies Message);
