import { expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "./document";
import type { RegionLayer } from "./layers";
import { splitMarks } from "./marks";
import {
  askedRegions,
  freshColor,
  REGION_COLORS,
  readPictures,
  readPrompts,
  wordsOf,
  writePictures,
  writePrompts,
} from "./regions";

const said = (text: string, weight = 1) => writePrompts([{ id: text, text, weight, on: true }]);

function start() {
  let n = 0;
  const doc = new LightDocument({ newId: () => `id${++n}`, random: () => 0.5, author: "me" }, new Y.Doc());
  const region = (text: string) => doc.addLayer({ kind: "region", name: "", prompts: said(text) }, null);
  const of = (id: string) => doc.layerList().find((layer) => layer.id === id) as RegionLayer;
  return { doc, region, of };
}

test("a region is a layer with words, a strength and a soft edge, all of them undone and redone", () => {
  const { doc, region, of } = start();
  const id = region("a castle");
  expect(of(id)).toMatchObject({ kind: "region", opacity: 1, visible: true });
  doc.changeLayer(id, { prompts: said("deep snow", 0.5), feather: 0.2 }, "");
  expect(readPrompts(of(id))).toEqual([{ id: "deep snow", text: "deep snow", weight: 0.5, on: true }]);
  doc.undo();
  expect(wordsOf(of(id))).toBe("a castle");
  doc.redo();
  expect(of(id).feather).toBe(0.2);
});

test("what is typed in one visit is one step of undo", () => {
  const { doc, region, of } = start();
  const id = region("a");
  for (const text of ["ab", "abc", "abcd"]) doc.changeLayer(id, { prompts: said(text) }, "typing");
  doc.undo();
  expect(wordsOf(of(id))).toBe("a");
});

test("another page sees the region, and a copy takes what is painted on it", () => {
  const { doc, region } = start();
  const id = region("a lake");
  doc.addMark({ type: "fill", color: "#ffffff", opacity: 1, x: 5, y: 5, layer: id });
  const copy = doc.duplicateLayer(id, "again");
  const there = new Y.Doc();
  Y.applyUpdate(there, Y.encodeStateAsUpdate(doc.y));
  const other = new LightDocument({ newId: () => "x", author: "you" }, there);
  expect(
    other
      .layerList()
      .filter(({ kind }) => kind === "region")
      .map((l) => wordsOf(l as RegionLayer)),
  ).toEqual(["a lake", "a lake"]);
  expect(splitMarks(other.visibleMarks()).layers.get(copy ?? "")).toHaveLength(1);
});

test("a shot has the regions that are seen, painted and say something, from the lowest up", () => {
  const { doc, region } = start();
  const [castle, snow, mute, hidden, bare] = ["a castle", "snow", " ", "fog", "rain"].map(region) as [
    string,
    string,
    string,
    string,
    string,
  ];
  doc.changeLayer(hidden, { visible: false }, "");
  doc.changeLayer(snow, { opacity: 0.5, feather: 0.1 }, "");
  const room = { pictures: 0, usable: () => true };
  const asked = (most: number) => askedRegions(doc.layerList(), (id) => id === bare, { most, ...room });
  expect(asked(8).map(({ layer }) => layer.id)).toEqual([castle, snow]);
  expect(asked(8)[1]?.region).toMatchObject({ prompts: [["snow", 1]], strength: 0.5, feather: 0.1 });
  expect(asked(1).map(({ layer }) => layer.id)).toEqual([snow]);
  expect(asked(0)).toEqual([]);
  doc.moveLayer(castle, snow, mute);
  expect(asked(8).map(({ layer }) => layer.id)).toEqual([snow, castle]);
});

test.each(["", "nonsense", "{}", '[1, null, {"id": 3}, {"id": "a"}]'])(
  "words that make no sense, %s, are none",
  (prompts) => {
    expect(readPrompts({ prompts })).toEqual([]);
  },
);

const sha256 = (digit: string) => digit.repeat(64);
const shown = (...digits: string[]) =>
  writePictures(digits.map((digit) => ({ id: digit, sha256: sha256(digit), name: "", weight: 0.5 })));

test("a region says pictures too: of more than there is room for the topmost, and of those what the server has", () => {
  const { doc, region } = start();
  const [low, high] = [region(""), region("snow")];
  doc.changeLayer(low, { pictures: shown("a", "b") }, "");
  doc.changeLayer(high, { pictures: shown("c") }, "");
  const asked = (pictures: number, missing = "") =>
    askedRegions(doc.layerList(), () => false, {
      most: 8,
      pictures,
      usable: (each) => each !== sha256(missing),
    }).map(({ region }) => region.references.map((each) => each.sha256[0]).join(""));
  expect(asked(8)).toEqual(["ab", "c"]);
  expect(asked(2)).toEqual(["a", "c"]);
  expect(asked(1)).toEqual(["c"]);
  expect(asked(0)).toEqual([""]);
  expect(asked(8, "a")).toEqual(["b", "c"]);
});

test("a region's pictures are assets of the document, also when undone, and are renamed like others", () => {
  const { doc, region, of } = start();
  const id = region("");
  expect(of(id)).not.toHaveProperty("pictures");
  doc.changeLayer(id, { pictures: shown("a") }, "");
  expect(readPictures(of(id))).toEqual([{ id: "a", sha256: sha256("a"), name: "", weight: 0.5 }]);
  expect(doc.assets()).toEqual(new Set([sha256("a")]));
  doc.renameAsset(sha256("a"), sha256("f"));
  expect(readPictures(of(id))[0]?.sha256).toBe(sha256("f"));
  doc.changeLayer(id, { pictures: writePictures([]) }, "");
  expect(of(id)).not.toHaveProperty("pictures");
  expect(doc.assets()).toEqual(new Set([sha256("f")]));
});

test.each(["", "nonsense", "{}", '[1, null, {"id": 3}, {"id": "a", "sha256": "b"}]'])(
  "pictures that make no sense, %s, are none",
  (pictures) => {
    expect(readPictures({ pictures })).toEqual([]);
  },
);

test("a weight that makes no sense is brought into its range", () => {
  const read = readPrompts({
    prompts: '[{"id":"a","text":"x","weight":9},{"id":"b","text":"y","weight":"1"}]',
  });
  expect(read.map(({ weight }) => weight)).toEqual([2, 1]);
});

test("a new region has a colour of its own, until all are taken", () => {
  const { doc } = start();
  for (const _ of REGION_COLORS)
    doc.addLayer({ kind: "region", name: "", color: freshColor(doc.layerList()) }, null);
  const colors = doc.layerList().flatMap((layer) => (layer.kind === "region" ? layer.color : []));
  expect(new Set(colors)).toEqual(new Set(REGION_COLORS));
  expect(freshColor(doc.layerList())).toBe(REGION_COLORS[0]);
});
