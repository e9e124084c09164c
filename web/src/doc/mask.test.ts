import { expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "./document";
import { type Mark, splitMarks } from "./marks";
import { keyOf, readMask } from "./mask";

const points = new Uint8Array(6);
const stroke: Mark = { type: "mask", erases: false, size: 40, points };
const erase: Mark = { type: "mask", erases: true, size: 40, points };
const invert: Mark = { type: "mask-invert" };
const clear: Mark = { type: "mask-clear" };
const keep: Mark = { type: "mask-keep", shot: "k" };
const fill: Mark = { type: "fill", color: "#112233", opacity: 1, x: 1, y: 1 };

let ids = 0;
const open = (y = new Y.Doc()) =>
  new LightDocument(
    {
      author: "me",
      newId: () => {
        ids += 1;
        return `id${ids}`;
      },
    },
    y,
  );
const state = (doc: LightDocument) => readMask(splitMarks(doc.visibleMarks()).mask);

test("the first stroke begins a mask and names it", () => {
  const doc = open();
  expect(state(doc)).toEqual({ name: "none" });
  const first = doc.addMark(stroke);
  doc.addMark(fill);
  doc.addMark(invert);
  expect(state(doc)).toMatchObject({ name: "masking", first, steps: [{ id: first }, {}] });
});

test("what is taken from no mask begins none", () => {
  const doc = open();
  doc.addMark(erase);
  doc.addMark(invert);
  expect(state(doc)).toEqual({ name: "none" });
  const first = doc.addMark(stroke);
  expect(state(doc)).toMatchObject({ first });
});

test("clear and keep end it; the next stroke begins another one", () => {
  const doc = open();
  doc.addMark(stroke);
  const kept = doc.addMark(keep);
  expect(state(doc)).toEqual({ name: "kept", mark: kept, shot: "k" });
  const second = doc.addMark(stroke);
  expect(state(doc)).toMatchObject({ name: "masking", first: second });
  doc.addMark(clear);
  expect(state(doc)).toEqual({ name: "none" });
});

test("undo walks back through every state, with each mask's own base, also after a reload", () => {
  const doc = open();
  const first = doc.addMark(stroke);
  doc.setBase(first, "a".repeat(64));
  const kept = doc.addMark(keep);
  doc.setBase(kept, "b".repeat(64));
  const second = doc.addMark(stroke);
  doc.setBase(second, "c".repeat(64));
  doc.addMark(clear);
  const y = new Y.Doc();
  Y.applyUpdate(y, Y.encodeStateAsUpdate(doc.y));
  const again = open(y);
  again.undo();
  expect(state(again)).toMatchObject({ name: "masking", first: second });
  expect(again.base(second)).toBe("c".repeat(64));
  again.undo();
  expect(state(again)).toMatchObject({ name: "kept", mark: kept });
  expect(again.base(kept)).toBe("b".repeat(64));
  again.undo();
  expect(state(again)).toMatchObject({ name: "masking", first });
  expect(again.base(first)).toBe("a".repeat(64));
  again.undo();
  expect(state(again)).toEqual({ name: "none" });
});

test("a mask that was undone for good takes its base with it", () => {
  const doc = open();
  const first = doc.addMark(stroke);
  doc.setBase(first, "a".repeat(64));
  doc.undo();
  expect(doc.base(first)).toBe("a".repeat(64));
  doc.addMark(fill);
  expect(doc.base(first)).toBeNull();
});

test("mask marks are no part of the sketch", () => {
  const doc = open();
  for (const mark of [fill, stroke, fill, clear, keep]) doc.addMark(mark);
  expect(
    splitMarks(doc.visibleMarks())
      .layers.get("base")
      ?.map(({ mark }) => mark.type),
  ).toEqual(["fill", "fill"]);
});

test("keys tell texts apart, the order of their letters too", () => {
  const keys = ["", "a", "b", "ab", "ba", "aba", "aab"].map(keyOf);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf("ab")).toMatch(/^[0-9a-f]{16}$/);
});
