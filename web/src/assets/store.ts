/**
 * Picture files in this browser, by the hash of their bytes: IndexedDB, and memory where that is refused. All projects
 * share them: each file is there once, and goes when no project claims it any longer (projects/catalogue.ts).
 */

import type { Claims } from "../projects/catalogue";
import { done, finished } from "../projects/idb";

const DATABASE = "lightbrush-assets";
const FILES = "files";

export interface AssetFile {
  readonly mime: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class AssetStore {
  private readonly memory = new Map<string, AssetFile>();

  private constructor(
    private readonly database: IDBDatabase | null,
    private readonly claims: Claims | null,
    private readonly owner: string,
  ) {}

  /** claims, owner: who keeps account of which project names what, and which project, or room, this page has open. */
  static async open(
    factory: IDBFactory | undefined,
    claims: Claims | null = null,
    owner = "",
  ): Promise<AssetStore> {
    try {
      if (factory === undefined) return new AssetStore(null, null, owner);
      const request = factory.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(FILES);
      return new AssetStore(await done(request), claims, owner);
    } catch (error) {
      console.warn("Lightbrush: this browser does not keep pictures:", error);
      return new AssetStore(null, null, owner);
    }
  }

  /** The same files, for another project. */
  of(owner: string): AssetStore {
    return new AssetStore(this.database, this.claims, owner);
  }

  async get(sha256: string): Promise<AssetFile | null> {
    const here = this.memory.get(sha256);
    if (here !== undefined || this.database === null) return here ?? null;
    const files = this.database.transaction(FILES, "readonly").objectStore(FILES);
    return ((await done(files.get(sha256))) as AssetFile | undefined) ?? null;
  }

  /** Never fails: what the disk has no room for stays in memory while the page is open. */
  async put(sha256: string, file: AssetFile): Promise<void> {
    try {
      if (this.database === null) throw new Error("no database");
      await this.claims?.claim(this.owner, [sha256]);
      await done(this.database.transaction(FILES, "readwrite").objectStore(FILES).put(file, sha256));
    } catch {
      this.memory.set(sha256, file);
    }
  }

  /** Rejects when the disk does not take them. */
  async putAll(files: ReadonlyMap<string, AssetFile>): Promise<void> {
    if (this.database === null || files.size === 0) return;
    await this.claims?.claim(this.owner, files.keys());
    const transaction = this.database.transaction(FILES, "readwrite");
    for (const [sha256, file] of files) transaction.objectStore(FILES).put(file, sha256);
    await finished(transaction);
  }

  /** Of what this project names nothing but that is needed. What no other project claims either is forgotten. */
  async keepOnly(wanted: ReadonlySet<string>): Promise<void> {
    if (this.database === null) return;
    const claimed = this.claims === null ? wanted : await this.claims.settle(this.owner, wanted);
    if (claimed === null) return; // a project was not opened yet: what it names is not known
    const files = this.database.transaction(FILES, "readwrite").objectStore(FILES);
    for (const key of await done(files.getAllKeys())) if (!claimed.has(String(key))) files.delete(key);
  }

  async drop(gone: ReadonlySet<string>): Promise<void> {
    if (this.database === null || gone.size === 0) return;
    const transaction = this.database.transaction(FILES, "readwrite");
    for (const sha256 of gone) transaction.objectStore(FILES).delete(sha256);
    await finished(transaction);
  }
}
