/** Keeping the document in this browser: IndexedDB for its updates, local storage for who is editing. */

import { IndexeddbPersistence } from "y-indexeddb";
import * as Y from "yjs";
import { finished } from "../projects/idb";
import { type DocumentWorld, LightDocument } from "./document";

const AUTHOR_KEY = "lightbrush.author";

/** The store of y-indexeddb that has them. */
const UPDATES = "updates";
const LOAD_PATIENCE_MS = 3000;

/** 64 random bits. (crypto.randomUUID is missing on pages served over plain http to another machine.) */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");

function author(storage: Storage): string {
  const known = storage.getItem(AUTHOR_KEY);
  if (known !== null) return known;
  const fresh = newId();
  storage.setItem(AUTHOR_KEY, fresh);
  return fresh;
}

export interface OpenDocument {
  readonly doc: LightDocument;
  /** What was loaded of it, or comes from the disk, has this origin. */
  readonly origin: object | null;
  /** Resolves when all that was changed so far is on the disk. */
  saved(): Promise<void>;
}

/** Resolves when what was kept is loaded. When the browser keeps nothing (a private window), the session still works. */
export async function openDocument(storage: Storage, database: string): Promise<OpenDocument> {
  const world: DocumentWorld = { newId, author: author(storage) };
  const y = new Y.Doc();
  try {
    const kept = new IndexeddbPersistence(database, y);
    // A browser that refuses storage never says so: do not wait for it forever.
    const patience = new Promise((resolve) => setTimeout(resolve, LOAD_PATIENCE_MS));
    await Promise.race([kept.whenSynced, patience]);
    return { doc: new LightDocument(world, y), origin: kept, saved: () => saved(kept) };
  } catch (error) {
    console.warn("Lightbrush: this browser does not keep the document:", error);
    return { doc: new LightDocument(world, y), origin: null, saved: async () => {} };
  }
}

/** A document that no page has to have open, as one update of Yjs. */
export async function readDocument(database: string): Promise<Uint8Array<ArrayBuffer>> {
  const y = new Y.Doc();
  const kept = await loaded(database, y);
  const update = Y.encodeStateAsUpdate(y);
  await kept.destroy();
  return update.slice();
}

/** Add a change to a document that is kept. Rejects when the disk does not take it. */
export async function writeDocument(database: string, update: Uint8Array): Promise<void> {
  const y = new Y.Doc();
  const kept = await loaded(database, y);
  Y.applyUpdate(y, update);
  try {
    await saved(kept);
  } finally {
    await kept.destroy();
  }
}

/** Rejects when the database cannot be opened. */
async function loaded(database: string, y: Y.Doc): Promise<IndexeddbPersistence> {
  const kept = new IndexeddbPersistence(database, y);
  await kept._db;
  await kept.whenSynced;
  return kept;
}

/** A transaction on the same store waits for those before it. */
function saved({ db }: IndexeddbPersistence): Promise<void> {
  if (db === null) return Promise.resolve();
  const transaction = db.transaction(UPDATES, "readwrite");
  transaction.objectStore(UPDATES).count();
  return finished(transaction);
}
