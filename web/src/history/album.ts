/** Addresses of moments' pictures for <img>: the last ones that were looked at. */

import { blobOf } from "../assets/assets";
import type { MomentStore } from "./store";

export interface Shown {
  readonly render: string | null;
  readonly sketch: string;
}

/** Bound: the one that was looked at longest ago goes first. */
const MAX_SHOWN = 32;

export class Album {
  private readonly shown = new Map<string, Promise<Shown | null>>();

  constructor(private readonly store: Pick<MomentStore, "pictures">) {}

  /** Null when there are none (yet). */
  get(key: string): Promise<Shown | null> {
    const found = this.shown.get(key) ?? this.load(key);
    this.shown.delete(key);
    this.shown.set(key, found);
    for (const oldest of this.shown.keys()) {
      if (this.shown.size <= MAX_SHOWN) break;
      void this.shown.get(oldest)?.then(release);
      this.shown.delete(oldest);
    }
    return found;
  }

  private async load(key: string): Promise<Shown | null> {
    const pictures = await this.store.pictures(key);
    if (pictures === null) {
      this.shown.delete(key); // they may be on their way
      return null;
    }
    return {
      render: pictures.render && URL.createObjectURL(blobOf(pictures.render)),
      sketch: URL.createObjectURL(blobOf(pictures.sketch)),
    };
  }
}

function release(shown: Shown | null): void {
  if (shown === null) return;
  URL.revokeObjectURL(shown.sketch);
  if (shown.render !== null) URL.revokeObjectURL(shown.render);
}
