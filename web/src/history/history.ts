/**
 * The session's history: keeps moments of the document by itself and when asked to, shows one while somebody looks for
 * it, and goes back to any.
 *
 *     clean ----the document changes----> changed ----a rest, or too long without one----> due ----settled----> clean
 *
 * changed  Somebody is at work. After `REST_MS` without a change, or `LONGEST_MS` after the first one, a moment is due.
 * due      Kept as soon as nothing is under the pen and no render is on its way, so that its picture belongs to it.
 *
 * Bounds: moments.ts.
 */

import { t } from "@lingui/core/macro";
import type { MapNode } from "../doc/content";
import type { LightDocument } from "../doc/document";
import type { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import { doubles, MAX_NAME_CHARS, type Moment, nextName, tooMany, without } from "./moments";
import { assetsOf, Contents } from "./pieces";
import type { Kept, MomentPictures, MomentStore } from "./store";

export const REST_MS = 2000;
export const LONGEST_MS = 20_000;
/** A large document is read for the first time in slices, so that no pen waits for it. */
const SLICE_MS = 8;
const BETWEEN_SLICES_MS = 24;

/** Copies of what is on the screen. */
export interface Captured {
  /** A small one, as a data address. */
  readonly thumbnail: string;
  /** The larger ones, as files. */
  readonly pictures: () => Promise<MomentPictures>;
}

/** What the panels show of the history. */
export interface HistoryNow {
  /** From the oldest to the newest. */
  readonly moments: readonly Moment[];
  /** Where the document is: the moment that it went on from. */
  readonly head: string | null;
  /** The one that is looked at; nothing is changed by that. */
  readonly looking: string | null;
  /** The snapshot that was just kept, until something else is said. */
  readonly said: Moment | null;
}

export interface HistoryWorld {
  readonly doc: LightDocument;
  readonly store: MomentStore;
  readonly now: Store<HistoryNow>;
  capture(): Captured;
  /** Nothing is under the pen and no render is on its way. */
  settled(): boolean;
  say(problem: Problem): void;
  newId(): string;
  now_ms(): number;
  /** Returns the way to call it off. */
  after(delay_ms: number, act: () => void): () => void;
  /** The document went back, or there again; this is what it looked like. */
  wentTo(moment: Moment): void;
}

const SAID_MS = 4000;
const lost = (): Problem => ({
  code: "client.history",
  message: t`this moment is not in this browser any more`,
  value: "",
  fix: t`Pick another one in the history.`,
});

export class History {
  private readonly contents: Contents;
  private state: "clean" | "changed" | "due" = "clean";
  private since_ms = 0;
  private restless = () => {};
  private forgetSaid = () => {};
  private restoresSeen: number;
  private writing: Promise<unknown> = Promise.resolve();
  /** How often this page has written. */
  private writes = 0;
  /** What the document said right before it went back, which is as good as the moment that was kept of it. */
  private readonly leftAt = new Map<string, string>();

  constructor(
    private readonly world: HistoryWorld,
    kept: Kept,
  ) {
    const { doc, now } = world;
    this.contents = new Contents(kept.pieces);
    this.restoresSeen = doc.restores;
    doc.contentOf = (hash) => {
      const content = this.contents.get(hash);
      if (content === null) world.say(lost());
      return content;
    };
    const { moments } = kept;
    now.set({ moments, head: moments.at(-1)?.id ?? null });
    world.store.heard = () => void this.join();
    doc.observe(() => this.changed());
    // A tab that was killed may have left changes that no moment has.
    if (doc.begun) this.changed();
    this.readAhead();
  }

  /** Called when what `settled` says may have changed. */
  look(): void {
    if (this.state === "due" && this.world.settled()) this.keep();
  }

  /** Keep the present now, if it is another one than the last moment: something is about to replace it, or the page. */
  keep(): void {
    const content = this.rest();
    if (content !== null) this.add(content, "");
  }

  /** Resolves when the moments so far, and what they looked like, are on the disk. */
  async saved(): Promise<void> {
    await this.writing;
  }

  /** Keep it under a name, or name the moment that it is already. */
  snapshot(): void {
    const { now } = this.world;
    const { moments, head } = now.get();
    const content = this.rest();
    const last = moments.find(({ id }) => id === head);
    const name = nextName(moments);
    if (content !== null || last === undefined) this.say(this.add(content ?? this.read(), name));
    else if (last.name === "") this.say(this.change(last, { ...last, name }));
    else this.say(last);
  }

  rename(id: string, name: string): void {
    const moment = this.find(id);
    const said = name.trim().slice(0, MAX_NAME_CHARS);
    if (moment !== null && said !== "" && said !== moment.name)
      this.change(moment, { ...moment, name: said });
  }

  /** A snapshot that is deleted is gone for good. */
  remove(id: string): void {
    const moment = this.find(id);
    if (moment !== null) this.drop([moment]);
  }

  /** The present is kept first; undo leads back to it. */
  restore(id: string): void {
    const moment = this.find(id);
    this.lookAt(null);
    if (moment === null) return;
    this.keep();
    const content = this.contents.get(moment.content);
    if (content === null) {
      this.world.say(lost());
      return;
    }
    this.goTo(content, []);
  }

  /** The document is to say what it said elsewhere, in a version of the room say. The present is kept first, likewise. */
  bringBack(content: MapNode): void {
    this.lookAt(null);
    this.keep();
    this.contents.add(content);
    this.goTo(content, [content]);
  }

  lookAt(id: string | null): void {
    this.world.now.set({ looking: id });
  }

  /** Assets that moments name. */
  static assets({ pieces }: Kept): Set<string> {
    return assetsOf(pieces);
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  /** news: contents that no moment has. */
  private goTo(content: MapNode, news: readonly MapNode[]): void {
    const { doc, now } = this.world;
    const { head } = now.get();
    doc.restore(content, (before) => {
      this.contents.add(before);
      this.write([], [before, ...news], []);
      if (head !== null) this.leftAt.set(before.hash, head);
    });
    now.set({ said: null });
  }

  private readAhead(): void {
    const { doc, now_ms, after } = this.world;
    const until = now_ms() + SLICE_MS;
    if (doc.readAhead(() => now_ms() < until)) this.contents.add(doc.content());
    else after(BETWEEN_SLICES_MS, () => this.readAhead());
  }

  private changed(): void {
    const { doc, now_ms } = this.world;
    if (doc.restores !== this.restoresSeen) {
      this.restoresSeen = doc.restores;
      if (this.settleHead()) return;
    }
    const now = now_ms();
    if (this.state === "clean") this.since_ms = now;
    this.state = "changed";
    this.restless();
    const rest_ms = Math.max(0, Math.min(REST_MS, this.since_ms + LONGEST_MS - now));
    this.restless = this.world.after(rest_ms, () => {
      this.state = "due";
      this.look();
    });
  }

  /** Nothing is due any longer. Returns the content where no moment has it yet. */
  private rest(): MapNode | null {
    const { now } = this.world;
    if (this.state === "clean") return null;
    this.restless();
    this.state = "clean";
    const content = this.read();
    const head = this.find(now.get().head);
    return content.hash === head?.content ? null : content;
  }

  private read(): MapNode {
    return this.world.doc.content();
  }

  private add(content: MapNode, name: string): Moment {
    const { now, newId, store } = this.world;
    const { moments, head } = now.get();
    const { thumbnail, pictures } = this.world.capture();
    const id = newId();
    const moment: Moment = {
      id,
      at_ms: this.nextTime(),
      name,
      content: content.hash,
      thumbnail,
      pictures: id,
      from: head,
      restored: false,
    };
    this.contents.add(content);
    now.set({ moments: [...moments, moment], head: id });
    this.write([moment], [content], []);
    this.writing = Promise.all([this.writing, pictures().then((files) => store.putPictures(id, files))]);
    this.drop(tooMany(now.get().moments));
    return moment;
  }

  /**
   * The document went back, or an undo or a redo did. Where it is now is told by what it says. One that is not the newest
   * gets an entry at the end, so that the history tells what happened; going back again at once takes its place.
   */
  private settleHead(): boolean {
    const { now, newId } = this.world;
    const last = now.get().moments.at(-1);
    if (last?.restored === true && last.name === "") this.drop([last]);
    const { moments } = now.get();
    const { hash } = this.read();
    const left = this.leftAt.get(hash);
    const found = moments.findLast(({ content, id }) => content === hash || id === left);
    if (found === undefined) return false;
    this.restless();
    this.state = "clean";
    if (found !== moments.at(-1)) {
      const entry = {
        ...found,
        id: newId(),
        at_ms: this.nextTime(),
        name: "",
        from: found.id,
        restored: true,
      };
      now.set({ moments: [...moments, entry], head: entry.id });
      this.write([entry], [], []);
      this.drop(tooMany(now.get().moments));
    } else now.set({ head: found.id });
    this.world.wentTo(found);
    return true;
  }

  private write(...what: Parameters<MomentStore["write"]>): void {
    this.writes += 1;
    this.writing = Promise.all([this.writing, this.world.store.write(...what)]);
  }

  /** Another page that has this document open has written: its moments are this page's too. */
  private async join(): Promise<void> {
    const { store, now } = this.world;
    let writes: number;
    let kept: Kept | null;
    do {
      await this.writing;
      writes = this.writes;
      kept = await store.read(this.contents);
    } while (writes !== this.writes);
    if (kept === null) return;
    const { moments } = kept;
    this.contents.learn(kept.pieces);
    const stood = this.find(now.get().head);
    const { looking } = now.get();
    const has = (id: string | null) => moments.some((moment) => moment.id === id);
    const same = moments.findLast(({ content }) => content === stood?.content);
    now.set({
      moments,
      head: has(stood?.id ?? null) ? (stood?.id ?? null) : ((same ?? moments.at(-1))?.id ?? null),
      looking: has(looking) ? looking : null,
    });
    this.drop(doubles(moments));
    const newest = now.get().moments.at(-1);
    if (newest === undefined || newest.id === now.get().head || this.read().hash !== newest.content) return;
    // The other page has kept what was due here.
    this.restless();
    this.state = "clean";
    now.set({ head: newest.id });
  }

  private nextTime(): number {
    const last = this.world.now.get().moments.at(-1);
    return Math.max(this.world.now_ms(), (last?.at_ms ?? 0) + 1);
  }

  private find(id: string | null): Moment | null {
    return this.world.now.get().moments.find((moment) => moment.id === id) ?? null;
  }

  private change(was: Moment, is: Moment): Moment {
    const { now } = this.world;
    now.set({ moments: now.get().moments.map((moment) => (moment.id === was.id ? is : moment)) });
    this.write([is], [], []);
    return is;
  }

  private drop(gone: readonly Moment[]): void {
    if (gone.length === 0) return;
    const { now, store } = this.world;
    const { moments, head, looking } = now.get();
    const left = without(moments, gone);
    const ids = gone.map(({ id }) => id);
    const standing = (id: string | null) =>
      id !== null && ids.includes(id) ? (gone.find((moment) => moment.id === id)?.from ?? null) : id;
    now.set({
      moments: left,
      head: standing(head) ?? left.at(-1)?.id ?? null,
      looking: looking !== null && ids.includes(looking) ? null : looking,
    });
    const changed = left.filter((moment) => !moments.includes(moment));
    this.write(changed, [], ids);
    const shown = new Set(left.map(({ pictures }) => pictures));
    void store.dropPictures(gone.map(({ pictures }) => pictures).filter((key) => !shown.has(key)));
  }

  private say(said: Moment): void {
    this.world.now.set({ said });
    this.forgetSaid();
    this.forgetSaid = this.world.after(SAID_MS, () => this.world.now.set({ said: null }));
  }
}
