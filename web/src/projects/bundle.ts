/** All of a project as one value: what is copied, and what a file of it holds. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import type { AssetFile, AssetStore } from "../assets/store";
import { LightDocument } from "../doc/document";
import { readDocument, writeDocument } from "../doc/keep";
import { assetsOf } from "../history/pieces";
import { type Kept, type MomentPictures, MomentStore } from "../history/store";
import { databaseOf, historyOf, ProjectError } from "./project";

export interface Bundle {
  /** An update of Yjs, version 1. */
  readonly document: Uint8Array<ArrayBuffer>;
  readonly kept: Kept;
  /** By the keys that moments have. */
  readonly pictures: ReadonlyMap<string, MomentPictures>;
  /** By SHA-256. */
  readonly assets: ReadonlyMap<string, AssetFile>;
}

export const NO_HISTORY: Kept = { moments: [], pieces: [] };

/** A document that is only read. */
export function readOnly(update: Uint8Array): LightDocument {
  const y = new Y.Doc();
  Y.applyUpdate(y, update);
  return new LightDocument({ newId: () => "", author: "" }, y);
}

/** What a document and its history name. */
export const namedBy = (doc: LightDocument, kept: Kept): Set<string> =>
  new Set([...doc.assets(), ...doc.clips(), ...assetsOf(kept.pieces)]);

/** As the disk has it: save first what is open. */
export async function readBundle(factory: IDBFactory, assets: AssetStore, id: string): Promise<Bundle> {
  const database = databaseOf(id);
  const document = await readDocument(database);
  const doc = readOnly(document);
  const history = await MomentStore.open(factory, historyOf(database));
  try {
    const kept = await history.load(doc.restored());
    const pictures = new Map<string, MomentPictures>();
    for (const { pictures: key } of kept.moments) {
      const found = pictures.has(key) ? null : await history.pictures(key);
      if (found !== null) pictures.set(key, found);
    }
    const files = new Map<string, AssetFile>();
    for (const sha256 of namedBy(doc, kept)) {
      const file = await assets.get(sha256);
      if (file !== null) files.set(sha256, file);
    }
    return { document, kept, pictures, assets: files };
  } finally {
    history.close();
  }
}

/** Where nothing is yet. Rejects when the disk does not take it. */
export async function writeBundle(
  factory: IDBFactory,
  assets: AssetStore,
  id: string,
  bundle: Bundle,
): Promise<void> {
  const database = databaseOf(id);
  try {
    await assets.of(id).putAll(bundle.assets);
    const history = await MomentStore.open(factory, historyOf(database));
    try {
      await history.fill(bundle.kept, bundle.pictures);
    } finally {
      history.close();
    }
    await writeDocument(database, bundle.document);
  } catch (error) {
    throw new ProjectError(
      "project.storage",
      t`the browser has no room for the project`,
      t`Empty the trash, or make room on the disk, and try again.`,
      String(error),
    );
  }
}

/** What it takes on the disk, about; only those assets that are named count. */
export function bytesOf(bundle: Bundle, counted: ReadonlySet<string>): number {
  let bytes = bundle.document.length;
  for (const { thumbnail } of bundle.kept.moments) bytes += thumbnail.length;
  for (const piece of bundle.kept.pieces) bytes += roughly(piece);
  for (const { render, sketch } of bundle.pictures.values())
    bytes += (render?.bytes.length ?? 0) + sketch.bytes.length;
  for (const [sha256, file] of bundle.assets) if (counted.has(sha256)) bytes += file.bytes.length;
  return bytes;
}

function roughly(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + roughly(item), 8);
  if (typeof value === "object" && value !== null)
    return Object.entries(value).reduce((sum, [name, item]) => sum + name.length + roughly(item), 8);
  return 8;
}
