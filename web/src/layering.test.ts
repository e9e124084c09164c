import { i18n } from "@lingui/core";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { Sketch } from "./canvas/sketch";
import { LightDocument } from "./doc/document";
import { frameOf } from "./doc/frame";
import { BASE, type Layer, MAX_NAME_CHARS, matrixOf } from "./doc/layers";
import { type SketchMark, splitMarks } from "./doc/marks";
import { apply } from "./doc/matrix";
import { messages as german } from "./language/de.po";
import { Layering } from "./layering";
import type { Live, Sheet } from "./state";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";

const fill: SketchMark = { type: "fill", color: "#112233", opacity: 1, x: 100, y: 200 };

function open() {
  let ids = 0;
  const y = new Y.Doc();
  const newId = () => {
    ids += 1;
    return `id${ids}`;
  };
  const doc = new LightDocument({ author: "me", newId }, y);
  const desk = new Store({
    layer: BASE,
    editing: null,
    writing: "",
    tool: "brush",
    color: "#ff0000",
    textSize: 96,
    note: null,
    picked: [],
    folded: [],
  } as unknown as Desk);
  const sheet = new Store({ layers: [], layer: null } as unknown as Sheet);
  const marksOn = (id: string) => splitMarks(doc.visibleMarks()).layers.get(id) ?? [];
  let under: Layer | null = null;
  const sketch = {
    frame: frameOf([256, 256]),
    isEmpty: (id: string) => marksOn(id).length === 0,
    boxOf: (layer: Layer) => (layer.kind === "group" ? null : { x: 412, y: 462, width: 200, height: 100 }),
    layerAt: () => under,
  } as unknown as Sketch;
  const layering = new Layering({
    doc,
    desk,
    sheet,
    live: new Store({} as Live),
    sketch,
    snapshot: () => null,
  });
  layering.read();
  doc.observe(() => layering.read());
  desk.subscribe(() => {
    layering.follow();
    if (desk.get().layer !== sheet.get().layer) layering.read();
  });
  const names = () => sheet.get().layers.map(({ name }) => name);
  const picture = () =>
    doc.addLayer({ kind: "image", name: "p", image: "a".repeat(64), width: 9, height: 9 }, null);
  return {
    doc,
    desk,
    sheet,
    layering,
    marksOn,
    names,
    picture,
    press: (layer: Layer | null) => {
      under = layer;
    },
  };
}

describe("the layer in hand", () => {
  test("is the base at first, and what was just made afterwards", () => {
    const { layering } = open();
    expect(layering.active?.id).toBe(BASE);
    const id = layering.addPaint();
    expect(layering.active?.id).toBe(id);
  });

  test("when it is gone it is the one below, and the lowest's place is taken by the next", () => {
    const { layering, names } = open();
    const [a, b] = [layering.addPaint(), layering.addPaint()];
    layering.remove(b);
    expect(layering.active?.id).toBe(a);
    layering.select(BASE);
    layering.remove(BASE);
    expect(layering.active?.id).toBe(a);
    layering.remove(a);
    expect(names()).toEqual(["Layer 2"]); // the last one stays
  });

  test("what did not change is the same value, so that nothing is shown anew for it", () => {
    const { layering, sheet, doc } = open();
    layering.addPaint();
    const before = sheet.get().layers;
    doc.addMark(fill);
    expect(sheet.get().layers).toBe(before);
    layering.change(BASE, { opacity: 0.5 });
    expect(sheet.get().layers).not.toBe(before);
    expect(sheet.get().layers[1]).toBe(before[1]);
  });

  test("goes up and down, and stays at the ends", () => {
    const { layering, names } = open();
    const id = layering.addPaint();
    layering.addPaint();
    expect(layering.shift(id, 1)).toBe(1);
    expect(names()).toEqual(["Sketch", "Layer 3", "Layer 2"]);
    expect(layering.shift(id, 1)).toBeNull();
    layering.place(id, 0);
    expect(names()).toEqual(["Layer 2", "Sketch", "Layer 3"]);
  });
});

describe("a picture as paint beneath all", () => {
  const PICTURE = { mime: "image/png", data: new Uint8Array([1]), width: 1824, height: 1024 };

  test("is a paint layer in hand, around the middle, one pixel a unit", () => {
    const { layering, names, marksOn } = open();
    layering.addPaint();
    layering.group();
    layering.addBeneath(`a village ${"by the lake ".repeat(10)}`, PICTURE);
    const { active } = layering;
    expect(active?.kind).toBe("paint");
    expect(active?.name).toHaveLength(MAX_NAME_CHARS);
    expect(names().indexOf(active?.name ?? "")).toBe(0);
    expect(names()).toHaveLength(4);
    expect(marksOn(active?.id ?? "")[0]?.mark).toMatchObject({
      type: "image",
      x: -400,
      y: 0,
      w: 1824,
      h: 1024,
    });
    expect(layering.begin(false)).toBe(true); // the brush goes onto it
  });

  test("is taken back in one step, and comes again", () => {
    const { layering, doc, names, marksOn } = open();
    doc.addMark(fill);
    layering.addBeneath("a place", PICTURE);
    const id = layering.active?.id ?? "";
    doc.undo();
    expect([names(), layering.active?.id, marksOn(id)]).toEqual([["Sketch"], BASE, []]);
    expect(marksOn(BASE)).toHaveLength(1);
    doc.redo();
    expect(names()).toEqual(["a place", "Sketch"]);
    expect(marksOn(id)).toHaveLength(1);
  });
});

describe("drawing", () => {
  test("on the base writes what it wrote before there were layers", () => {
    const { layering, doc } = open();
    expect(layering.begin(false)).toBe(true);
    layering.commit(fill);
    layering.finish();
    const map = doc.y.getArray<Y.Map<unknown>>("marks").get(0);
    expect([...map.keys()].sort()).toEqual(["by", "color", "hidden", "id", "opacity", "type", "x", "y"]);
    expect(doc.y.getMap("layers").size).toBe(0);
  });

  test("on a layer that lies askew carries the way back", () => {
    const { layering, marksOn } = open();
    const id = layering.addPaint();
    layering.change(id, { x: 50, rotation: 30, scaleX: 2 });
    layering.begin(false);
    layering.commit(fill);
    layering.finish();
    const [placed] = marksOn(id);
    const { active } = layering;
    if (placed?.mark.type !== "fill" || placed.mark.from === undefined || active === null)
      throw new Error("no mark");
    const there = apply(matrixOf(active), apply(placed.mark.from, placed.mark));
    expect(there.x).toBeCloseTo(100, 6);
    expect(there.y).toBeCloseTo(200, 6);
  });

  test("on a picture makes a layer above it, and both are one step of undo", () => {
    const { layering, doc, names, picture } = open();
    layering.select(picture());
    layering.begin(false);
    layering.commit(fill);
    layering.finish();
    expect(names()).toEqual(["Sketch", "p", "Layer 3"]);
    doc.undo();
    expect(names()).toEqual(["Sketch", "p"]);
    expect(doc.visibleMarks()).toEqual([]);
  });

  test("that comes to nothing leaves no layer behind", () => {
    const { layering, names, picture } = open();
    layering.select(picture());
    layering.begin(false);
    layering.finish();
    expect(names()).toEqual(["Sketch", "p"]);
  });

  test("is refused, and says why, where a layer is locked, hidden, or has no paint to take away", () => {
    const { layering, desk, picture } = open();
    layering.toggle("locked");
    expect(layering.begin(false)).toBe(false);
    expect(desk.get().note?.why).toBe("locked");
    layering.toggle("locked");
    layering.toggle("visible");
    expect(layering.begin(false)).toBe(false);
    expect(desk.get().note?.why).toBe("hidden");
    layering.select(picture());
    expect(layering.begin(true)).toBe(false);
    expect(desk.get().note?.why).toBe("paintless");
  });
});

describe("text", () => {
  test("that was begun and not written leaves nothing, however it ends", () => {
    const ends: ((page: ReturnType<typeof open>) => void)[] = [
      ({ layering }) => layering.endWriting(),
      ({ layering }) => layering.select(BASE),
      ({ desk }) => desk.set({ tool: "brush" }),
    ];
    for (const end of ends) {
      const page = open();
      page.desk.set({ tool: "text" });
      page.layering.writeAt(300, 300, false);
      expect(page.names()).toEqual(["Sketch", ""]);
      end(page);
      expect(page.names()).toEqual(["Sketch"]);
      expect(page.desk.get().editing).toBeNull();
      expect(page.doc.canUndo).toBe(false);
    }
  });

  test("takes the colour in hand while it is written, all in one step of undo", () => {
    const { layering, desk, sheet, doc } = open();
    desk.set({ tool: "text" });
    layering.writeAt(300, 300, false);
    layering.write({ text: "hello" });
    desk.set({ color: "#00ff00" });
    expect(sheet.get().layers.at(-1)).toMatchObject({
      kind: "text",
      text: "hello",
      color: "#00ff00",
      size: 96,
    });
    layering.endWriting();
    desk.set({ color: "#0000ff" });
    expect(sheet.get().layers.at(-1)).toMatchObject({ color: "#00ff00" });
    doc.undo();
    expect(sheet.get().layers.length).toBe(1);
  });

  test("that is there is written again; a press that ends the writing begins no other", () => {
    const { layering, desk, sheet, press } = open();
    desk.set({ tool: "text" });
    layering.writeAt(300, 300, false);
    layering.write({ text: "one" });
    layering.endWriting();
    layering.writeAt(700, 700, true);
    expect(desk.get().editing).toBeNull();
    press(sheet.get().layers.at(-1) ?? null);
    layering.writeAt(310, 300, false);
    expect(desk.get().editing).toBe(sheet.get().layers.at(-1)?.id);
    layering.write({ text: "" });
    layering.endWriting();
    expect(sheet.get().layers.length).toBe(1);
  });
});

test("nudges in a row are one step of undo", () => {
  const { layering, doc } = open();
  for (let i = 0; i < 5; i++) layering.nudge(1, 0);
  expect(layering.active?.x).toBe(5);
  doc.undo();
  expect(layering.active?.x).toBe(0);
});

describe("a copy", () => {
  const copied = (...titles: readonly string[]) => {
    const { layering, names } = open();
    const id = layering.addPaint();
    return titles.map((name) => {
      layering.change(id, { name });
      layering.duplicate(id);
      return names().at(2);
    });
  };

  test("of a copy is numbered, as one more of what it was made from", () => {
    const { layering, names } = open();
    layering.addPaint();
    for (let i = 0; i < 3; i++) layering.duplicate(layering.active?.id ?? "");
    layering.duplicate(BASE);
    expect(names().toSorted()).toEqual([
      "Layer 2",
      "Layer 2 copy",
      "Layer 2 copy 2",
      "Layer 2 copy 3",
      "Sketch",
      "Sketch copy",
    ]);
  });

  test("has a name of its own, and keeps its number where the name is as long as can be", () => {
    expect(copied("Lake", "Lake", "Lake 7", "copy")).toEqual([
      "Lake copy",
      "Lake copy 2",
      "Lake 7 copy",
      "copy copy",
    ]);
    const long = "x".repeat(MAX_NAME_CHARS);
    expect(copied(long, long)).toEqual([
      `${"x".repeat(MAX_NAME_CHARS - 5)} copy`,
      `${"x".repeat(MAX_NAME_CHARS - 7)} copy 2`,
    ]);
  });

  test("is named in the language that is read", () => {
    i18n.load("de", german);
    i18n.activate("de");
    try {
      expect(copied("See", "See Kopie", "See Kopie 2")).toEqual(["See Kopie", "See Kopie 2", "See Kopie 3"]);
    } finally {
      i18n.activate("en");
    }
  });
});

describe("several at once", () => {
  const three = () => {
    const page = open();
    const [a, b] = [page.layering.addPaint(), page.layering.addPaint()];
    page.layering.change(a, { x: -100, y: 30 });
    page.layering.change(b, { x: 60, y: -50 });
    const at = (id: string) => {
      const layer = page.layering.all.find((each) => each.id === id);
      return layer && [layer.x, layer.y];
    };
    return { ...page, a, b, at };
  };

  test("are picked one by one or in a row, and the last one stays", () => {
    const { layering, a, b } = three();
    layering.select(BASE);
    layering.pick(b);
    expect([...layering.picked]).toEqual([BASE, b]);
    expect(layering.active?.id).toBe(b);
    layering.pick(b);
    layering.pick(BASE);
    expect([...layering.picked]).toEqual([BASE]);
    layering.pickTo(b, [b, a, BASE]);
    expect([...layering.picked]).toEqual([BASE, a, b]);
    layering.select(a);
    expect([...layering.picked]).toEqual([a]);
  });

  test("move, align and flip together, each in one step of undo", () => {
    const { layering, doc, a, b, at } = three();
    layering.select(a);
    layering.pick(b);
    layering.nudge(5, 0);
    layering.nudge(5, 0);
    expect([at(a), at(b)]).toEqual([
      [-90, 30],
      [70, -50],
    ]);
    doc.undo();
    layering.align("left");
    expect([at(a), at(b)]).toEqual([
      [-100, 30],
      [-100, -50],
    ]);
    doc.undo();
    layering.align("bottom");
    expect([at(a), at(b)]).toEqual([
      [-100, 30],
      [60, 30],
    ]);
    doc.undo();
    layering.flip("x");
    expect([at(a), at(b)]).toEqual([
      [60, 30],
      [-100, -50],
    ]);
    expect(layering.all.filter(({ scaleX }) => scaleX === -1).length).toBe(2);
    doc.undo();
    expect([at(a), at(b)]).toEqual([
      [-100, 30],
      [60, -50],
    ]);
  });

  test("one alone is aligned to the canvas, a group as a whole", () => {
    const { layering, a, b, at } = three();
    layering.select(a);
    layering.align("right");
    layering.align("top");
    expect(at(a)).toEqual([412, -462]);
    layering.change(a, { x: -100, y: 30 });
    layering.pick(b);
    layering.group();
    layering.align("left");
    expect([at(a), at(b)]).toEqual([
      [-412, 30],
      [-252, -50],
    ]);
  });

  test("are grouped, hidden and deleted with what is in them; one layer stays", () => {
    const { layering, doc, names, a, b } = three();
    layering.select(a);
    layering.pick(b);
    layering.group();
    expect(names()).toEqual(["Sketch", "Layer 2", "Layer 3", "Group 1"]);
    expect(layering.active?.kind).toBe("group");
    layering.toggle("locked");
    layering.select(a);
    expect(layering.begin(false)).toBe(false);
    layering.select(layering.active?.parent ?? "");
    layering.toggle("locked");
    layering.pick(BASE);
    layering.removeAll(layering.picked);
    expect(names().length).toBe(4);
    layering.pick(BASE);
    layering.removeAll(layering.picked);
    expect(names()).toEqual(["Sketch"]);
    doc.undo();
    layering.select(layering.all.at(-1)?.id ?? "");
    layering.ungroup();
    expect(names()).toEqual(["Sketch", "Layer 2", "Layer 3"]);
    expect([...layering.picked]).toEqual([a, b]);
  });

  test("a layer goes step by step into a group and out again, and what is drawn with a group in hand lies in it", () => {
    const { layering, a, b } = three();
    layering.select(b);
    layering.group();
    const group = layering.active?.id ?? "";
    const parent = (id: string) => layering.all.find((layer) => layer.id === id)?.parent;
    layering.shift(a, 1);
    expect(parent(a)).toBe(group);
    layering.shift(a, 1);
    expect(layering.all.map(({ id }) => id)).toEqual([BASE, b, a, group]);
    layering.shift(a, 1);
    expect(parent(a)).toBeUndefined();
    expect(layering.all.at(-1)?.id).toBe(a);
    layering.put(group, group, 0);
    layering.select(group);
    layering.begin(false);
    layering.commit(fill);
    layering.finish();
    expect(parent(layering.active?.id ?? "")).toBe(group);
  });
});
