/**
 * The projects of this browser: IndexedDB, and memory where that is refused.
 *
 *     projects    id -> Project
 *     thumbnails  id -> AssetFile
 *     claims      [owner, SHA-256] -> when: which pictures a project, or a room's document, names (assets/store.ts has them)
 *
 * A picture's file is dropped when nobody claims it. A claim is written before the file is, and one that is younger than
 * `GRACE_MS` stays although nothing names the picture yet: another page may be about to.
 */

import type { AssetFile } from "../assets/store";
import { done, finished } from "./idb";
import { isProjectId, type Project } from "./project";

const DATABASE = "lightbrush-projects";
const PROJECTS = "projects";
const THUMBNAILS = "thumbnails";
const CLAIMS = "claims";
export const GRACE_MS = 3_600_000;

type Claim = readonly [owner: string, sha256: string];

/** What of the catalogue a store of pictures needs. */
export interface Claims {
  claim(owner: string, named: Iterable<string>): Promise<void>;
  /** Those of `owner` that are not named, and not young, end. Returns what is claimed by whomever; null: not known yet. */
  settle(owner: string, named: ReadonlySet<string>): Promise<ReadonlySet<string> | null>;
}

export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

export class Catalogue implements Claims {
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly database: IDBDatabase | null,
    private readonly memory: Map<string, Project>,
    private readonly channel: Channel | null,
    private readonly now_ms: () => number,
  ) {
    if (channel !== null) channel.onmessage = () => this.tell();
  }

  /** channel: to the other pages of this browser. */
  static async open(
    factory: IDBFactory | undefined,
    channel: Channel | null,
    now_ms: () => number = Date.now,
  ): Promise<Catalogue> {
    try {
      if (factory === undefined) throw new Error("there is no IndexedDB");
      const request = factory.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        for (const name of [PROJECTS, THUMBNAILS, CLAIMS]) request.result.createObjectStore(name);
      };
      return new Catalogue(await done(request), new Map(), channel, now_ms);
    } catch (error) {
      console.warn("Lightbrush: this browser keeps no projects:", error);
      return new Catalogue(null, new Map(), null, now_ms);
    }
  }

  /** False in a private window, say: then there is one project, for as long as the page is open. */
  get keeps(): boolean {
    return this.database !== null;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // -- projects -----------------------------------------------------------------------------------------------------

  async all(): Promise<Project[]> {
    if (this.database === null) return [...this.memory.values()];
    const found = (await done(this.store(PROJECTS, "readonly").getAll())) as Project[];
    return found.filter(({ id }) => isProjectId(id));
  }

  async get(id: string): Promise<Project | null> {
    if (this.database === null) return this.memory.get(id) ?? null;
    return ((await done(this.store(PROJECTS, "readonly").get(id))) as Project | undefined) ?? null;
  }

  /** A new one. Rejects when it cannot be kept. */
  async add(project: Project): Promise<void> {
    if (this.database === null) this.memory.set(project.id, project);
    else {
      const transaction = this.database.transaction(PROJECTS, "readwrite");
      transaction.objectStore(PROJECTS).put(project, project.id);
      await finished(transaction);
    }
    this.changed();
  }

  /** What another page changes at the same time is kept too. Nothing happens when there is no such project. */
  async change(id: string, patch: Partial<Omit<Project, "id">>): Promise<void> {
    if (this.database === null) {
      const project = this.memory.get(id);
      if (project !== undefined) this.memory.set(id, { ...project, ...patch });
    } else {
      const transaction = this.database.transaction(PROJECTS, "readwrite");
      const projects = transaction.objectStore(PROJECTS);
      const project = (await done(projects.get(id))) as Project | undefined;
      if (project === undefined) return;
      projects.put({ ...project, ...patch }, id);
      await finished(transaction);
    }
    this.changed();
  }

  /** With its thumbnail and its claims. */
  async remove(id: string): Promise<void> {
    this.memory.delete(id);
    if (this.database !== null) {
      const transaction = this.database.transaction([PROJECTS, THUMBNAILS, CLAIMS], "readwrite");
      const claims = transaction.objectStore(CLAIMS);
      for (const key of await done(claims.getAllKeys()))
        if ((key as unknown as Claim)[0] === id) claims.delete(key);
      transaction.objectStore(PROJECTS).delete(id);
      transaction.objectStore(THUMBNAILS).delete(id);
      await finished(transaction);
    }
    this.changed();
  }

  async thumbnail(id: string): Promise<AssetFile | null> {
    if (this.database === null) return null;
    return ((await done(this.store(THUMBNAILS, "readonly").get(id))) as AssetFile | undefined) ?? null;
  }

  async putThumbnail(id: string, file: AssetFile): Promise<void> {
    if (this.database === null) return;
    await done(this.store(THUMBNAILS, "readwrite").put(file, id));
    this.changed();
  }

  // -- pictures -----------------------------------------------------------------------------------------------------

  async claim(owner: string, named: Iterable<string>): Promise<void> {
    if (this.database === null) return;
    const transaction = this.database.transaction(CLAIMS, "readwrite");
    for (const sha256 of named) transaction.objectStore(CLAIMS).put(this.now_ms(), [owner, sha256]);
    await finished(transaction);
  }

  async settle(owner: string, named: ReadonlySet<string>): Promise<ReadonlySet<string> | null> {
    if (this.database === null) return null;
    const transaction = this.database.transaction([CLAIMS, PROJECTS], "readwrite");
    const claims = transaction.objectStore(CLAIMS);
    const projects = transaction.objectStore(PROJECTS);
    const now = this.now_ms();
    const [keys, times, all] = await Promise.all([
      done(claims.getAllKeys()) as unknown as Promise<Claim[]>,
      done(claims.getAll()) as Promise<number[]>,
      done(projects.getAll()) as Promise<Project[]>,
    ]);
    const claimed = new Set<string>(named);
    for (const sha256 of named) claims.put(now, [owner, sha256]);
    keys.forEach(([by, sha256], i) => {
      if (by === owner && !named.has(sha256) && now - (times[i] ?? 0) > GRACE_MS) claims.delete([by, sha256]);
      else claimed.add(sha256);
    });
    const own = all.find(({ id }) => id === owner);
    if (own !== undefined && !own.claimed) projects.put({ ...own, claimed: true }, owner);
    await finished(transaction);
    return all.every((project) => project.claimed || project.id === owner) ? claimed : null;
  }

  /** Pictures that it claims, and that nobody else does. */
  async claimedOnlyBy(owner: string): Promise<Set<string>> {
    const keys =
      this.database === null
        ? []
        : ((await done(this.store(CLAIMS, "readonly").getAllKeys())) as unknown as Claim[]);
    const others = new Set(keys.flatMap(([by, sha256]) => (by === owner ? [] : sha256)));
    return new Set(keys.flatMap(([by, sha256]) => (by === owner && !others.has(sha256) ? sha256 : [])));
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  private store(name: string, mode: IDBTransactionMode): IDBObjectStore {
    if (this.database === null) throw new Error("no database");
    return this.database.transaction(name, mode).objectStore(name);
  }

  private changed(): void {
    this.channel?.postMessage("changed");
    this.tell();
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
