/**
 * What the page hears of the server's jobs. First the stream is opened, then the list is read, then the stream: so no
 * change is lost in between, and after every break the list is whole again.
 *
 *     closed --open()--> connecting --stream and list--> open --the stream breaks--> connecting
 *                             \-----the list alone-----> polled: it is read again and again
 *                             \-----neither------------> offline: tried again, each time later
 *                             \-----404----------------> absent;  refused --> refused: until wake()
 *     any --close()--> closed
 */

import type { Problem } from "../wire/shots";
import { readEvents } from "./events";
import { type Job, readGone, readJob } from "./job";

export type FeedState = "closed" | "connecting" | "open" | "polled" | "offline" | "absent" | "refused";

export interface FeedWorld {
  /** Null: this server has no jobs. */
  list(signal: AbortSignal): Promise<readonly Job[] | null>;
  /** Null: this server has no events. */
  events(signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null>;
  /** Whether a job is under way, so that something should be heard. */
  busy(): boolean;
  all(jobs: readonly Job[]): void;
  changed(job: Job): void;
  gone(id: string): void;
  state(state: FeedState): void;
  /** Returns what calls it off. */
  after(delay_ms: number, act: () => void): () => void;
}

/** A stream that has not begun by then is held up on the way, by a proxy that gathers: the list is read instead. */
export const STREAM_WITHIN_MS = 4000;
/** The server says something every 15 s. While a job is under way, a stream that is silent for longer is broken. */
export const SILENCE_MS = 35_000;
export const POLL_BUSY_MS = 2000;
export const POLL_IDLE_MS = 15_000;
export const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15_000] as const;

export class Feed {
  private current: FeedState = "closed";
  private stop: AbortController | null = null;
  private hurry: (() => void) | null = null;
  private failures = 0;

  constructor(private readonly world: FeedWorld) {}

  open(): void {
    if (this.stop !== null) return;
    const stop = new AbortController();
    this.stop = stop;
    void this.run(stop.signal).finally(() => {
      if (this.stop === stop) this.stop = null;
    });
  }

  close(): void {
    this.stop?.abort();
    this.stop = null;
    this.enter("closed");
  }

  /** Something says that now is a good time to try. */
  wake(): void {
    this.failures = 0;
    this.hurry?.();
    this.open();
  }

  private enter(state: FeedState): void {
    if (state === this.current) return;
    this.current = state;
    this.world.state(state);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait_ms = await this.listen(signal);
      if (signal.aborted || wait_ms === null) return;
      await this.rest(wait_ms, signal);
    }
  }

  /** One connection from its beginning to its end. -> how long to wait before the next; null: there is none. */
  private async listen(signal: AbortSignal): Promise<number | null> {
    if (this.current !== "polled" && this.current !== "offline") this.enter("connecting");
    const stream = new AbortController();
    const stopStream = () => stream.abort();
    signal.addEventListener("abort", stopStream, { once: true });
    try {
      const body = await this.begun(stream);
      const jobs = await this.world.list(signal);
      if (signal.aborted) return null;
      if (jobs === null) {
        this.enter("absent");
        return null;
      }
      this.failures = 0;
      this.world.all(jobs);
      this.enter(body === null ? "polled" : "open");
      if (body === null) return this.world.busy() ? POLL_BUSY_MS : POLL_IDLE_MS;
      await this.follow(body, stream);
      return RETRY_MS[0];
    } catch (error) {
      if (signal.aborted) return null;
      if ((error as Problem).code?.startsWith("access.")) {
        this.enter("refused");
        return null;
      }
      this.enter("offline");
      return RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)] ?? null;
    } finally {
      signal.removeEventListener("abort", stopStream);
      stream.abort();
    }
  }

  /** The stream, where it begins in time; else null. */
  private async begun(stream: AbortController): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    const giveUp = this.world.after(STREAM_WITHIN_MS, () => stream.abort());
    try {
      return await this.world.events(stream.signal);
    } catch {
      return null; // the list tells whether the server is there
    } finally {
      giveUp();
    }
  }

  private async follow(
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    stream: AbortController,
  ): Promise<void> {
    let cancel = () => {};
    const watch = () => {
      cancel();
      cancel = this.world.after(SILENCE_MS, () => (this.world.busy() ? stream.abort() : watch()));
    };
    watch();
    try {
      for await (const { name, data } of readEvents(body, watch)) {
        if (stream.signal.aborted) return;
        if (name === "job") this.hear(readJob(parsed(data)));
        if (name === "gone") this.forget(readGone(parsed(data)));
      }
    } catch {
      // It broke off: the next one begins with the list.
    } finally {
      cancel();
    }
  }

  private hear(job: Job | null): void {
    if (job !== null) this.world.changed(job);
  }

  private forget(id: string | null): void {
    if (id !== null) this.world.gone(id);
  }

  private rest(wait_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.hurry = null;
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.world.after(wait_ms, done);
      this.hurry = done;
      signal.addEventListener("abort", done);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
