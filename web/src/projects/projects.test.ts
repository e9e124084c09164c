import { webcrypto } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { sha256 } from "../assets/hash";
import { type AssetFile, AssetStore } from "../assets/store";
import { LightDocument } from "../doc/document";
import { openDocument, readDocument, writeDocument } from "../doc/keep";
import { momentOf } from "../history/moment.fixture";
import { Contents } from "../history/pieces";
import { MomentStore } from "../history/store";
import { rememberOwn } from "../rooms/address";
import { Store } from "../ui/store";
import before from "./before-projects.fixture.json";
import { Air, type Dump, memoryStorage, newBrowser, restoreDump } from "./browser.fixture";
import { namedBy, readBundle, readOnly } from "./bundle";
import { Catalogue, GRACE_MS } from "./catalogue";
import { databaseOf, FIRST, historyOf } from "./project";
import { NO_PROJECTS, type OpenPage, Projects, type ProjectsNow, pickProject } from "./projects";
import { channelOf, joinTabs } from "./tabs";

const PNG = (text: string): AssetFile => ({
  mime: "image/png",
  bytes: Uint8Array.from([0x89, 0x50, 0x4e, 0x47, ...new TextEncoder().encode(text)]),
});

let factory: IDBFactory;
let storage: Storage;
let air: Air;
let now_ms: number;
let ids: number;

beforeEach(() => {
  factory = newBrowser();
  storage = memoryStorage();
  air = new Air();
  now_ms = Date.UTC(2026, 0, 1);
  ids = 0;
});

const newId = () => (++ids).toString(16).padStart(16, "0");
const world = () => ({ storage, newId, now_ms: () => now_ms });
const catalogue = () => Catalogue.open(factory, air.join("lightbrush-projects"), () => now_ms);

/** A page of that browser, as main.tsx opens it. */
async function page(asked: string | null = null, attach: Partial<OpenPage> = {}) {
  const known = await catalogue();
  const project = await pickProject(known, asked, world());
  const database = databaseOf(project.id);
  const { doc, origin, saved } = await openDocument(storage, database);
  const assets = await AssetStore.open(factory, known, project.id);
  const moments = await MomentStore.open(factory, historyOf(database));
  const kept = await moments.load(doc.restored());
  await assets.keepOnly(namedBy(doc, kept));
  const went: string[] = [];
  const projects = new Projects({
    ...world(),
    now: new Store<ProjectsNow>({ ...NO_PROJECTS, current: project.id }),
    catalogue: known,
    assets,
    factory,
    channel: air.join,
    spare: () => new Set(),
    go: (id) => went.push(id),
  });
  projects.attach({
    save: saved,
    cover: async () => PNG("cover"),
    words: () =>
      doc
        .promptList()
        .map(({ text }) => text)
        .join(),
    settings: () => ({ size: "512x512" }),
    ...attach,
  });
  const leave = joinTabs(doc.y, air.join(channelOf(project.id)), origin, () => {});
  const close = async () => {
    leave();
    await saved();
    moments.close();
    doc.y.destroy();
  };
  return { project, doc, assets, moments, kept, projects, went, saved, close };
}

/** A reference whose file is in the browser. */
async function refer(one: Awaited<ReturnType<typeof page>>, text: string): Promise<string> {
  const file = PNG(text);
  const hash = await sha256(file.bytes, webcrypto.subtle as SubtleCrypto);
  await one.assets.put(hash, file);
  one.doc.setReferences((all) => [...all, one.doc.newReference(hash, text.slice(0, 8))], "");
  return hash;
}

async function moment(one: Awaited<ReturnType<typeof page>>, id: string) {
  const content = one.doc.content();
  const kept = momentOf(id, {
    content: content.hash,
    name: "Snapshot 1",
    thumbnail: "data:image/png;base64,AA==",
  });
  await one.moments.write([kept], [content], []);
  await one.moments.putPictures(id, { render: null, sketch: PNG(id) });
  return content;
}

const names = async () => (await (await catalogue()).all()).map(({ name }) => name).sort();
const exists = async (name: string) => (await factory.databases()).some((each) => each.name === name);

describe("a browser from before there were projects", () => {
  test("has its document as the first project: marks, history, snapshot, pictures", async () => {
    await restoreDump(factory, before as unknown as Dump);
    const [asset] = before.databases["lightbrush-assets"].stores.files.rows[0] as [string, unknown];
    storage.setItem("lightbrush.author", before.author);
    const one = await page();
    expect(one.project.id).toBe(FIRST);
    expect(one.doc.visibleMarks().map(({ mark }) => mark.type)).toContain("mask");
    expect(one.doc.visibleMarks().filter(({ mark }) => mark.type === "stroke").length).toBeGreaterThan(2);
    expect(one.kept.moments).toHaveLength(3);
    expect(one.kept.moments.map(({ name }) => name)).toContain("Snapshot 1");
    const contents = new Contents(one.kept.pieces);
    for (const { content, pictures } of one.kept.moments) {
      expect(contents.get(content)).not.toBeNull();
      expect(await one.moments.pictures(pictures)).not.toBeNull();
    }
    expect(await one.assets.get(asset)).not.toBeNull();
    expect(one.doc.canUndo).toBe(true);
  });

  test("keeps its pictures when another project is opened before it is", async () => {
    await restoreDump(factory, before as unknown as Dump);
    const [asset] = before.databases["lightbrush-assets"].stores.files.rows[0] as [string, unknown];
    const known = await catalogue();
    await pickProject(known, null, world()); // it is counted, and was not opened yet
    const other = await AssetStore.open(factory, known, "p-0000000000000009");
    await other.keepOnly(new Set());
    expect(await other.get(asset)).not.toBeNull();
  });
});

test("a new project is empty, is opened, and takes over the size; the old one is saved first", async () => {
  const one = await page();
  one.doc.addMark({ type: "clear" });
  await one.projects.create();
  const [id] = one.went;
  expect(id).toMatch(/^p-/);
  const two = await page(id);
  expect(two.project.name).toBe("Untitled 2");
  expect(two.doc.begun).toBe(true);
  expect(two.doc.visibleMarks()).toEqual([]);
  expect(two.doc.param("size")).toBe("512x512");
  expect(readOnly(await readDocument(databaseOf(FIRST))).visibleMarks()).toHaveLength(1);
  expect((await page()).project.id).toBe(id);
  expect((await page(FIRST)).project.id).toBe(FIRST);
});

test("a copy has the document, the history and the pictures, and its own life", async () => {
  const one = await page();
  const hash = await refer(one, "one");
  one.doc.addMark({ type: "clear" });
  const content = await moment(one, "m1");
  await one.projects.rename(FIRST, "Peaks");
  await one.projects.duplicate(FIRST);
  expect(one.projects.now.get().problem).toBeNull();
  expect(await names()).toEqual(["Peaks", "Peaks 2"]);
  const copy = (await (await catalogue()).all()).find(({ name }) => name === "Peaks 2");
  const two = await page(copy?.id ?? "");
  expect(two.doc.content().hash).toBe(one.doc.content().hash);
  expect(new Contents(two.kept.pieces).get(content.hash)).not.toBeNull();
  expect(await two.moments.pictures("m1")).toMatchObject({ render: null });
  expect(await two.assets.get(hash)).not.toBeNull();
  two.doc.addMark({ type: "clear" });
  expect(one.doc.visibleMarks()).toHaveLength(1);
});

describe("the trash", () => {
  test("gives back what was thrown away", async () => {
    const one = await page();
    await one.projects.duplicate(FIRST);
    const copy = (await (await catalogue()).all()).find(({ id }) => id !== FIRST)?.id ?? "";
    await one.projects.trash(copy);
    expect((await (await catalogue()).get(copy))?.trashed_ms).toBe(now_ms);
    expect((await page(copy)).project.id).toBe(FIRST);
    await one.projects.restore(copy);
    expect((await page(copy)).project.id).toBe(copy);
  });

  test("the open project makes room for another one, or for a new one", async () => {
    const one = await page();
    await one.projects.trash(FIRST);
    expect(one.went).toHaveLength(1);
    const two = await page(one.went[0]);
    expect(two.project.id).not.toBe(FIRST);
    expect(two.doc.visibleMarks()).toEqual([]);
  });

  test("emptied, it frees what nothing else needs, and says how much", async () => {
    const one = await page();
    const shared = await refer(one, "shared".repeat(500));
    await one.projects.duplicate(FIRST);
    await one.close();
    const copy = (await (await catalogue()).all()).find(({ id }) => id !== FIRST)?.id ?? "";
    const two = await page(copy);
    const own = await refer(two, "own".repeat(3000));
    await moment(two, "m7");
    await two.close();
    const three = await page(FIRST);
    await three.projects.trash(copy);
    const bytes = await three.projects.bytes([copy]);
    expect(bytes).toBeGreaterThan(9000);
    expect(bytes).toBeLessThan(14_000);
    expect(await three.projects.purge([copy])).toBe(bytes);
    expect(three.projects.now.get().problem).toBeNull();
    expect(await three.assets.get(own)).toBeNull();
    expect(await three.assets.get(shared)).not.toBeNull();
    expect(await exists(databaseOf(copy))).toBe(false);
    expect(await exists(historyOf(databaseOf(copy)))).toBe(false);
    expect(await (await catalogue()).get(copy)).toBeNull();
  });

  test("what is open in another window is not deleted, and neither is what is not in the trash", async () => {
    const one = await page();
    await one.projects.duplicate(FIRST);
    const copy = (await (await catalogue()).all()).find(({ id }) => id !== FIRST)?.id ?? "";
    await one.projects.purge([copy]);
    expect(one.projects.now.get().problem?.code).toBe("project.open");
    const two = await page(copy);
    await one.projects.trash(copy);
    await one.projects.purge([copy]);
    expect(one.projects.now.get().problem?.code).toBe("project.open");
    expect(await exists(databaseOf(copy))).toBe(true);
    await two.close();
    await one.projects.purge([copy]);
    expect(await exists(databaseOf(copy))).toBe(false);
  });

  test("a project that is shared is not thrown away", async () => {
    const one = await page();
    rememberOwn(storage, FIRST, "r-0123456789abcdef");
    await one.projects.trash(FIRST);
    expect(one.projects.now.get().problem?.code).toBe("project.open");
    expect((await (await catalogue()).get(FIRST))?.trashed_ms).toBeNull();
  });
});

test("two tabs with one project draw in the same document, and the disk has both", async () => {
  const one = await page();
  const two = await page();
  one.doc.addMark({ type: "clear" });
  two.doc.addMark({ type: "clear" });
  expect(one.doc.visibleMarks()).toHaveLength(2);
  expect(two.doc.content().hash).toBe(one.doc.content().hash);
  await one.close();
  await two.close();
  expect((await page()).doc.visibleMarks()).toHaveLength(2);
});

test("a picture that nothing names any longer is forgotten, but not one that just came", async () => {
  const one = await page();
  const hash = await refer(one, "one");
  await one.close();
  await writeDocument(databaseOf(FIRST), emptied(await readDocument(databaseOf(FIRST))));
  const two = await page();
  expect(await two.assets.get(hash)).not.toBeNull();
  await two.close();
  now_ms += GRACE_MS + 1;
  const three = await page();
  expect(await three.assets.get(hash)).toBeNull();
});

test("a file of a project, opened elsewhere, is the same project", async () => {
  const one = await page();
  const hash = await refer(one, "one");
  one.doc.addMark({ type: "clear" });
  const content = await moment(one, "m1");
  await one.projects.rename(FIRST, "Snowy peaks");
  const made = await one.projects.export(FIRST);
  expect(made?.name).toBe("snowy-peaks.lightbrush");
  factory = newBrowser();
  storage = memoryStorage();
  const there = await page();
  await there.projects.import(made?.file ?? new Blob());
  expect(there.projects.now.get().problem).toBeNull();
  const two = await page(there.went[0]);
  expect(two.project.name).toBe("Snowy peaks");
  expect(two.doc.content().hash).toBe(one.doc.content().hash);
  expect(two.kept.moments.map(({ name }) => name)).toEqual(["Snapshot 1"]);
  expect(new Contents(two.kept.pieces).get(content.hash)).not.toBeNull();
  expect(await two.assets.get(hash)).toEqual(PNG("one"));
  const bundle = await readBundle(factory, two.assets, two.project.id);
  expect([...bundle.pictures.keys()]).toEqual(["m1"]);
});

test("a file that cannot be read changes nothing", async () => {
  const one = await page();
  await one.projects.import(new Blob(["PK nonsense"]));
  expect(one.projects.now.get().problem?.code).toBe("project.damaged");
  expect(one.went).toEqual([]);
  expect(await names()).toEqual(["Untitled"]);
});

test("a browser that keeps nothing has one project, and says why there is no other", async () => {
  const known = await Catalogue.open(undefined, null);
  const project = await pickProject(known, null, world());
  expect(project.id).toBe(FIRST);
  const projects = new Projects({
    ...world(),
    now: new Store<ProjectsNow>({ ...NO_PROJECTS, current: project.id }),
    catalogue: known,
    assets: await AssetStore.open(undefined),
    factory,
    channel: air.join,
    spare: () => new Set(),
    go: () => {},
  });
  await projects.create();
  expect(projects.now.get().problem?.code).toBe("project.storage");
});

/** The same document without its references, and without a way back to them. */
function emptied(update: Uint8Array): Uint8Array {
  const y = new Y.Doc();
  Y.applyUpdate(y, update);
  const doc = new LightDocument({ newId, author: "a" }, y);
  doc.setReferences(() => [], "");
  y.getArray("edits").delete(0, y.getArray("edits").length);
  return Y.encodeStateAsUpdate(y);
}
