import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "./document";
import { splitMarks } from "./marks";
import {
  combined,
  coverAt,
  idOf,
  inverted,
  outlineOf,
  pack,
  rectangle,
  type Selection,
  shifted,
  trimmed,
  unpack,
} from "./selection";

const FRAME = { x: -4, y: 0, width: 24, height: 16 };
const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });
const rect = (x: number, y: number, width: number, height: number) => rectangle(box(x, y, width, height));
/** Rows of characters: "#" selected, "+" half, "." not. */
const drawn = (selection: Selection | null) =>
  Array.from({ length: 6 }, (_, y) =>
    Array.from({ length: 8 }, (_, x) => {
      const cover = selection === null ? 0 : coverAt(selection, x, y);
      return cover === 255 ? "#" : cover === 0 ? "." : "+";
    }).join(""),
  );

describe("selections", () => {
  test("are added to and taken away from, within the frame", () => {
    const two = combined(rect(0, 0, 3, 2), rect(5, 3, 9, 2), "add", FRAME);
    expect(drawn(two)).toEqual(["###.....", "###.....", "........", ".....###", ".....###", "........"]);
    const less = combined(two, rect(1, 0, 5, 4), "subtract", FRAME);
    expect(drawn(less)).toEqual(["#.......", "#.......", "........", "......##", ".....###", "........"]);
    expect(combined(null, rect(-9, -9, 8, 12), "replace", FRAME)?.box).toEqual(box(-4, 0, 3, 3));
    expect(combined(rect(0, 0, 2, 2), rect(-1, -1, 9, 9), "subtract", FRAME)).toBeNull();
    expect(combined(rect(0, 0, 2, 2), null, "replace", FRAME)).toBeNull();
    expect(combined(rect(0, 0, 2, 2), null, "add", FRAME)?.box).toEqual(box(0, 0, 2, 2));
  });

  test("keep what is half selected half", () => {
    const soft: Selection = { box: box(2, 2, 2, 1), cover: Uint8Array.of(128, 255) };
    expect(drawn(inverted(soft, box(0, 0, 8, 6)))[2]).toBe("##+.####");
    const twice = combined(soft, soft, "add", FRAME);
    expect(twice && coverAt(twice, 2, 2)).toBe(192);
    const none = inverted(inverted(null, FRAME), FRAME);
    expect(none).toBeNull();
  });

  test("lose empty rows and columns, and move", () => {
    const cover = new Uint8Array(8 * 6);
    cover[2 * 8 + 3] = 9;
    expect(trimmed({ box: box(0, 0, 8, 6), cover })?.box).toEqual(box(3, 2, 1, 1));
    expect(trimmed({ box: box(0, 0, 8, 6), cover: new Uint8Array(48) })).toBeNull();
    expect(shifted(rect(1, 1, 2, 2), -3, 4).box).toEqual(box(-2, 5, 2, 2));
  });

  test("are the same after being packed, and equal ones have one id", () => {
    const cover = Uint8Array.from({ length: 600 * 3 }, (_, i) => (i % 7 === 0 ? 0 : i % 255));
    for (const selection of [rect(-4, 2, 900, 700), { box: box(-30, 5, 600, 3), cover }]) {
      const packed = pack(selection);
      const again = unpack(packed);
      expect(again?.box).toEqual(selection.box);
      expect(again && Buffer.compare(again.cover, selection.cover)).toBe(0);
      expect(idOf(packed)).toBe(idOf(pack({ ...selection, cover: selection.cover.slice() })));
    }
    expect(pack(rect(0, 0, 1024, 1024)).length).toBeLessThan(16);
    expect(idOf(pack(rect(0, 0, 3, 2)))).not.toBe(idOf(pack(rect(0, 0, 2, 3))));
  });

  test("that somebody made up are none", () => {
    const good = pack(rect(0, 0, 40, 40));
    const claims = (width: number, height: number) => {
      const bytes = good.slice();
      new DataView(bytes.buffer).setUint16(4, width, true);
      new DataView(bytes.buffer).setUint16(6, height, true);
      return bytes;
    };
    for (const bad of [
      undefined,
      "text",
      new Uint8Array(0),
      good.slice(0, 9),
      good.slice(0, -1),
      claims(65535, 65535),
      claims(0, 40),
      claims(40, 41),
      claims(40, 39),
    ])
      expect(unpack(bad)).toBeNull();
  });

  test("have a line around each part and each hole", () => {
    expect(outlineOf(rect(1, 2, 3, 2))).toBe("M1 2L4 2L4 4L1 4Z");
    const hole = combined(rect(0, 0, 5, 5), rect(2, 2, 1, 1), "subtract", FRAME);
    expect(hole && outlineOf(hole)).toBe("M0 0L5 0L5 5L0 5ZM2 2L2 3L3 3L3 2Z");
    const noise = Uint8Array.from({ length: 600 * 600 }, (_, i) => ((i * 7919) % 13 < 5 ? 255 : 0));
    expect(outlineOf({ box: box(3, 4, 600, 600), cover: noise })).toBe("M3 4h600v600h-600Z");
    const corners = combined(rect(0, 0, 1, 1), rect(1, 1, 1, 1), "add", FRAME);
    expect(corners && outlineOf(corners)).toBe("M0 0L1 0L1 1L0 1ZM1 1L2 1L2 2L1 2Z");
  });
});

describe("in the document", () => {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id${ids}`;
  };
  const open = (author = "me", y = new Y.Doc()) => new LightDocument({ author, newId }, y);

  test("to select is a step of undo of one's own, and is kept", () => {
    const doc = open();
    doc.select(rect(0, 0, 4, 4));
    const first = doc.selected;
    doc.select(rect(2, 2, 9, 9));
    doc.undo();
    expect(doc.selected).toBe(first);
    expect(first && doc.selection(first)).toEqual(rect(0, 0, 4, 4));
    doc.undo();
    expect(doc.selected).toBeNull();
    doc.redo();
    const y = new Y.Doc();
    Y.applyUpdate(y, Y.encodeStateAsUpdate(doc.y));
    expect(open("me", y).selected).toBe(first);
    expect(open("another", y).selected).toBeNull();
    doc.select(rect(0, 0, 4, 4));
    doc.undo();
    expect(doc.selected).toBeNull();
  });

  test("whoever has the document paints a mark under the very selection that it was made under", () => {
    const doc = open();
    doc.select(rect(3, 1, 7, 5));
    const clip = doc.selected ?? "";
    doc.addMark({ type: "fill", color: "#112233", opacity: 1, x: 4, y: 2, clip });
    doc.select(null);
    const y = new Y.Doc();
    Y.applyUpdate(y, Y.encodeStateAsUpdate(doc.y));
    const theirs = open("another", y);
    expect(theirs.visibleMarks()[0]?.mark).toMatchObject({ clip });
    expect(theirs.selection(clip)).toEqual(rect(3, 1, 7, 5));
  });

  test("no moment is made of it, and going back to one loses no selection that a mark names", () => {
    const doc = open();
    const before = doc.content();
    doc.contentOf = (hash) => (hash === before.hash ? before : null);
    doc.select(rect(0, 0, 4, 4));
    expect(doc.content().hash).toBe(before.hash);
    const clip = doc.selected ?? "";
    doc.addMark({ type: "erase", clip });
    doc.restore(before, () => {});
    expect(doc.selection(clip)).not.toBeNull();
    expect(doc.selected).toBe(clip);
  });

  test("marks on a layer keep the selection that they were made under, also in a copy of it", () => {
    const doc = open();
    doc.select(rect(0, 0, 4, 4));
    const clip = doc.selected ?? "";
    doc.addMark({ type: "fill", color: "#112233", opacity: 1, x: 1, y: 1, clip });
    const copy = doc.duplicateLayer("base", "copy") ?? "";
    const [placed] = splitMarks(doc.visibleMarks()).layers.get(copy) ?? [];
    expect(placed?.mark).toMatchObject({ type: "fill", clip });
  });
});
