/**
 * The moments of a document in this browser: IndexedDB, and memory where that is refused.
 *
 *     moments    id -> Moment
 *     pieces     hash -> Piece: what the moments' contents are made of (pieces.ts)
 *     pictures   key -> MomentPictures
 *
 * A moment and the pieces that it needs are written in one transaction, so a tab that is killed leaves a moment whole or
 * not at all. What no moment needs any longer is dropped when the page is opened the next time. Pages that have the same document
 * open tell each other when they have written.
 */

import type { AssetFile } from "../assets/store";
import type { Node } from "../doc/content";
import type { Channel } from "../projects/catalogue";
import { done, finished } from "../projects/idb";
import type { Moment } from "./moments";
import { nodesOf, type Piece, pieceOf, reachable } from "./pieces";

/** What a moment looked like: the render, where there was one, and the sketch. */
export interface MomentPictures {
  readonly render: AssetFile | null;
  readonly sketch: AssetFile;
}

export interface Kept {
  /** From the oldest to the newest. */
  readonly moments: readonly Moment[];
  readonly pieces: readonly Piece[];
}

const MOMENTS = "moments";
const PIECES = "pieces";
const PICTURES = "pictures";
const ALL = [MOMENTS, PIECES, PICTURES];

export class MomentStore {
  private readonly memory = new Map<string, MomentPictures>();

  /** Another page has written. */
  heard: () => void = () => {};

  private constructor(
    private readonly database: IDBDatabase | null,
    private readonly channel: Channel | null = null,
  ) {
    if (channel !== null) channel.onmessage = () => this.heard();
  }

  /** channel: to the other pages that have it open. */
  static async open(
    factory: IDBFactory | undefined,
    name: string,
    channel: Channel | null = null,
  ): Promise<MomentStore> {
    try {
      if (factory === undefined) return new MomentStore(null);
      const request = factory.open(name, 1);
      request.onupgradeneeded = () => {
        for (const each of ALL) request.result.createObjectStore(each);
      };
      return new MomentStore(await done(request), channel);
    } catch (error) {
      console.warn("Lightbrush: this browser does not keep the history:", error);
      return new MomentStore(null);
    }
  }

  /** also: contents that are needed besides those of the moments. Whatever else there is, is dropped. */
  async load(also: ReadonlySet<string>): Promise<Kept> {
    if (this.database === null) return { moments: [], pieces: [] };
    try {
      const transaction = this.database.transaction(ALL, "readwrite");
      const stored = (name: string) => transaction.objectStore(name);
      const [moments, pieces, keys] = await Promise.all([
        done(stored(MOMENTS).getAll()) as Promise<Moment[]>,
        done(stored(PIECES).getAll()) as Promise<Piece[]>,
        done(stored(PICTURES).getAllKeys()),
      ]);
      const wanted = reachable(pieces, [...moments.map(({ content }) => content), ...also]);
      for (const { hash } of pieces) if (!wanted.has(hash)) stored(PIECES).delete(hash);
      const shown = new Set(moments.map(({ pictures }) => pictures));
      for (const key of keys) if (!shown.has(String(key))) stored(PICTURES).delete(key);
      return {
        moments: moments.sort(inTime),
        pieces: pieces.filter(({ hash }) => wanted.has(hash)),
      };
    } catch (error) {
      console.warn("Lightbrush: the history of this browser cannot be read:", error);
      return { moments: [], pieces: [] };
    }
  }

  /** What is on the disk now, of the pieces those that are not known. Null where that cannot be said. */
  async read(known: { has(hash: string): boolean }): Promise<Kept | null> {
    if (this.database === null) return null;
    try {
      const transaction = this.database.transaction([MOMENTS, PIECES], "readonly");
      const stored = transaction.objectStore(PIECES);
      const [moments, hashes] = await Promise.all([
        done(transaction.objectStore(MOMENTS).getAll()) as Promise<Moment[]>,
        done(stored.getAllKeys()),
      ]);
      const news = hashes.map(String).filter((hash) => !known.has(hash));
      const pieces = await Promise.all(news.map((hash) => done(stored.get(hash)) as Promise<Piece>));
      return { moments: moments.sort(inTime), pieces };
    } catch (error) {
      console.warn("Lightbrush: the history of this browser cannot be read:", error);
      return null;
    }
  }

  /** These moments and contents, in place of those. Never fails: what the disk has no room for lasts as long as the page. */
  async write(moments: readonly Moment[], contents: readonly Node[], gone: readonly string[]): Promise<void> {
    if (this.database === null) return;
    try {
      const transaction = this.database.transaction([MOMENTS, PIECES], "readwrite");
      const pieces = transaction.objectStore(PIECES);
      // Asked anew each time: another window may have dropped what this one has written.
      const there = new Set((contents.length > 0 ? await done(pieces.getAllKeys()) : []).map(String));
      for (const content of contents)
        for (const node of nodesOf(content, there)) pieces.put(pieceOf(node), node.hash);
      for (const moment of moments) transaction.objectStore(MOMENTS).put(moment, moment.id);
      for (const id of gone) transaction.objectStore(MOMENTS).delete(id);
      await finished(transaction);
      this.channel?.postMessage(null);
    } catch (error) {
      console.warn("Lightbrush: a moment could not be kept:", error);
    }
  }

  async pictures(key: string): Promise<MomentPictures | null> {
    const here = this.memory.get(key);
    if (here !== undefined || this.database === null) return here ?? null;
    const pictures = this.database.transaction(PICTURES, "readonly").objectStore(PICTURES);
    return ((await done(pictures.get(key))) as MomentPictures | undefined) ?? null;
  }

  /** Never fails, likewise. */
  async putPictures(key: string, pictures: MomentPictures): Promise<void> {
    try {
      if (this.database === null) throw new Error("no database");
      const transaction = this.database.transaction(PICTURES, "readwrite");
      transaction.objectStore(PICTURES).put(pictures, key);
      await finished(transaction);
    } catch {
      this.memory.set(key, pictures);
    }
  }

  async dropPictures(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.memory.delete(key);
    if (this.database === null || keys.length === 0) return;
    const pictures = this.database.transaction(PICTURES, "readwrite").objectStore(PICTURES);
    for (const key of keys) pictures.delete(key);
  }

  /** All of a history at once, as it was elsewhere. Rejects when the disk does not take it. */
  async fill({ moments, pieces }: Kept, pictures: ReadonlyMap<string, MomentPictures>): Promise<void> {
    if (this.database === null) return;
    const transaction = this.database.transaction(ALL, "readwrite");
    for (const moment of moments) transaction.objectStore(MOMENTS).put(moment, moment.id);
    for (const piece of pieces) transaction.objectStore(PIECES).put(piece, piece.hash);
    for (const [key, files] of pictures) transaction.objectStore(PICTURES).put(files, key);
    await finished(transaction);
  }

  close(): void {
    this.database?.close();
  }
}

/** Two pages may have kept one at the same time. */
const inTime = (a: Moment, b: Moment) => a.at_ms - b.at_ms || (a.id < b.id ? -1 : 1);
