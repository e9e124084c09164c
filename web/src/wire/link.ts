/**
 * The connection to the gateway as an explicit state machine. It reconnects by itself and re-sends the newest shot
 * that has no answer. Socket, clock and randomness are passed in; it runs in a worker, so drawing never waits for it.
 *
 *     connecting --WELCOME--> open --close--> waiting --timer, wake()--> connecting
 *         |                                      ^
 *         +--close-------------------------------+
 *     any --PROBLEM access.token | access.origin | wire.version | room.link | room.missing--> refused (until wake())
 */

import { WireError } from "./bytes";
import { decodeIncoming, encodePrepare, encodeSeat, type Incoming } from "./codec";
import type { PictureMeta, Prepare, Problem, Status, Welcome } from "./shots";

export type LinkState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "open"; readonly session: string }
  | { readonly name: "waiting"; readonly attempt: number; readonly delay_ms: number }
  | { readonly name: "refused"; readonly problem: Problem };

/** The part of WebSocket that the link uses. */
export interface Socket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface LinkWorld {
  connect(): Socket;
  /** Run `act` after a delay; the returned function cancels. */
  after(delay_ms: number, act: () => void): () => void;
  /** In [0, 1): spreads reconnects of many pages. */
  random(): number;
}

export interface LinkEvents {
  state(state: LinkState): void;
  welcome(welcome: Welcome): void;
  status(status: Status): void;
  problem(seq: number, problem: Problem): void;
  prepared(seq: number, share: number): void;
  picture(seq: number, picture: PictureMeta, data: Uint8Array): void;
  /** The socket takes shots again: after an open, or after its buffer drained. */
  writable(): void;
}

export const MAX_BUFFERED_BYTES = 192 * 1024;
export const FIRST_DELAY_MS = 250;
export const MAX_DELAY_MS = 8000;
const DRAIN_CHECK_MS = 12;

const FINAL = new Set(["access.token", "access.origin", "wire.version", "room.link", "room.missing"]);

/** Exponential with jitter: half fixed, half random, so that pages do not return in step. */
export function delayBeforeAttempt(attempt: number, random: number): number {
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(full * (0.5 + 0.5 * random));
}

export class Link {
  private current: LinkState = { name: "idle" };
  private socket: Socket | null = null;
  private cancel: (() => void) | null = null;
  private draining = false;
  private attempt = 0;
  private able = true;
  private shows = false;
  private newest: { seq: number; bytes: Uint8Array<ArrayBuffer>; answered: boolean; failed: boolean } | null =
    null;

  constructor(
    private readonly world: LinkWorld,
    private readonly events: LinkEvents,
  ) {}

  get state(): LinkState {
    return this.current;
  }

  open(): void {
    if (this.current.name === "idle") this.connect();
  }

  /** Another address from now on: what was asked for is asked for there. */
  reopen(): void {
    if (this.current.name === "idle") return;
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.attempt = 0;
    this.connect();
  }

  /** The browser came online or the page became visible: do not wait any longer. */
  wake(): void {
    if (this.current.name !== "waiting" && this.current.name !== "refused") return;
    this.attempt = 0;
    this.connect();
  }

  /** May a shot be sent now? When not, the caller keeps only its newest and is told by `writable`. */
  get writable(): boolean {
    if (this.current.name !== "open" || this.socket === null) return false;
    if (this.socket.bufferedAmount <= MAX_BUFFERED_BYTES) return true;
    this.watchDrain();
    return false;
  }

  /** Send an encoded shot, or keep it as the newest for the next open. */
  send(seq: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.newest = { seq, bytes, answered: false, failed: false };
    if (this.current.name === "open") this.socket?.send(bytes);
  }

  /** Send now or never, in the place of the newest shot: the page says again what still holds when it opens. */
  tell(bytes: Uint8Array<ArrayBuffer>): void {
    this.newest = null;
    if (this.current.name === "open") this.socket?.send(bytes);
  }

  /** Whether the page can render for its room; said again after each open. */
  seat(able: boolean, shows: boolean): void {
    this.able = able;
    this.shows = shows;
    if (this.current.name === "open") this.socket?.send(encodeSeat(able, shows));
  }

  /** Now or never: a connection that is made anew asks again, if it still wants it. */
  prepare(seq: number, prepare: Prepare): void {
    if (this.current.name === "open") this.socket?.send(encodePrepare(seq, prepare));
  }

  private connect(): void {
    this.cancel?.();
    this.cancel = null;
    this.enter({ name: "connecting", attempt: this.attempt });
    const socket = this.world.connect();
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(event.data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.closed();
    };
    this.socket = socket;
  }

  private receive(data: unknown): void {
    let incoming: Incoming;
    try {
      if (!(data instanceof ArrayBuffer)) throw new WireError("wire.text", "expected a binary message");
      incoming = decodeIncoming(data);
    } catch (error) {
      const code = error instanceof WireError ? error.code : "wire.meta";
      this.events.problem(0, { code, message: String(error), value: "", fix: "Reload the page" });
      return;
    }
    switch (incoming.kind) {
      case "welcome":
        this.attempt = 0;
        this.enter({ name: "open", session: incoming.welcome.session });
        this.events.welcome(incoming.welcome);
        if (!this.able || this.shows) this.seat(this.able, this.shows);
        this.resend();
        this.events.writable();
        return;
      case "status":
        this.events.status(incoming.status);
        if (incoming.status.state === "ready" && this.newest?.failed) this.resend();
        return;
      case "problem":
        this.failed(incoming.seq, incoming.problem);
        return;
      case "prepared":
        this.events.prepared(incoming.seq, incoming.share);
        return;
      case "picture":
        if (incoming.seq === this.newest?.seq) this.newest.answered = true;
        this.events.picture(incoming.seq, incoming.picture, incoming.data);
    }
  }

  private failed(seq: number, problem: Problem): void {
    if (FINAL.has(problem.code)) {
      const { socket } = this;
      this.socket = null;
      socket?.close();
      this.enter({ name: "refused", problem });
    } else if (seq === this.newest?.seq) {
      // A fleet problem passes: the shot is sent again when the fleet is ready. Others would fail again.
      this.newest.failed = problem.code.startsWith("fleet.");
      this.newest.answered = !this.newest.failed;
    }
    this.events.problem(seq, problem);
  }

  private resend(): void {
    if (this.newest === null || this.newest.answered) return;
    this.newest.failed = false;
    this.socket?.send(this.newest.bytes);
  }

  private closed(): void {
    this.socket = null;
    const delay_ms = delayBeforeAttempt(this.attempt, this.world.random());
    this.attempt += 1;
    this.enter({ name: "waiting", attempt: this.attempt, delay_ms });
    this.cancel = this.world.after(delay_ms, () => this.connect());
  }

  /** WebSocket has no "drained" event, so while something is held back its buffer is looked at now and then. */
  private watchDrain(): void {
    if (this.draining) return;
    this.draining = true;
    this.world.after(DRAIN_CHECK_MS, () => {
      this.draining = false;
      if (this.writable) this.events.writable();
    });
  }

  private enter(state: LinkState): void {
    this.current = state;
    this.events.state(state);
  }
}
