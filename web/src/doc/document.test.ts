import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { MapNode } from "./content";
import { type DocumentPart, LightDocument, RESTORE } from "./document";
import type { Mark } from "./marks";

const fill = (x: number): Mark => ({ type: "fill", color: "#112233", opacity: 1, x, y: 0 });

let ids = 0;
const open = (author = "me", y = new Y.Doc()) =>
  new LightDocument(
    {
      author,
      newId: () => {
        ids += 1;
        return `id${ids}`;
      },
    },
    y,
  );
const xs = (doc: LightDocument) => doc.visibleMarks().map(({ mark }) => (mark.type === "fill" ? mark.x : -1));
/** What another start of the page would load. */
const reloaded = (doc: LightDocument, author = "me") => {
  const y = new Y.Doc();
  Y.applyUpdate(y, Y.encodeStateAsUpdate(doc.y));
  return open(author, y);
};

describe("undo and redo", () => {
  test("hide and show the newest mark, to the bottom and back", () => {
    const doc = open();
    for (const x of [1, 2, 3]) doc.addMark(fill(x));
    doc.undo();
    doc.undo();
    expect(xs(doc)).toEqual([1]);
    doc.redo();
    expect(xs(doc)).toEqual([1, 2]);
    doc.redo();
    expect(xs(doc)).toEqual([1, 2, 3]);
    expect(doc.redo()).toBe(false);
    for (const _ of [1, 2, 3]) doc.undo();
    expect(xs(doc)).toEqual([]);
    expect(doc.undo()).toBe(false);
  });

  test("survive a reload", () => {
    const doc = open();
    for (const x of [1, 2, 3]) doc.addMark(fill(x));
    doc.undo();
    const again = reloaded(doc);
    expect(xs(again)).toEqual([1, 2]);
    again.redo();
    expect(xs(again)).toEqual([1, 2, 3]);
    again.undo();
    again.undo();
    expect(xs(reloaded(again))).toEqual([1]);
  });

  test("a new mark after an undo drops what was undone", () => {
    const doc = open();
    for (const x of [1, 2, 3]) doc.addMark(fill(x));
    doc.undo();
    doc.undo();
    doc.addMark(fill(9));
    expect(xs(doc)).toEqual([1, 9]);
    expect(doc.canRedo).toBe(false);
    doc.undo();
    doc.redo();
    expect(xs(doc)).toEqual([1, 9]);
  });

  test("have no limit", () => {
    const doc = open();
    for (let x = 0; x < 1000; x++) doc.addMark(fill(x));
    for (let i = 0; i < 999; i++) expect(doc.undo()).toBe(true);
    expect(xs(doc)).toEqual([0]);
    for (let i = 0; i < 999; i++) doc.redo();
    expect(doc.visibleMarks().length).toBe(1000);
  });

  test("take back only one's own edits", () => {
    const mine = open("me");
    mine.addMark(fill(1));
    const theirs = reloaded(mine, "they");
    theirs.addMark(fill(2));
    Y.applyUpdate(mine.y, Y.encodeStateAsUpdate(theirs.y));
    mine.undo();
    expect(xs(mine)).toEqual([2]);
  });

  test("cover parameters and prompts, a gesture at a time, in the order of the edits", () => {
    const doc = open();
    doc.addMark(fill(1));
    doc.setParams({ strength: 0.1 }, "drag:1");
    doc.setParams({ strength: 0.2 }, "drag:1");
    doc.setParams({ strength: 0.3 }, "drag:1");
    doc.setParams({ strength: 0.9 }, "drag:2");
    doc.setPrompts(() => [doc.newPrompt("fog")], "");
    doc.undo();
    expect(doc.promptList()).toEqual([]);
    doc.undo();
    expect(doc.param("strength")).toBe(0.3);
    doc.undo();
    expect(doc.param("strength")).toBeUndefined();
    expect(xs(doc)).toEqual([1]);
    doc.redo();
    expect(doc.param("strength")).toBe(0.3);
    doc.redo();
    doc.redo();
    expect(doc.param("strength")).toBe(0.9);
    expect(doc.promptList().map((p) => p.text)).toEqual(["fog"]);
  });

  test("a change that changes nothing is no edit", () => {
    const doc = open();
    doc.setParams({ seed: 7 }, "");
    doc.setParams({ seed: 7 }, "");
    doc.undo();
    expect(doc.canUndo).toBe(false);
  });
});

describe("prompts", () => {
  test("keep their identity through changes of text, weight and order", () => {
    const doc = open();
    const a = doc.newPrompt("a");
    const b = doc.newPrompt("b");
    doc.setPrompts(() => [a, b], "");
    doc.setPrompts((all) => all.map((p) => (p.id === b.id ? { ...p, weight: -0.5 } : p)), "");
    doc.setPrompts((all) => [...all].reverse(), "");
    expect(doc.promptList()).toEqual([{ ...b, weight: -0.5 }, a]);
    doc.undo();
    expect(doc.promptList()).toEqual([a, { ...b, weight: -0.5 }]);
  });
});

test("planting the example is not an edit, and happens to an untouched document only", () => {
  const doc = open();
  expect(doc.begun).toBe(false);
  doc.plant([fill(1), fill(2)], ["golden"]);
  expect(doc.begun).toBe(true);
  expect(doc.canUndo).toBe(false);
  expect(xs(doc)).toEqual([1, 2]);
  expect(reloaded(doc).begun).toBe(true);
});

test("observers hear which parts changed", () => {
  const doc = open();
  const heard: DocumentPart[][] = [];
  doc.observe((parts) => heard.push([...parts].sort()));
  doc.addMark(fill(1));
  doc.setParams({ seed: 3 }, "");
  doc.undo();
  expect(heard).toEqual([
    ["history", "marks"],
    ["history", "params"],
    ["history", "params"],
  ]);
});

test("a mark of a future kind is kept and not drawn", () => {
  const doc = open();
  doc.addMark({ type: "hologram" } as unknown as Mark);
  doc.addMark(fill(1));
  expect(xs(doc)).toEqual([1]);
  expect(reloaded(doc).y.getArray("marks").length).toBe(2);
});

describe("going back to a moment", () => {
  /** A document whose contents are kept, as the history keeps them. */
  function kept(doc = open()) {
    const contents = new Map<string, MapNode>();
    doc.contentOf = (hash) => contents.get(hash) ?? null;
    const keep = (content: MapNode) => {
      contents.set(content.hash, content);
      return content;
    };
    return { doc, moment: () => keep(doc.content()), back: (to: MapNode) => doc.restore(to, keep), contents };
  }

  test("brings everything back, is one step of undo, and undo goes on beyond it", () => {
    const { doc, moment, back } = kept();
    doc.addMark(fill(1));
    doc.setPrompts(() => [{ id: "p", text: "dusk", weight: 1, on: true }], "");
    doc.setParams({ seed: 5 }, "");
    const then = moment();
    doc.addMark(fill(2));
    doc.setPrompts((all) => all.map((p) => ({ ...p, weight: 0.5 })), "");
    doc.setParams({ seed: 9, steps: 2 }, "");
    expect(back(then)).toBe(true);
    expect(doc.content().hash).toBe(then.hash);
    expect(xs(doc)).toEqual([1]);
    expect(doc.promptList()[0]?.weight).toBe(1);
    expect([doc.param("seed"), doc.param("steps")]).toEqual([5, undefined]);
    doc.undo();
    expect(xs(doc)).toEqual([1, 2]);
    expect([doc.param("seed"), doc.param("steps")]).toEqual([9, 2]);
    doc.redo();
    expect(xs(doc)).toEqual([1]);
    doc.undo();
    for (let i = 0; i < 3; i++) doc.undo();
    expect(doc.param("seed")).toBe(5);
    expect(xs(doc)).toEqual([1]);
    while (doc.undo());
    expect(xs(doc)).toEqual([]);
    while (doc.redo());
    expect(doc.content().hash).toBe(then.hash);
  });

  test("and drawing on from there, undo comes back through the restore", () => {
    const { doc, moment, back } = kept();
    doc.addMark(fill(1));
    const then = moment();
    doc.addMark(fill(2));
    back(then);
    doc.addMark(fill(3));
    expect(xs(doc)).toEqual([1, 3]);
    doc.undo();
    doc.undo();
    expect(xs(doc)).toEqual([1, 2]);
    doc.undo();
    doc.undo();
    expect(xs(doc)).toEqual([]);
  });

  test("is undone after a reload too", () => {
    const { doc, moment, back, contents } = kept();
    doc.addMark(fill(1));
    const then = moment();
    doc.addMark(fill(2));
    back(then);
    const again = reloaded(doc);
    again.contentOf = (hash) => contents.get(hash) ?? null;
    expect(again.restored()).toEqual(new Set(contents.keys()));
    again.undo();
    expect(xs(again)).toEqual([1, 2]);
  });

  test("to where it is changes nothing and is no step", () => {
    const { doc, moment, back } = kept();
    doc.addMark(fill(1));
    expect(back(moment())).toBe(false);
    doc.undo();
    expect(xs(doc)).toEqual([]);
  });

  test("undone, leaves what somebody else drew in the meantime", () => {
    const { doc, moment, back } = kept();
    doc.addMark(fill(1));
    const then = moment();
    doc.addMark(fill(2));
    back(then);
    const other = open("other", doc.y);
    other.addMark(fill(3));
    doc.undo();
    expect(xs(doc)).toEqual([1, 2, 3]);
    doc.redo();
    expect(xs(doc)).toEqual([1, 3]);
    other.undo();
    expect(xs(doc)).toEqual([1]);
  });

  test("whose contents are lost, changes nothing", () => {
    const { doc, moment, back, contents } = kept();
    doc.addMark(fill(1));
    const then = moment();
    doc.addMark(fill(2));
    back(then);
    contents.clear();
    expect(doc.undo()).toBe(true);
    expect(xs(doc)).toEqual([1]);
    doc.undo();
    doc.undo();
    expect(xs(doc)).toEqual([]);
  });

  test("happens in one transaction, which says what it is", () => {
    const { doc, moment, back } = kept();
    doc.addMark(fill(1));
    const then = moment();
    doc.addMark(fill(2));
    const origins: unknown[] = [];
    doc.y.on("update", (_update: Uint8Array, origin: unknown) => origins.push(origin));
    back(then);
    doc.undo();
    doc.redo();
    expect(origins).toEqual([RESTORE, RESTORE, RESTORE]);
    expect(doc.restores).toBe(3);
  });
});

test("a picture that got other bytes is named by them everywhere, also by undo", () => {
  const doc = new LightDocument({ newId: () => `${Math.random()}`, author: "a" });
  const [from, to] = ["a".repeat(64), "b".repeat(64)];
  doc.setReferences(() => [doc.newReference(from, "sunset")], "");
  doc.setParams({ "morph:a": JSON.stringify({ thumbnail: from }) }, "");
  doc.setBase("m1", from);
  doc.setReferences(() => [], "");
  doc.renameAsset(from, to);
  expect(doc.assets()).toEqual(new Set([to]));
  doc.undo();
  expect(doc.referenceList().map(({ sha256 }) => sha256)).toEqual([to]);
});
