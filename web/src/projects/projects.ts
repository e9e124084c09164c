/**
 * The projects of this browser, one of which this page has open. To switch is to save and to load the page with another
 * address: whatever a project had, sockets, workers, textures, ends with its page.
 */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { AssetFile, AssetStore } from "../assets/store";
import { roomOf } from "../rooms/address";
import type { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import { type Bundle, bytesOf, NO_HISTORY, readBundle, writeBundle } from "./bundle";
import type { Catalogue, Channel } from "./catalogue";
import { deleted } from "./idb";
import {
  cleanName,
  databaseOf,
  FIRST,
  freeName,
  historyOf,
  newProject,
  type Project,
  ProjectError,
  problemOf,
} from "./project";
import { channelOf, isOpenElsewhere, sayGone } from "./tabs";

const LAST = "lightbrush.project";

/** What the gallery shows. */
export interface ProjectsNow {
  readonly all: readonly Project[];
  /** The open one; null: a room of somebody else's. */
  readonly current: string | null;
  /** What is under way, as a text; "": nothing. */
  readonly busy: string;
  readonly problem: Problem | null;
  /** Of what was brought or taken away last: what could not be kept. */
  readonly notes: readonly string[];
}

export const NO_PROJECTS: ProjectsNow = {
  all: [],
  current: null,
  busy: "",
  problem: null,
  notes: [],
};

/** The page that has the current project open. */
export interface OpenPage {
  /** Resolves when all of it is on the disk. */
  save(): Promise<void>;
  /** What it looks like. */
  cover(): Promise<AssetFile>;
  readonly words: () => string;
  /** What a new project takes over: engine, size. */
  readonly settings: () => Readonly<Record<string, string | number | boolean>>;
}

export interface ProjectsWorld {
  readonly now: Store<ProjectsNow>;
  readonly catalogue: Catalogue;
  readonly assets: AssetStore;
  readonly factory: IDBFactory;
  readonly storage: Storage;
  channel(name: string): Channel & { close(): void };
  /** Pictures that are needed besides those of projects. */
  spare(): ReadonlySet<string>;
  newId(): string;
  now_ms(): number;
  /** This page shows that project from now on. */
  go(id: string): void;
}

/** The project that a page opens: the one that was asked for, else the last one, else the newest. */
export async function pickProject(
  catalogue: Catalogue,
  asked: string | null,
  { storage, newId, now_ms }: Pick<ProjectsWorld, "storage" | "newId" | "now_ms">,
): Promise<Project> {
  const all = await catalogue.all();
  if (all.length === 0) {
    // What this browser has from before there were projects, or nothing: either way it is opened, and counted then.
    const first = { ...newProject(FIRST, t`Untitled`, now_ms()), claimed: false };
    await catalogue.add(first);
    return first;
  }
  const live = all.filter(({ trashed_ms }) => trashed_ms === null);
  const newest = live.toSorted((a, b) => b.changed_ms - a.changed_ms)[0];
  const wanted = [asked, storage.getItem(LAST)];
  const found = wanted.map((id) => live.find((project) => project.id === id)).find(Boolean) ?? newest;
  if (found !== undefined) {
    storage.setItem(LAST, found.id);
    return found;
  }
  const fresh = newProject(`p-${newId()}`, freeName(t`Untitled`, all), now_ms());
  await catalogue.add(fresh);
  return fresh;
}

export class Projects {
  private page: OpenPage | null = null;

  constructor(private readonly world: ProjectsWorld) {
    world.catalogue.subscribe(() => void this.refresh());
    void this.refresh();
  }

  get now(): Store<ProjectsNow> {
    return this.world.now;
  }

  /** This browser keeps projects; in a private window it may not. */
  get keeps(): boolean {
    return this.world.catalogue.keeps;
  }

  attach(page: OpenPage): void {
    this.page = page;
  }

  dismiss(): void {
    this.now.set({ problem: null, notes: [] });
  }

  cover(id: string): Promise<AssetFile | null> {
    return this.world.catalogue.thumbnail(id);
  }

  isShared(id: string): boolean {
    return roomOf(this.world.storage, id) !== null;
  }

  // -- the open one -------------------------------------------------------------------------------------------------

  /** It was worked on. */
  async touched(): Promise<void> {
    const { catalogue, now_ms } = this.world;
    const { current } = this.now.get();
    if (current === null || this.page === null) return;
    await catalogue.change(current, { changed_ms: now_ms(), words: this.page.words() });
  }

  async keepCover(): Promise<void> {
    const { current } = this.now.get();
    if (current === null || this.page === null) return;
    await this.world.catalogue.putThumbnail(current, await this.page.cover());
  }

  // -- all of them --------------------------------------------------------------------------------------------------

  open(id: string): Promise<void> {
    return this.doing(t`Opening…`, () => this.switchTo(id));
  }

  create(): Promise<void> {
    return this.doing(t`Making a project…`, async () => {
      const id = await this.add(t`Untitled`, {
        document: emptyDocument(this.page?.settings() ?? {}),
        kept: NO_HISTORY,
        pictures: new Map(),
        assets: new Map(),
      });
      await this.switchTo(id);
    });
  }

  async rename(id: string, name: string): Promise<void> {
    const said = cleanName(name);
    if (said !== "") await this.doing("", () => this.world.catalogue.change(id, { name: said }));
  }

  duplicate(id: string): Promise<void> {
    return this.doing(t`Copying…`, async () => {
      const project = await this.get(id);
      const bundle = await this.bundle(id);
      await this.add(project.name, bundle, await this.cover(id), { words: project.words });
    });
  }

  /** The open one makes room for the one that was worked on before it. */
  trash(id: string): Promise<void> {
    return this.doing(t`Into the trash…`, async () => {
      const { catalogue, now_ms } = this.world;
      if (this.isShared(id))
        throw new ProjectError(
          "project.open",
          t`this project is shared: others work in it`,
          t`Open it and stop sharing first.`,
        );
      const current = id === this.now.get().current;
      if (current) await this.page?.save();
      await catalogue.change(id, { trashed_ms: now_ms() });
      if (!current) return;
      const next = await pickProject(catalogue, null, this.world);
      await this.switchTo(next.id);
    });
  }

  restore(id: string): Promise<void> {
    return this.doing("", () => this.world.catalogue.change(id, { trashed_ms: null }));
  }

  /** What would be free on the disk, about, if these were deleted for good; what other projects need as well stays. */
  async bytes(ids: readonly string[]): Promise<number> {
    const { factory, assets, catalogue } = this.world;
    let bytes = 0;
    for (const id of ids)
      bytes += bytesOf(await readBundle(factory, assets, id), await catalogue.claimedOnlyBy(id));
    return bytes;
  }

  /** Those in the trash go for good. Resolves with what is free now, in bytes. */
  async purge(ids: readonly string[]): Promise<number> {
    let freed = 0;
    await this.doing(t`Deleting…`, async () => {
      for (const id of ids) freed += await this.remove(id);
    });
    return freed;
  }

  /** Resolves when the file is ready; null when it could not be made. */
  async export(id: string): Promise<{ readonly name: string; readonly file: Blob } | null> {
    let made: { name: string; file: Blob } | null = null;
    await this.doing(t`Packing…`, async () => {
      const project = await this.get(id);
      const bundle = await this.bundle(id);
      const { EXTENSION, packProject } = await import("./file");
      const file = await packProject(project, await this.cover(id), bundle);
      made = { name: `${fileStem(project.name)}.${EXTENSION}`, file };
    });
    return made;
  }

  /** A file of a project becomes a new one, which is opened. */
  import(file: Blob): Promise<void> {
    return this.doing(t`Opening the file…`, async () => {
      const { unpackProject } = await import("./file");
      const { name, words, created_ms, thumbnail, bundle } = await unpackProject(file);
      await this.switchTo(await this.add(name, bundle, thumbnail, { words, created_ms }));
    });
  }

  /** What was made elsewhere becomes a new project, which is opened. notes: what could not be kept. */
  bring(
    doing: string,
    make: () => Promise<{
      readonly name: string;
      readonly document: Uint8Array<ArrayBuffer>;
      readonly notes: readonly string[];
    }>,
  ): Promise<void> {
    return this.doing(doing, async () => {
      const { name, document, notes } = await make();
      const id = await this.add(name, { document, kept: NO_HISTORY, pictures: new Map(), assets: new Map() });
      sessionStorage.setItem(NOTES, JSON.stringify(notes));
      await this.switchTo(id);
    });
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  /** One thing at a time; what goes wrong is said, and nothing that was there is lost by it. */
  async doing(what: string, act: () => Promise<void>): Promise<void> {
    if (this.now.get().busy !== "") return;
    this.now.set({ busy: what, problem: null, notes: [] });
    try {
      await act();
    } catch (error) {
      this.now.set({ problem: problemOf(error) });
    } finally {
      this.now.set({ busy: "" });
    }
  }

  private async refresh(): Promise<void> {
    this.now.set({ all: await this.world.catalogue.all() });
  }

  private async get(id: string): Promise<Project> {
    const project = await this.world.catalogue.get(id);
    if (project === null)
      throw new ProjectError(
        "project.missing",
        t`this project is not in this browser any more`,
        t`Pick another one.`,
      );
    return project;
  }

  private async switchTo(id: string): Promise<void> {
    const { go, storage } = this.world;
    await this.get(id);
    if (id === this.now.get().current) return;
    await Promise.all([this.page?.save(), this.keepCover().catch(() => {})]);
    storage.setItem(LAST, id);
    go(id);
  }

  private async bundle(id: string): Promise<Bundle> {
    const { factory, assets, now } = { ...this.world };
    if (id === now.get().current) await this.page?.save();
    return readBundle(factory, assets, id);
  }

  /** Under a name that none has yet. Resolves with its id. */
  private async add(
    name: string,
    bundle: Bundle,
    cover: AssetFile | null = null,
    known: Partial<Pick<Project, "words" | "created_ms">> = {},
  ): Promise<string> {
    const { catalogue, factory, assets, newId, now_ms } = this.world;
    if (!catalogue.keeps)
      throw new ProjectError(
        "project.storage",
        t`this browser keeps nothing for this page`,
        t`Open it in a window that is not private, or allow this site to keep data.`,
      );
    const id = `p-${newId()}`;
    try {
      await writeBundle(factory, assets, id, bundle);
      if (cover !== null) await catalogue.putThumbnail(id, cover);
      const project = newProject(id, freeName(name, await catalogue.all()), now_ms());
      await catalogue.add({ ...project, ...known });
    } catch (error) {
      await this.forget(id).catch(() => {});
      throw error;
    }
    return id;
  }

  private async remove(id: string): Promise<number> {
    const project = await this.get(id);
    const channel = this.world.channel(channelOf(id));
    try {
      if (project.trashed_ms === null || id === this.now.get().current || (await isOpenElsewhere(channel)))
        throw new ProjectError(
          "project.open",
          t`“${{ name: project.name }}” is open in another window`,
          t`Close it there, then delete it.`,
        );
      const bytes = await this.bytes([id]);
      sayGone(channel);
      await this.forget(id);
      return bytes;
    } finally {
      channel.close();
    }
  }

  /** The entry goes last: whatever breaks off in between can be done again. */
  private async forget(id: string): Promise<void> {
    const { catalogue, factory, assets, spare } = this.world;
    const only = await catalogue.claimedOnlyBy(id);
    await deleted(factory, historyOf(databaseOf(id)));
    await deleted(factory, databaseOf(id));
    const needed = spare();
    await assets.drop(new Set([...only].filter((sha256) => !needed.has(sha256))));
    await catalogue.remove(id);
  }
}

/** Notes on the way from the page that brought something to the page that shows it. */
const NOTES = "lightbrush.notes";

export function takeNotes(storage: Storage): readonly string[] {
  const kept = storage.getItem(NOTES);
  storage.removeItem(NOTES);
  try {
    const notes: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(notes) ? notes.map(String) : [];
  } catch {
    return [];
  }
}

/** Begun: the example is for who has never been here. */
function emptyDocument(params: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const y = new Y.Doc();
  y.transact(() => {
    y.getMap("meta").set("begun", true);
    for (const [name, value] of Object.entries(params)) y.getMap("params").set(name, value);
  });
  return Y.encodeStateAsUpdate(y).slice();
}

/** "Snowy peaks" -> "snowy-peaks" */
export const fileStem = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60) || "project";
