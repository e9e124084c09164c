/**
 * The room's own socket: the document and who is there, by y-websocket. That reconnects by itself, sends what was drawn
 * meanwhile, and stops where the server says that to come again is of no use (close codes 44xx).
 */

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { encodeAwarenessUpdate } from "y-protocols/awareness";
import { messageAuth, messageAwareness, WebsocketProvider } from "y-websocket";
import type * as Y from "yjs";
import type { Problem } from "../wire/shots";
import type { RoomKey } from "./address";
import type { Me } from "./people";
import { readProblem, refused } from "./problems";

export interface RoomEvents {
  /** open: what the room has is here. */
  state(state: "connecting" | "open" | "offline"): void;
  /** It will not come again by itself. */
  refused(problem: Problem): void;
  problem(problem: Problem): void;
  /** A change is larger than a message may be. */
  tooLarge(): void;
  people(states: ReadonlyMap<number, unknown>): void;
}

/** Of uvicorn, for a message beyond its own limit. */
const MESSAGE_TOO_BIG = 1009;
const TOO_LARGE = 4413;

export class RoomSocket {
  private readonly provider: WebsocketProvider;
  private lastProblem: Problem | null = null;
  private readonly say: () => void;

  constructor(root: string, key: RoomKey, token: string, me: Me, y: Y.Doc, events: RoomEvents) {
    const url = new URL("rooms", root);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const params: Record<string, string> = { name: me.name };
    if (token !== "") params.token = token;
    if (key.link !== "") params.link = key.link;
    const provider = new WebsocketProvider(url.href, key.id, y, {
      params,
      connect: false,
      disableBc: true, // other tabs are members too
      maxBackoffTime: 8000,
    });
    this.provider = provider;
    const { awareness } = provider;
    // The provider would repeat to the server what it heard of the others; each page speaks for itself.
    awareness.off("update", provider._awarenessUpdateHandler);
    this.say = () => {
      if (!provider.wsconnected || provider.ws === null) return;
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, messageAwareness);
      encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [y.clientID]));
      provider.ws.send(encoding.toUint8Array(encoder));
    };
    awareness.on("update", (_: unknown, origin: unknown) => origin === "local" && this.say());
    awareness.on("change", () => events.people(awareness.getStates()));
    provider.messageHandlers[messageAuth] = (_encoder, decoder) => {
      decoding.readVarUint(decoder);
      this.lastProblem = readProblem(decoding.readVarString(decoder));
      events.problem(this.lastProblem);
    };
    provider.on("status", ({ status }) => {
      if (status !== "connected") events.state(status === "connecting" ? "connecting" : "offline");
    });
    provider.on("sync", (synced: boolean) => synced && events.state("open"));
    provider.on("connection-close", (event) => {
      if (event?.code === MESSAGE_TOO_BIG) {
        provider.disconnect();
        events.tooLarge();
      } else events.state("offline");
    });
    provider.on("closed", ({ code }) => {
      if (code === TOO_LARGE && this.lastProblem?.code === "room.update_size") events.tooLarge();
      else events.refused(this.lastProblem ?? refused());
    });
  }

  connect(): void {
    this.lastProblem = null;
    this.provider.connect();
  }

  /** The network or the page came back: do not wait any longer. */
  wake(): void {
    if (this.provider.shouldConnect && !this.provider.wsconnected && !this.provider.wsconnecting) {
      this.provider.disconnect();
      this.provider.connect();
    }
  }

  tell(field: string, value: unknown): void {
    this.provider.awareness.setLocalStateField(field, value);
  }

  close(): void {
    this.provider.destroy();
  }
}
