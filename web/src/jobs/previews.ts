/**
 * What can be seen of each result so far, for the jobs that somebody looks at. A job's preview is asked for again when
 * its job moved on, one at a time and not too often; of the moves in between only the last counts.
 */

import { Store } from "../ui/store";
import type { Preview } from "./client";
import type { Job } from "./job";

export interface PreviewsWorld {
  fetch(id: string, etag: string): Promise<Preview | "same" | null>;
  address(file: Blob): string;
  revoke(address: string): void;
  after(delay_ms: number, act: () => void): () => void;
}

export interface PreviewsNow {
  /** Job -> an address for <img>. */
  readonly urls: ReadonlyMap<string, string>;
}

export const PREVIEW_EVERY_MS = 700;

interface Looked {
  watchers: number;
  etag: string;
  /** The address before the one that is shown: an <img> may still be turning from it. */
  old: string | null;
  /** What the job was like when the preview was asked for last. */
  seen: string;
  state: "idle" | "asking" | "resting";
  /** It moved on while it was asking or resting. */
  stale: boolean;
}

const stamp = ({ state, units_done }: Job) => `${state}:${units_done}`;

export class Previews {
  readonly now = new Store<PreviewsNow>({ urls: new Map() });
  private readonly looked = new Map<string, Looked>();

  constructor(private readonly world: PreviewsWorld) {}

  /** Somebody looks at the job; the answer ends that. */
  watch(job: Job): () => void {
    const known = this.looked.get(job.id);
    const entry: Looked = known ?? {
      watchers: 0,
      etag: "",
      old: null,
      seen: "",
      state: "idle",
      stale: false,
    };
    entry.watchers += 1;
    this.looked.set(job.id, entry);
    this.moved(job);
    return () => {
      entry.watchers -= 1;
    };
  }

  /** The job is as told now. */
  moved(job: Job): void {
    const entry = this.looked.get(job.id);
    if (entry === undefined || entry.watchers === 0 || entry.seen === stamp(job)) return;
    entry.seen = stamp(job);
    if (entry.state === "idle") void this.ask(job.id, entry);
    else entry.stale = true;
  }

  forget(id: string): void {
    const entry = this.looked.get(id);
    const url = this.now.get().urls.get(id);
    this.looked.delete(id);
    if (entry?.old) this.world.revoke(entry.old);
    if (url === undefined) return;
    const urls = new Map(this.now.get().urls);
    urls.delete(id);
    this.now.set({ urls });
    this.world.revoke(url);
  }

  private async ask(id: string, entry: Looked): Promise<void> {
    entry.state = "asking";
    entry.stale = false;
    const answer = await this.world.fetch(id, entry.etag).catch(() => null);
    if (this.looked.get(id) !== entry) return;
    if (answer !== null && answer !== "same") {
      if (entry.old !== null) this.world.revoke(entry.old);
      entry.old = this.now.get().urls.get(id) ?? null;
      entry.etag = answer.etag;
      this.now.set({ urls: new Map(this.now.get().urls).set(id, this.world.address(answer.file)) });
    }
    entry.state = "resting";
    this.world.after(PREVIEW_EVERY_MS, () => {
      entry.state = "idle";
      if (entry.stale && this.looked.get(id) === entry) void this.ask(id, entry);
    });
  }
}
