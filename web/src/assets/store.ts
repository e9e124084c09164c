/** Picture files in this browser, by the hash of their bytes: IndexedDB, and memory where that is refused. */

const DATABASE = "lightbrush-assets";
const FILES = "files";

export interface AssetFile {
  readonly mime: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class AssetStore {
  private readonly memory = new Map<string, AssetFile>();

  private constructor(private readonly database: IDBDatabase | null) {}

  static async open(factory: IDBFactory | undefined): Promise<AssetStore> {
    try {
      if (factory === undefined) return new AssetStore(null);
      const request = factory.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(FILES);
      return new AssetStore(await done(request));
    } catch (error) {
      console.warn("Lightbrush: this browser does not keep pictures:", error);
      return new AssetStore(null);
    }
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
      await done(this.database.transaction(FILES, "readwrite").objectStore(FILES).put(file, sha256));
    } catch {
      this.memory.set(sha256, file);
    }
  }

  /** Forget every file but these. */
  async keepOnly(wanted: ReadonlySet<string>): Promise<void> {
    if (this.database === null) return;
    const files = this.database.transaction(FILES, "readwrite").objectStore(FILES);
    for (const key of await done(files.getAllKeys())) if (!wanted.has(String(key))) files.delete(key);
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
