import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "./document";
import { AT_REST, BASE, type Layer, lookOfLayers, matrixOf } from "./layers";
import { type Mark, splitMarks } from "./marks";
import { apply, IDENTITY, inverse, multiply } from "./matrix";

const fill = (x: number, layer?: string): Mark => ({
  type: "fill",
  color: "#112233",
  opacity: 1,
  x,
  y: 0,
  ...(layer !== undefined && { layer }),
});

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
/** Another person's copy, or another start of the page. */
const copyOf = (doc: LightDocument, author = "me") => {
  const y = new Y.Doc();
  Y.applyUpdate(y, Y.encodeStateAsUpdate(doc.y));
  return open(author, y);
};
const exchange = (a: LightDocument, b: LightDocument) => {
  const [fromA, fromB] = [Y.encodeStateAsUpdate(a.y), Y.encodeStateAsUpdate(b.y)];
  Y.applyUpdate(a.y, fromB);
  Y.applyUpdate(b.y, fromA);
};
const names = (doc: LightDocument) => doc.layerList().map(({ name }) => name);
const named = (doc: LightDocument, name: string): Layer => {
  const layer = doc.layerList().find((each) => each.name === name);
  if (layer === undefined) throw new Error(`no layer ${name}`);
  return layer;
};
const paint = (name: string) => ({ kind: "paint", name }) as const;
/** The base and three more, from the bottom: Sketch, a, b, c. */
const stack = () => {
  const doc = open();
  for (const name of ["a", "b", "c"]) doc.addLayer(paint(name), null);
  return doc;
};
const drawnOn = (doc: LightDocument, id: string) =>
  (splitMarks(doc.visibleMarks()).layers.get(id) ?? []).map(({ mark }) =>
    mark.type === "fill" ? mark.x : -1,
  );

describe("a document from before there were layers", () => {
  /** What the page of 2026-11-21 kept in IndexedDB: the example, marks of four tools, a mask, a prompt, an undone stroke. */
  const stored = readFileSync(new URL("./before-layers.fixture.bin", import.meta.url));
  const old = () => {
    const y = new Y.Doc();
    Y.applyUpdate(y, stored);
    return open("me", y);
  };

  test("is one with one layer, which has everything that was drawn", () => {
    const doc = old();
    const { layers, mask } = splitMarks(doc.visibleMarks());
    expect(doc.layerList()).toEqual([
      {
        id: BASE,
        kind: "paint",
        name: "Sketch",
        order: "V",
        visible: true,
        locked: false,
        opacity: 1,
        blend: "normal",
        ...AT_REST,
      },
    ]);
    expect([...layers.keys()]).toEqual([BASE]);
    expect(layers.get(BASE)?.length).toBe(23);
    expect(mask.length).toBe(1);
    expect(doc.promptList().map(({ text }) => text)).toEqual(["golden evening light", "deep snow"]);
  });

  test("is not written by being read, and differs in nothing from what kept pictures were kept for", () => {
    const doc = old();
    const before = Y.encodeStateAsUpdate(doc.y);
    const marks = splitMarks(doc.visibleMarks()).layers.get(BASE) ?? [];
    expect(lookOfLayers(doc.layerList(), () => marks)).toBe(marks.map(({ id }) => id).join());
    expect(Y.encodeStateAsUpdate(doc.y)).toEqual(before);
  });

  test("takes layers, and its old history goes on below theirs", () => {
    const doc = old();
    const author = String(doc.y.getArray<Y.Map<unknown>>("edits").get(0).get("by"));
    const mine = open(author, doc.y);
    const before = mine.visibleMarks().length;
    const layer = mine.addLayer(paint("new"), null);
    mine.addMark(fill(1, layer));
    for (let i = 0; i < 2; i++) mine.undo();
    expect(names(mine)).toEqual(["Sketch"]);
    expect(mine.visibleMarks().length).toBe(before);
    mine.undo();
    expect(mine.promptList().length).toBe(1);
  });
});

describe("layers", () => {
  test("lie in order, and are put anywhere in it", () => {
    const doc = stack();
    expect(names(doc)).toEqual(["Sketch", "a", "b", "c"]);
    doc.moveLayer(named(doc, "c").id, BASE, named(doc, "a").id);
    expect(names(doc)).toEqual(["Sketch", "c", "a", "b"]);
    doc.moveLayer(named(doc, "a").id, null, BASE);
    expect(names(doc)).toEqual(["a", "Sketch", "c", "b"]);
    doc.addLayer(paint("d"), named(doc, "c").id);
    expect(names(doc)).toEqual(["a", "Sketch", "c", "d", "b"]);
    expect(names(copyOf(doc))).toEqual(names(doc));
  });

  test("undo and redo walk back through every change, also after a reload", () => {
    const doc = stack();
    const { id } = named(doc, "b");
    const states = [JSON.stringify(doc.layerList())];
    const acts = [
      () => doc.changeLayer(id, { name: "mist" }, ""),
      () => doc.changeLayer(id, { opacity: 0.4, blend: "multiply" }, ""),
      () => doc.changeLayer(id, { visible: false }, ""),
      () => doc.changeLayer(BASE, { locked: true }, ""),
      () => doc.moveLayer(id, null, BASE),
      () => doc.changeLayer(id, { x: 30, rotation: 45, scaleX: -2 }, ""),
      () => doc.changeLayer(id, { gone: true }, ""),
    ];
    for (const act of acts) {
      act();
      states.push(JSON.stringify(doc.layerList()));
    }
    expect(new Set(states).size).toBe(states.length);
    const again = copyOf(doc);
    for (const state of states.toReversed().slice(1)) {
      expect(again.undo()).toBe(true);
      expect(JSON.stringify(again.layerList())).toBe(state);
    }
    for (const state of states.slice(1)) {
      again.redo();
      expect(JSON.stringify(again.layerList())).toBe(state);
    }
  });

  test("a drag is one step of undo, and a change that changes nothing is none", () => {
    const doc = stack();
    for (let x = 1; x <= 40; x++) doc.changeLayer(BASE, { x, y: -x }, "drag");
    doc.changeLayer(BASE, { x: 40 }, "other");
    doc.undo();
    expect(named(doc, "Sketch")).toMatchObject({ x: 0, y: 0 });
    doc.redo();
    expect(named(doc, "Sketch")).toMatchObject({ x: 40, y: -40 });
  });

  test("a layer that was made for a mark is undone together with it", () => {
    const doc = open();
    const layer = doc.addLayer(paint("made"), null, "", "step");
    doc.addMark(fill(1, layer), "step");
    doc.addMark(fill(2, layer));
    doc.undo();
    expect(drawnOn(doc, layer)).toEqual([1]);
    doc.undo();
    expect(names(doc)).toEqual(["Sketch"]);
    expect(doc.canUndo).toBe(false);
    doc.redo();
    expect(names(doc)).toEqual(["Sketch", "made"]);
    expect(drawnOn(doc, layer)).toEqual([1]);
  });

  test("a copy has what was drawn since the last clear, on a layer of its own", () => {
    const doc = open();
    for (const mark of [fill(1), { type: "clear" } as const, fill(2), fill(3)]) doc.addMark(mark);
    doc.undo();
    const copy = doc.duplicateLayer(BASE, "Sketch copy");
    expect(names(doc)).toEqual(["Sketch", "Sketch copy"]);
    expect(drawnOn(doc, String(copy))).toEqual([2]);
    doc.addMark(fill(9, String(copy)));
    expect(drawnOn(doc, BASE)).toEqual([1, -1, 2]);
    doc.undo();
    doc.undo();
    expect(names(doc)).toEqual(["Sketch"]);
    doc.redo();
    expect(drawnOn(doc, String(copy))).toEqual([2]);
  });

  test("a copy that was undone for good takes its marks with it", () => {
    const doc = open();
    doc.addMark(fill(1));
    doc.duplicateLayer(BASE, "copy");
    expect(doc.y.getArray("marks").length).toBe(2);
    doc.undo();
    doc.addMark(fill(2));
    expect(doc.y.getArray("marks").length).toBe(2);
  });

  test("a picture is in the document once, whoever names it", () => {
    const doc = open();
    const image = "a".repeat(64);
    doc.putImage(image, { mime: "image/png", bytes: new Uint8Array([1, 2, 3]) });
    doc.putImage(image, { mime: "image/png", bytes: new Uint8Array([9]) });
    doc.addLayer({ kind: "image", name: "p", image, width: 40, height: 20 }, null);
    const other = copyOf(doc, "they");
    expect(other.image(image)?.bytes).toEqual(new Uint8Array([1, 2, 3]));
    expect(other.layerList().at(-1)).toMatchObject({ kind: "image", image, width: 40, height: 20 });
  });

  test("values that make no sense are replaced, and kinds of a later version kept and not shown", () => {
    const doc = open();
    const layers = doc.y.getMap("layers");
    const values = {
      kind: "text",
      order: 4,
      opacity: 7,
      blend: "sparkle",
      scaleX: 0,
      rotation: Number.NaN,
      size: 1e9,
      color: "red",
    };
    for (const [field, value] of Object.entries(values)) layers.set(`odd.${field}`, value);
    layers.set("later.kind", "hologram");
    expect(doc.layerList().map(({ id }) => id)).toEqual([BASE, "odd"]);
    expect(doc.layerList().at(-1)).toMatchObject({
      opacity: 1,
      blend: "normal",
      scaleX: 0.01,
      rotation: 0,
      size: 512,
      color: "#000000",
    });
    expect(copyOf(doc).y.getMap("layers").get("later.kind")).toBe("hologram");
  });
});

describe("two people at once", () => {
  test("whatever they do apart, both have the same afterwards", () => {
    let state = 99;
    const random = () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state / 2147483648;
    };
    const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
    const mine = stack();
    const theirs = copyOf(mine, "they");
    for (let round = 0; round < 40; round++) {
      for (const doc of [mine, theirs])
        for (let i = 0; i < 4; i++) {
          const layers = doc.layerList();
          const { id } = pick(layers) ?? { id: BASE };
          const at = Math.floor(random() * (layers.length + 1));
          const act = Math.floor(random() * 8);
          if (act === 0) doc.addLayer(paint(`n${round}`), id);
          if (act === 1) doc.moveLayer(id, layers[at - 1]?.id ?? null, layers[at]?.id ?? null);
          if (act === 2) doc.changeLayer(id, { opacity: random(), x: round }, "");
          if (act === 3 && layers.length > 3) doc.changeLayer(id, { gone: true }, "");
          if (act === 4) doc.undo();
          if (act === 5) doc.redo();
          if (act === 6) doc.addMark(fill(round, id));
          if (act === 7) doc.duplicateLayer(id, "copy");
        }
      exchange(mine, theirs);
      expect(mine.layerList()).toEqual(theirs.layerList());
      expect(mine.visibleMarks().map(({ id }) => id)).toEqual(theirs.visibleMarks().map(({ id }) => id));
    }
    expect(mine.layerList().length).toBeGreaterThan(3);
  });

  test("two changes of one layer both stay, also of the layer that was there before layers were", () => {
    const mine = open();
    const theirs = copyOf(mine, "they");
    mine.changeLayer(BASE, { name: "sky" }, "");
    theirs.changeLayer(BASE, { opacity: 0.5 }, "");
    exchange(mine, theirs);
    expect(mine.layerList()).toEqual(theirs.layerList());
    expect(named(mine, "sky").opacity).toBe(0.5);
  });

  test("both move the same layers and nothing is lost or doubled", () => {
    const mine = stack();
    const theirs = copyOf(mine, "they");
    mine.moveLayer(named(mine, "c").id, null, BASE);
    theirs.moveLayer(named(theirs, "c").id, named(theirs, "a").id, named(theirs, "b").id);
    theirs.moveLayer(named(theirs, "a").id, null, BASE);
    exchange(mine, theirs);
    expect(names(mine)).toEqual(names(theirs));
    expect([...names(mine)].sort()).toEqual(["Sketch", "a", "b", "c"]);
  });

  test("undo takes back nothing that the other one has done since", () => {
    const mine = stack();
    const { id } = named(mine, "a");
    mine.changeLayer(id, { opacity: 0.5, blend: "screen" }, "");
    const theirs = copyOf(mine, "they");
    theirs.changeLayer(id, { opacity: 0.9 }, "");
    exchange(mine, theirs);
    mine.undo();
    expect(named(mine, "a")).toMatchObject({ opacity: 0.9, blend: "normal" });
    exchange(mine, theirs);
    theirs.undo();
    expect(named(theirs, "a").opacity).toBe(0.5);
  });
});

describe("matrices", () => {
  const transform = { x: 40, y: -20, scaleX: -1.5, scaleY: 0.5, rotation: 30 };

  test("at rest nothing moves", () => {
    expect(matrixOf(AT_REST)).toBe(IDENTITY);
  });

  test("the way back undoes the way there", () => {
    const matrix = matrixOf(transform);
    const there = apply(matrix, { x: 100, y: 700 });
    const back = apply(inverse(matrix), there);
    expect(back.x).toBeCloseTo(100, 9);
    expect(back.y).toBeCloseTo(700, 9);
    const none = multiply(matrix, inverse(matrix));
    for (const [i, value] of none.entries()) expect(value).toBeCloseTo(IDENTITY[i] ?? 0, 9);
  });

  test("a layer is scaled and turned about the document's centre, then shifted", () => {
    expect(apply(matrixOf(transform), { x: 512, y: 512 })).toEqual({ x: 552, y: 492 });
    const turned = apply(matrixOf({ ...AT_REST, rotation: 90 }), { x: 612, y: 512 });
    expect(turned.x).toBeCloseTo(512, 9);
    expect(turned.y).toBeCloseTo(612, 9);
  });
});
