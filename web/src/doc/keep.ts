/** Keeping the document in this browser: IndexedDB for its updates, local storage for who is editing. */

import { IndexeddbPersistence } from "y-indexeddb";
import * as Y from "yjs";
import { type DocumentWorld, LightDocument } from "./document";

export const DATABASE = "lightbrush";
const AUTHOR_KEY = "lightbrush.author";

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

/** Another room's document, beside one's own. */
export const roomDatabase = (id: string): string => `${DATABASE}-${id}`;

/** Resolves when what was kept is loaded. When the browser keeps nothing (a private window), the session still works. */
export async function openDocument(storage: Storage, database = DATABASE): Promise<LightDocument> {
  const world: DocumentWorld = { newId, author: author(storage) };
  const y = new Y.Doc();
  try {
    const kept = new IndexeddbPersistence(database, y);
    // A browser that refuses storage never says so: do not wait for it forever.
    const patience = new Promise((resolve) => setTimeout(resolve, LOAD_PATIENCE_MS));
    await Promise.race([kept.whenSynced, patience]);
  } catch (error) {
    console.warn("Lightbrush: this browser does not keep the document:", error);
  }
  return new LightDocument(world, y);
}
