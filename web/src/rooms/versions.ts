/**
 * A room's versions: whole documents that the server kept, what changed from one to the next, and who did it. Values, and
 * the reading of them; nothing here changes a document.
 */

import { plural, t } from "@lingui/core/macro";
import { boardOf, isOnBoard } from "../doc/board";
import type { LightDocument } from "../doc/document";
import type { Layer } from "../doc/layers";
import { isMaskMark } from "../doc/marks";
import { isInPalette, paletteOf } from "../doc/palette";
import { readOnly } from "../projects/bundle";
import type { RoomKey } from "./address";
import type { RoomsClient } from "./client";

/** seq: of its last change. */
export interface Version {
  readonly seq: number;
  readonly at_s: number;
  readonly bytes: number;
}

/** What one member changed in one go, up to that number. */
export interface Change {
  readonly seq: number;
  readonly at_s: number;
  readonly who: string;
  readonly name: string;
  readonly updates: number;
}

/** names: of those who changed something since the version before; null where who asks may not know. */
export interface VersionRow extends Version {
  readonly names: readonly string[] | null;
}

const MOST_NAMES = 4;

/** The newest first. */
export function rowsOf(versions: readonly Version[], changes: readonly Change[] | null): VersionRow[] {
  const guest = t`Guest`;
  return versions.map((version, i) => {
    const since = versions[i + 1]?.seq ?? -1;
    const by = new Map<string, number>();
    for (const { seq, name, updates } of changes ?? [])
      if (seq > since && seq <= version.seq) by.set(name || guest, (by.get(name || guest) ?? 0) + updates);
    const names = [...by].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    return { ...version, names: changes && names };
  });
}

/** "Ada, Bob and 3 others" */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, names.length > MOST_NAMES ? MOST_NAMES - 1 : MOST_NAMES);
  const more = names.length - shown.length;
  const [first, last] = [shown.slice(0, -1).join(", "), shown.at(-1) ?? ""];
  const listed = shown.join(", ");
  if (more > 0) return plural(more, { one: `${listed} and # other`, other: `${listed} and # others` });
  return shown.length < 2 ? last : t`${first} and ${last}`;
}

/** What is different in `now`, in a few words; "" when nothing is. */
export function changesText(before: LightDocument | null, now: LightDocument): string {
  const marks = (doc: LightDocument | null) => new Map(doc?.visibleMarks().map(({ id, mark }) => [id, mark]));
  const [old, fresh] = [marks(before), marks(now)];
  const added = [...fresh].filter(([id]) => !old.has(id));
  const masks = added.filter(([, mark]) => isMaskMark(mark)).length;
  const gone = [...old.keys()].filter((id) => !fresh.has(id)).length;
  const layers = (doc: LightDocument | null) => new Map(doc?.layerList().map((layer) => [layer.id, layer]));
  const [under, over] = [layers(before), layers(now)];
  const made = before === null ? 0 : [...over.keys()].filter((id) => !under.has(id)).length;
  const lost = [...under.keys()].filter((id) => !over.has(id)).length;
  const moved = [...over].filter(([id, layer]) => under.has(id) && !sameLayer(under.get(id), layer)).length;
  const said = (doc: LightDocument | null) => JSON.stringify(doc?.promptList() ?? []);
  const pictures = (doc: LightDocument | null) => JSON.stringify(doc?.referenceList() ?? []);
  const board = (doc: LightDocument | null) => JSON.stringify(doc === null ? [] : boardOf(doc));
  const palette = (doc: LightDocument | null) => (doc === null ? [] : paletteOf(doc)).join();
  const timeline = (doc: LightDocument | null) => JSON.stringify(doc?.timelineEntries().sort(byName) ?? []);
  const params = (doc: LightDocument | null) => {
    const names = (doc?.paramNames() ?? []).filter((name) => !isOnBoard(name) && !isInPalette(name));
    return JSON.stringify(names.sort().map((name) => [name, doc?.param(name)]));
  };
  const drawn = added.length - masks;
  const parts = [
    drawn > 0 ? plural(drawn, { one: "# mark", other: "# marks" }) : "",
    gone > 0 ? plural(gone, { one: "# mark taken away", other: "# marks taken away" }) : "",
    made > 0 ? plural(made, { one: "# new layer", other: "# new layers" }) : "",
    lost > 0 ? plural(lost, { one: "# layer deleted", other: "# layers deleted" }) : "",
    moved > 0 ? plural(moved, { one: "# layer changed", other: "# layers changed" }) : "",
    masks > 0 ? t`the mask` : "",
    said(before) === said(now) ? "" : t`prompts`,
    pictures(before) === pictures(now) ? "" : t`pictures as prompts`,
    params(before) === params(now) ? "" : t`settings`,
    board(before) === board(now) ? "" : t`the reference board`,
    palette(before) === palette(now) ? "" : t`the palette`,
    timeline(before) === timeline(now) ? "" : t`the timeline`,
  ];
  return parts.filter(Boolean).join(", ");
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
const sameLayer = (a: Layer | undefined, b: Layer) => JSON.stringify(a) === JSON.stringify(b);

/** Reads them once and keeps the documents that were looked at last. */
export class Versions {
  private readonly documents = new Map<number, Promise<LightDocument>>();

  constructor(
    private readonly client: RoomsClient,
    private readonly key: RoomKey,
  ) {}

  /** The newest first. mayKnow: an editor hears who changed what. Rejects with a Problem. */
  async list(mayKnow: boolean): Promise<VersionRow[]> {
    const versions = await this.client.versions(this.key);
    return rowsOf(versions, mayKnow ? await this.changesSince(versions.at(-1)?.seq ?? 0) : null);
  }

  /** As it was. Rejects with a Problem. */
  document(seq: number): Promise<LightDocument> {
    const known = this.documents.get(seq);
    if (known !== undefined) return known;
    const found = this.client.version(this.key, seq).then(readOnly);
    found.catch(() => this.documents.delete(seq));
    this.documents.set(seq, found);
    if (this.documents.size > MOST_DOCUMENTS)
      for (const oldest of this.documents.keys()) if (this.documents.delete(oldest)) break;
    return found;
  }

  private async changesSince(first: number): Promise<Change[]> {
    const all: Change[] = [];
    for (let page = 0; page < MOST_PAGES; page++) {
      const last = all.at(-1)?.seq ?? null;
      const found = await this.client.changes(this.key, last);
      all.push(...found);
      if (found.length === 0 || (found.at(-1)?.seq ?? 0) <= first) break;
    }
    return all;
  }
}

const MOST_DOCUMENTS = 4;
/** Of 500 changes each. */
const MOST_PAGES = 8;
