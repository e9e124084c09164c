/** Which picture of this browser a job was made from, kept between visits: what stands before the result. */

const KEY = "lightbrush.jobs";
/** Overflow rule: the oldest is forgotten. */
const MAX_SOURCES = 64;

export interface JobSource {
  readonly sha256: string;
  /** What the picture is of. */
  readonly title: string;
  /** Of its file, without the extension. */
  readonly name: string;
}

type Kept = readonly (readonly [id: string, source: JobSource])[];

export class JobSources {
  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">) {}

  get(id: string): JobSource | null {
    return this.read().find(([known]) => known === id)?.[1] ?? null;
  }

  set(id: string, source: JobSource): void {
    const others = this.read().filter(([known]) => known !== id);
    this.write([...others, [id, source] as const].slice(-MAX_SOURCES));
  }

  forget(id: string): void {
    const kept = this.read();
    const others = kept.filter(([known]) => known !== id);
    if (others.length < kept.length) this.write(others);
  }

  /** The pictures that are named. */
  assets(): string[] {
    return this.read().map(([, { sha256 }]) => sha256);
  }

  /** Read each time: other tabs write it too. */
  private read(): Kept {
    try {
      const stored: unknown = JSON.parse(this.storage.getItem(KEY) ?? "[]");
      return Array.isArray(stored) ? stored.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  private write(kept: Kept): void {
    try {
      this.storage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // No room: then the result is seen without what it was made from.
    }
  }
}

function isEntry(value: unknown): value is Kept[number] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const source: unknown = value[1];
  if (typeof source !== "object" || source === null) return false;
  const { sha256, title, name } = source as Partial<Record<keyof JobSource, unknown>>;
  return typeof sha256 === "string" && typeof title === "string" && typeof name === "string";
}
