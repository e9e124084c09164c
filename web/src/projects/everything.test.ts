/** A document with one of each thing, on every way that it can take: nothing of it is lost, and neither is any picture. */

import { createHash } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import { type AssetFile, AssetStore } from "../assets/store";
import { LightDocument } from "../doc/document";
import { openDocument } from "../doc/keep";
import { History, type HistoryNow } from "../history/history";
import { MomentStore } from "../history/store";
import type { RoomsClient } from "../rooms/client";
import { changesText, Versions } from "../rooms/versions";
import { Store } from "../ui/store";
import { memoryStorage, newBrowser } from "./browser.fixture";
import { namedBy, readBundle, writeBundle } from "./bundle";
import { Catalogue, GRACE_MS } from "./catalogue";
import { fill, sayings } from "./everything.fixture";
import { packProject, unpackProject } from "./file";
import { databaseOf, historyOf, newProject } from "./project";

const [FIRST, SECOND] = ["p-0000000000000001", "p-0000000000000002"];
const PLACES = ["reference", "undone", "look", "thumbnail", "kept"] as const;
const JPEG: AssetFile = { mime: "image/jpeg", bytes: Uint8Array.from([0xff, 0xd8, 0xff, 0xd9]) };

const files = new Map<string, AssetFile>();
const names = Object.fromEntries(
  PLACES.map((place) => {
    const bytes = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, ...new TextEncoder().encode(place)]);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files.set(sha256, { mime: "image/png", bytes });
    return [place, sha256];
  }),
) as Record<(typeof PLACES)[number], string>;

let factory: IDBFactory;
let storage: Storage;
let now_ms: number;
let ids = 0;

beforeEach(() => {
  factory = newBrowser();
  storage = memoryStorage();
  now_ms = Date.UTC(2026, 0, 1);
});

/** A page with that project open. */
async function page(id: string) {
  const catalogue = await Catalogue.open(factory, null, () => now_ms);
  if ((await catalogue.get(id)) === null) await catalogue.add(newProject(id, "Untitled", now_ms));
  const assets = await AssetStore.open(factory, catalogue, id);
  const database = databaseOf(id);
  const { doc, saved } = await openDocument(storage, database);
  const moments = await MomentStore.open(factory, historyOf(database));
  const kept = await moments.load(doc.restored());
  // Long after: what is not named goes.
  now_ms += 2 * GRACE_MS;
  await assets.keepOnly(namedBy(doc, kept));
  const now = new Store<HistoryNow>({ moments: [], head: null, looking: null, said: null });
  const history = new History(
    {
      doc,
      store: moments,
      now,
      capture: () => ({
        thumbnail: "data:image/jpeg;base64,/9j/",
        pictures: async () => ({ render: null, sketch: JPEG }),
      }),
      settled: () => true,
      say: ({ message }) => expect.fail(message),
      newId: () => `m${++ids}`,
      now_ms: () => now_ms++,
      after: () => () => {},
      wentTo: () => {},
    },
    kept,
  );
  const close = async () => {
    await Promise.all([saved(), history.saved()]);
    moments.close();
    doc.y.destroy();
  };
  return { doc, assets, history, now, close };
}

/** One with everything, and a moment of that. */
async function full() {
  const one = await page(FIRST);
  await one.assets.putAll(files);
  fill(one.doc, names);
  one.history.keep();
  return one;
}

/** What a document with nothing says. */
function empty(): LightDocument {
  return new LightDocument({ newId: () => "", author: "" }, new Y.Doc());
}

async function hasEverything(one: Awaited<ReturnType<typeof page>>, said: ReturnType<typeof sayings>) {
  expect(sayings(one.doc)).toEqual(said);
  for (const place of PLACES)
    if (place !== "undone" || one.doc.canRedo)
      expect([place, await one.assets.get(names[place])]).toEqual([place, files.get(names[place])]);
}

test("the document that is taken along has one of each", () => {
  const doc = new LightDocument({ newId: () => `id${++ids}`, author: "a" });
  fill(doc, names);
  const said = sayings(doc);
  expect(said.layers.map(({ kind }) => kind).sort()).toEqual(
    ["group", "group", "image", "paint", "region", "shape", "text"].sort(),
  );
  expect(said.clips).toMatchObject([{ box: { x: 600, y: 100, width: 100, height: 300 } }]);
  expect(said.pictures.map((picture) => picture?.mime)).toEqual(["image/png", "image/png"]);
  expect(Object.values(said).every((each) => Object.keys(each).length > 0)).toBe(true);
  expect([...doc.assets()]).toEqual(expect.arrayContaining(Object.values(names)));
});

test("closed and opened again", async () => {
  const one = await full();
  const said = sayings(one.doc);
  await one.close();
  await hasEverything(await page(FIRST), said);
});

test("copied within the browser", async () => {
  const one = await full();
  const said = sayings(one.doc);
  await one.close();
  await writeBundle(factory, one.assets, SECOND, await readBundle(factory, one.assets, FIRST));
  const two = await page(SECOND);
  expect(two.doc.canRedo).toBe(true);
  await hasEverything(two, said);
  two.doc.redo();
  expect(two.doc.referenceList().map(({ sha256 }) => sha256)).toEqual([names.reference, names.undone]);
});

test("as a file into another browser, where a moment of it is restored", async () => {
  const one = await full();
  const said = sayings(one.doc);
  one.history.bringBack(empty().content());
  expect(sayings(one.doc).marks).toEqual([]);
  await one.close();
  const bundle = await readBundle(factory, one.assets, FIRST);
  const file = await packProject(newProject(FIRST, "Peaks", now_ms), null, bundle);
  factory = newBrowser();
  storage = memoryStorage();
  const there = await Catalogue.open(factory, null, () => now_ms);
  const unpacked = await unpackProject(file);
  await writeBundle(factory, await AssetStore.open(factory, there, SECOND), SECOND, unpacked.bundle);
  const two = await page(SECOND);
  two.history.restore(two.now.get().moments[0]?.id ?? "");
  await hasEverything(two, said);
  two.doc.undo();
  expect(sayings(two.doc).marks).toEqual([]);
});

test("restored, undone and done again", async () => {
  const one = await full();
  const said = sayings(one.doc);
  one.history.bringBack(empty().content());
  one.doc.undo();
  await hasEverything(one, said);
  one.doc.redo();
  await one.close();
  const again = await page(FIRST);
  again.history.restore(again.now.get().moments[0]?.id ?? "");
  await hasEverything(again, said);
});

test("brought back from a room's version", async () => {
  const one = await full();
  const said = sayings(one.doc);
  const kept = Y.encodeStateAsUpdate(one.doc.y).slice();
  const versions = new Versions({ version: async () => kept } as unknown as RoomsClient, {
    id: "",
    link: "",
  });
  one.history.bringBack(empty().content());
  one.history.bringBack((await versions.document(3)).content());
  await hasEverything(one, said);
});

test("what a room's version says is different names every part", () => {
  const doc = new LightDocument({ newId: () => `id${++ids}`, author: "a" });
  fill(doc, names);
  expect(changesText(empty(), doc)).toBe(
    "2 marks, 6 new layers, the mask, prompts, pictures as prompts, settings, the reference board, the palette, the timeline",
  );
  expect(changesText(doc, doc)).toBe("");
});
